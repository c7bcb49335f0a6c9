"""Patterns mean the same in every Python that runs the cleaners.

Python 3.11.2, which Debian 12 has, forgets where it was when what a possessive quantifier repeats
fails half way (mended in 3.11.5), and then finds what is not there. Behind an atomic group it
does not forget: every pattern of the cleaners is written so.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import redaction

ONE_CHARACTER = {ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN, ops.ATOMIC_GROUP}


def patterns() -> dict[str, re.Pattern[Any]]:
    """Every pattern that a module of the cleaners keeps, by its name."""
    found: dict[str, re.Pattern[Any]] = {}
    for module in pkgutil.walk_packages(redaction.__path__, "redaction."):
        if ".cases" in module.name or ".vectors" in module.name or "__main__" in module.name:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            found |= {f"{module.name}.{name}{at}": each for at, each in _in(value)}
    return found


def _in(value: object) -> Iterator[tuple[str, re.Pattern[Any]]]:
    match value:
        case re.Pattern():
            yield "", value
        case dict():
            yield from ((f"[{key}]", v) for key, v in value.items() if isinstance(v, re.Pattern))
        case tuple() | list():
            yield from ((f"[{n}]", v) for n, v in enumerate(value) if isinstance(v, re.Pattern))


def _forgetful(tree: Any) -> list[str]:
    """What possessive quantifiers repeat in *tree* that is neither one character nor atomic."""
    found = []
    for op, argument in tree:
        if op is ops.POSSESSIVE_REPEAT:
            body = argument[2]
            if len(body) != 1 or body[0][0] not in ONE_CHARACTER:
                found.append(str(body))
        for part in argument if isinstance(argument, tuple) else (argument,):
            for each in part if isinstance(part, list) else (part,):
                if isinstance(each, parser.SubPattern):
                    found += _forgetful(each)
    return found


def test_what_a_possessive_quantifier_repeats_is_atomic() -> None:
    kept = patterns()
    trees = {name: parser.parse(each.pattern, each.flags) for name, each in kept.items()}

    assert len(kept) > 50
    assert {name: bad for name, tree in trees.items() if (bad := _forgetful(tree))} == {}


@pytest.mark.parametrize("pattern", ["(?:ab?c)*+", "x(?:a|bc)?+", "(?:(?:a(?:bc)++)|d)"])
def test_a_forgetful_pattern_is_noticed(pattern: str) -> None:
    assert _forgetful(parser.parse(pattern))
