"""Refusals as problems: what the standard names is what it says."""

from geo.errors import CODES, CONFLICT


def test_what_a_refusal_carries_beside_it_overwrites_no_standard_member() -> None:
    told = CONFLICT("Đang bận.", "Busy.", status="rejected", code="mine", field="because").as_dict()

    assert (told["status"], told["code"], told["field"]) == (409, "conflict", "because")


def test_every_code_speaks_both_languages() -> None:
    silent = [code for code, problem in CODES.items() if not problem.title_vi or not problem.title_en]

    assert silent == []
