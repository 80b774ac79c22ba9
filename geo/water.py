"""Water levels as the city reckons them: in centimetres over one datum, worked out every ten."""

import numpy as np

STEP_CM = 10


def steps(least_cm: int, most_cm: int) -> list[int]:
    """The levels that are worked out, every STEP_CM."""
    return list(range(least_cm, most_cm + 1, STEP_CM))


def step_of(level_cm: float) -> int:
    """The level worked out that stands for a level: rounded up, for water that is not drawn drowns too."""
    return int(np.ceil(round(level_cm, 3) / STEP_CM)) * STEP_CM
