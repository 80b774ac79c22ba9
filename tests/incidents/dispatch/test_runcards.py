"""Run cards: the city's own are whole, the gravest that fits is used, versions follow one another, and what nobody could be is refused."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from geo.city import BUILT_IN, CITY
from incidents.dispatch import runcards
from incidents.models import RunCard

pytestmark = pytest.mark.django_db
BUILT = BUILT_IN.parent / "nga_bay_runcards.toml"


@pytest.fixture
def loaded(db: None) -> list[RunCard]:
    return runcards.load(BUILT)


def test_every_immediate_category_of_the_city_has_a_card_and_every_word_is_in_both_languages(loaded: list[RunCard]) -> None:
    carded = {category for one in loaded for category in one.categories}

    assert {category.code for category in CITY.categories.values() if category.process == "immediate"} <= carded
    assert all(role["vi"] and role["en"] for one in loaded for role in one.roles)


def test_the_gravest_card_that_the_case_reaches_is_used(loaded: list[RunCard]) -> None:
    assert runcards.card_for("crash_injury", 4).slug == "crash_injured"
    assert runcards.card_for("crash_injury", 5).slug == "crash_many_injured"
    assert runcards.card_for("house_fire", 2).slug == "fire_building_small"


def test_without_a_card_the_categorys_own_skills_are_asked_for(db: None) -> None:
    card = runcards.card_for("house_fire", 5)

    assert not card.in_force and card.roles[0].skills_any == ("fire",)


def test_a_better_card_is_the_next_version_and_the_same_again_is_none(loaded: list[RunCard], tmp_path: Path) -> None:
    better = tmp_path / "better.toml"
    better.write_text(BUILT.read_text(encoding="utf-8").replace('vi = "Cháy ghe tàu"', 'vi = "Cháy ghe, tàu"', 1), encoding="utf-8")
    for _ in range(2):
        call_command("runcards", str(better), verbosity=0)

    assert list(RunCard.objects.filter(slug="fire_boat").order_by("version").values_list("version", "active")) == [(1, False), (2, True)]
    assert RunCard.objects.filter(slug="drowning").count() == 1


ROLE = '{{ code = "a", vi = "x", en = "x", {} }}'
CARD = '[[cards]]\nslug = "a"\nvi = "x"\nen = "x"\ncategories = ["house_fire"]\nroles = [{}]'


@pytest.mark.parametrize(
    "text",
    [
        "[[cards",
        "cards = 3",
        CARD.format(""),
        CARD.replace("house_fire", "volcano").format(ROLE.format("count = 1")),
        CARD.format(ROLE.format('skills_all = ["magic"]')),
        CARD.format(ROLE.format('modes = ["dragon"]')),
        CARD.format(ROLE.format("count = 0")),
        CARD.format(ROLE.format("within_min = -1")),
        CARD.format(ROLE.format("colour = 1")),
        CARD.format(ROLE.format("count = 1") + ", " + ROLE.format("count = 2")),
    ],
)
def test_a_card_that_nobody_could_fill_is_refused_whole(db: None, tmp_path: Path, text: str) -> None:
    file = tmp_path / "cards.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match="bad_run_card"):
        call_command("runcards", str(file), verbosity=0)
    assert not RunCard.objects.exists()
