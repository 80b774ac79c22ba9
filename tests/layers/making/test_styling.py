"""How a made layer is drawn: classes that an exhaustive search agrees with, ramps that rise, kinds that the colour-blind tell apart."""

import itertools
import random

import numpy as np
import pytest

from layers.making import styling
from layers.making.styling import Kind, Style

MAP = "#10161d"
# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
BLIND = {
    "nobody": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])


def linear(color: str) -> np.ndarray:
    channels = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(color: str, blind: str = "nobody") -> np.ndarray:
    xyz = TO_XYZ @ np.clip(BLIND[blind] @ linear(color), 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(color: str, ground: str = MAP) -> float:
    bright, dark = sorted(((TO_XYZ[1] @ linear(one)) + 0.05 for one in (color, ground)), reverse=True)
    return float(bright / dark)


@pytest.mark.parametrize("blind", sorted(BLIND))
def test_any_two_kinds_are_told_apart_by_the_colour_blind(blind: str) -> None:
    colors = (*styling.KINDS, styling.OTHER)
    apart = {pair: float(np.linalg.norm(lab(pair[0], blind) - lab(pair[1], blind))) for pair in itertools.combinations(colors, 2)}

    assert min(apart.values()) > 15, min(apart, key=lambda pair: apart[pair])


def test_every_kind_is_seen_on_the_map() -> None:
    assert all(contrast(color) >= 3 for color in (*styling.KINDS, styling.OTHER))


@pytest.mark.parametrize("blind", ["nobody", "protan", "deutan"])
@pytest.mark.parametrize("ramp", sorted(styling.RAMPS))
def test_a_ramp_rises_in_lightness_at_every_number_of_classes(ramp: str, blind: str) -> None:
    for classes in range(styling.FEWEST_CLASSES, styling.MOST_CLASSES + 1):
        lightness = [lab(color, blind)[0] for color in styling.ramp_colors(ramp, classes)]
        assert all(later - earlier > 2 for earlier, later in itertools.pairwise(lightness)), (classes, lightness)
        assert lightness[0] > lab(MAP)[0] + 5


def squares(values: list[float], bounds: tuple[float, ...]) -> float:
    edges = [-np.inf, *bounds, np.inf]
    classes = [[value for value in values if low <= value < high] for low, high in itertools.pairwise(edges)]
    return sum(float(np.var(one) * len(one)) for one in classes if one)


@pytest.mark.parametrize("seed", range(20))
def test_natural_breaks_are_as_good_as_the_best_of_all(seed: int) -> None:
    chance = random.Random(seed)
    values = [round(chance.choice((1, 10, 50)) * chance.random(), 3) for _ in range(14)]
    found = styling.breaks(values, method="natural", classes=4)
    every = itertools.combinations(sorted(set(values))[1:], 3)

    assert squares(values, found) == pytest.approx(min(squares(values, one) for one in every), abs=1e-4)


def test_natural_breaks_for_every_number_of_classes_are_those_of_each() -> None:
    chance = random.Random(3)
    values = [1e6 + chance.gauss(0, 1) + 20 * chance.randrange(4) for _ in range(300)]

    assert styling.naturals(values) == {classes: styling.breaks(values, method="natural", classes=classes) for classes in range(3, 10)}
    assert styling.naturals([]) == {}
    assert styling.naturals([1.0, 2.0])[3] == (2.0,)


@pytest.mark.parametrize("method", ["quantile", "equal", "natural"])
def test_breaks_rise_within_the_values_and_never_repeat(method: str) -> None:
    for values in ([5.0], [1, 1, 1, 9], list(range(100)), [0.1] * 50 + [7e9], [-3, -2, float("nan"), float("inf"), 4]):
        found = styling.breaks(values, method=method, classes=5)
        finite = [value for value in values if np.isfinite(value)]
        assert list(found) == sorted(set(found))
        assert all(min(finite) < bound <= max(finite) for bound in found)
        assert len(found) <= 4


def test_quantiles_hold_as_many_each() -> None:
    values = [value**2 for value in range(100)]
    style = Style("graduated", field="n", ramp="viridis", breaks=styling.breaks(values, method="quantile", classes=4))

    assert [sum(styling.class_of(style, value) == place for value in values) for place in range(4)] == [25, 25, 25, 25]


def test_a_kind_a_truth_and_what_is_missing_are_drawn_and_explained() -> None:
    style = Style("category", field="lit", kinds=(Kind(True, "#56b4e9", "Có", "Yes"), Kind(False, "#e69f00", "Không", "No")))

    (circle,) = styling.drawn(style, "Point")
    assert circle["paint"]["circle-color"] == ["match", ["to-string", ["get", "lit"]], "true", "#56b4e9", "false", "#e69f00", styling.OTHER]
    assert [row["vi"] for row in styling.legend(style, vi="Đèn", en="Lights", geometry_type="Point")] == ["Có", "Không", "Khác"]


def test_a_graduated_legend_says_its_bounds_in_the_language_with_the_most_on_top() -> None:
    style = Style("graduated", field="h", ramp="cividis", breaks=(2.5, 1_200.0), least=0.25, most=20_000.0)
    rows = styling.legend(style, vi="", en="", geometry_type="Polygon", unit="m")

    assert [row["vi"] for row in rows] == ["1\u202f200 – 20\u202f000 m", "2,5 – 1\u202f200 m", "0,25 – 2,5 m", "Chưa có số liệu"]
    assert rows[1]["en"] == "2.5 – 1\u202f200 m"
    assert [row["color"] for row in rows[:3]] == styling.ramp_colors("cividis", 3)[::-1]


def test_a_stored_style_is_read_as_it_was() -> None:
    for style in (
        Style("simple", color="#aabbcc"),
        Style("category", field="a", color="#aabbcc", kinds=(Kind("x", "#112233", "x", "x"),)),
        Style("graduated", field="n", color="#aabbcc", ramp="magma", method="equal", breaks=(1.0, 2.0), least=0.0, most=3.0),
    ):
        assert styling.from_stored(styling.as_json(style), "#000000") == style
