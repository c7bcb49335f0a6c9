"""Which replies are held back; more through the pages in tests/promises/desk."""

from __future__ import annotations

import pytest

from app.desk.contact import warnings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ما اسمُكَ؟", ["asks"]),
        ("نريد الاسم الكامل", ["asks"]),
        ("رقم الهاتف لو سمحت", ["asks"]),
        ("your full name", ["asks"]),
        ("Your e-mail, please", ["asks"]),
        ("الرقم 0791234567", ["phone"]),
        ("a@example.org", ["email"]),
        ("اسم الشارع يكفي", []),
        ("شكرا جزيلا", []),
        ("the name of the street", []),
    ],
)
def test_replies_that_ask_or_give_contact_are_marked(text: str, expected: list[str]) -> None:
    assert warnings(text) == expected
