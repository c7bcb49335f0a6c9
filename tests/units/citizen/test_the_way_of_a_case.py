"""What the holder of a code is told: what is passed, what is so now, and what may still come."""

from __future__ import annotations

import pytest
from flask import Flask

from app.citizen.following import timeline


def told(status: str) -> list[tuple[str, str]]:
    with Flask(__name__).test_request_context("/"):
        return [(step.status, step.state) for step in timeline(status) if step.state != "hidden"]


def test_a_question_stands_where_it_is_asked() -> None:
    assert told("question") == [
        ("received", "done"),
        ("read", "done"),
        ("question", "now"),
        ("redacted", "ahead"),
        ("relayed", "ahead"),
        ("answered", "ahead"),
        ("published", "ahead"),
    ]


@pytest.mark.parametrize("end", ["withdrawn", "expired"])
def test_after_an_end_nothing_is_ahead(end: str) -> None:
    assert told(end) == [("received", "done"), ("read", "done"), (end, "now")]


def test_on_the_way_there_is_one_place() -> None:
    assert [state for _, state in told("relayed")] == [*["done"] * 3, "now", *["ahead"] * 2]
