"""Who takes part in the exercise that a case belongs to: nobody else is told of it, asked in it, or sent to it."""

from collections.abc import Iterable

from geo.errors import define
from geo.models import User
from incidents.models import Exercise, ExerciseCase

NOT_IN_EXERCISE = define("not_in_exercise", 409, "Không tham gia diễn tập này", "Takes no part in this exercise")


def exercise_of(incident_id: int) -> Exercise | None:
    """The exercise of a case; None for a real one."""
    found = ExerciseCase.objects.select_related("exercise").filter(incident_id=incident_id).first()
    return found.exercise if found else None


def running() -> Exercise | None:
    """The exercise that runs now."""
    return Exercise.objects.select_related("by").filter(running=True).first()


def units_of(incident_id: int) -> frozenset[int] | None:
    """The units that may be sent to a case: None where any may."""
    exercise = exercise_of(incident_id)
    return frozenset(exercise.units) if exercise else None


def check_units(incident_id: int, responders: Iterable[int]) -> None:
    """Raises NOT_IN_EXERCISE where a unit is sent to an exercise that it takes no part in."""
    able = units_of(incident_id)
    if able is not None and not able.issuperset(responders):
        raise NOT_IN_EXERCISE("Lực lượng này không tham gia diễn tập.", "This unit takes no part in the exercise.")


def taking_part(people: list[User], exercise: Exercise) -> list[User]:
    """Those of some people who take part in an exercise."""
    return [person for person in people if person.pk in exercise.people]
