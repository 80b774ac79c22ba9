"""One number, however it is written, and two that are not one."""

import pytest

from geo import phone_numbers

SAME = [
    "+84 909 123 456",
    "+84909123456",
    "0909123456",
    "0909 123 456",
    "0909.123.456",
    "(0909) 123-456",
    "84909123456",
    "0084 909 123 456",
    "+84 (0) 909 123 456",
    "tel:+84-909-123-456",
    "sip:+84909123456@10.0.0.1",
    "０９０９１２３４５６",
    "0909123456 ext 2",
    "0909123456;2",
    "\u202a+84 909 123 456\u202c",
]


@pytest.mark.parametrize("text", SAME)
def test_every_way_to_write_a_number_is_one_number(text: str) -> None:
    assert phone_numbers.normal(text, country="84") == "+84909123456"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("113", "113"),
        ("+376 312 345", "+376312345"),
        ("0292 3861234", "+842923861234"),
        # A landline and a mobile whose last nine digits are the same.
        ("0923861234", "+84923861234"),
        ("", ""),
        ("anonymous", ""),
        ("Ẩn số", ""),
        ("+", ""),
        ("9" * 40, ""),
        ("0" * 18, ""),
    ],
)
def test_short_foreign_and_no_numbers(text: str, number: str) -> None:
    assert phone_numbers.normal(text, country="84") == number
