"""docs/requirements.md has a row for each point, and each test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[3]
TABLE = (PROJECT / "docs" / "requirements.md").read_text("utf-8")
_ROW = re.compile(r"^\| (R\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_NAMED = re.compile(r"`([\w./-]+\.(?:py|ts))(?:::(\w+))?`")


def missing(shown: str) -> list[str]:
    """What a row names and nobody wrote."""
    return [f"{path}::{name}" for path, name in _NAMED.findall(shown) if not _is_there(path, name)]


def _is_there(path: str, name: str) -> bool:
    return (PROJECT / path).is_file() and (not name or name in _tests(path))


@cache
def _tests(path: str) -> frozenset[str]:
    """The test functions of a file, as pytest would find them."""
    tree = ast.parse((PROJECT / path).read_text("utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[:5] == "test_"
    )


def test_every_point_has_its_row() -> None:
    assert [number for number, _, _ in _ROW.findall(TABLE)] == [f"R{n}" for n in range(1, 30)]


def test_every_row_names_tests_that_exist_or_what_people_check() -> None:
    for number, _, shown in _ROW.findall(TABLE):
        assert _NAMED.search(shown) or "Human check: " in shown, number
        assert missing(shown) == [], number
        assert "none yet" not in shown, number


def test_a_test_that_is_not_there_would_be_found() -> None:
    here = "tests/units/docs/test_requirements.py"
    assert missing(f"`{here}::test_every_point_has_its_row`, `{here}`") == []
    assert missing(f"`{here}::test_nobody_wrote_this`") != []
    assert missing("`tests/units/docs/test_nothing.py`") != []
