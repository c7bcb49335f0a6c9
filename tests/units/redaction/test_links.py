"""A link still leads to its page, and no longer tells who opened it."""

import json
from pathlib import Path
from time import perf_counter

import pytest

import redaction.cases
from redaction.files.links import clean_link

CASES = json.loads((Path(redaction.cases.__file__).parent / "links.json").read_text("utf-8"))


@pytest.mark.parametrize(("link", "clean"), CASES)
def test_a_link_comes_out_exactly_so(link: str, clean: str | None) -> None:
    assert clean_link(link) == clean
    assert "MARK" not in (clean or "")


@pytest.mark.parametrize("clean", [clean for _, clean in CASES if clean])
def test_a_clean_link_stays_as_it_is(clean: str) -> None:
    assert clean_link(clean) == clean


@pytest.mark.parametrize("piece", ["a.", "a@", ";sid=", "?a=", "&", "#", "http://", " "])
def test_a_long_hostile_link_takes_no_longer_than_a_harmless_one(piece: str) -> None:
    start = perf_counter()
    for beginning in ("http://", "mailto:", "http://a.bc/", "http://a.bc/?"):
        clean_link(beginning + piece * 50_000)

    assert perf_counter() - start < 5
