"""A file that passes the cleaner says nothing any more about who made it, where and with what.

`pytest tests/corpus -k webp` runs one family. Each marker that is found again is listed with
the place it had been planted in and with how it was seen.
"""

from __future__ import annotations

import functools

import pytest

from redaction.files import UnreadableFileError, clean_bytes
from redaction.words import words
from tests.corpus.check import leaks, missing
from tests.corpus.entry import Entry
from tests.corpus.families import photos
from tests.corpus.make import FAMILIES, corpus
from tests.corpus.same import differences

CORPUS = corpus()
CLEAN = [entry for entry in CORPUS if entry.expect == "clean"]
EITHER = [entry for entry in CORPUS if entry.expect == "either"]
REFUSE = [entry for entry in CORPUS if entry.expect == "refuse"]
MAY_BE_REFUSED = 0.03
FORMATS = {
    *("jpeg", "png", "webp", "gif", "heic", "avif", "tiff", "svg", "pdf", "docx", "xlsx", "pptx"),
    *("odt", "ods", "odp", "mp3", "m4a", "ogg", "opus", "flac", "wav", "mp4", "mov", "3gp"),
    *("mkv", "webm", "zip", "epub", "txt", "html", "csv"),
}


@functools.cache
def cleaned(entry: Entry) -> bytes:
    """The clean bytes; fails if the file was refused."""
    try:
        return clean_bytes(entry.data, entry.declared)[0]
    except UnreadableFileError as refusal:
        pytest.fail(f"{entry.name} was refused: {refusal.code}")


def each(entries: list[Entry]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("entry", entries, ids=[entry.name for entry in entries])


@each(CLEAN)
def test_no_marker_survives(entry: Entry) -> None:
    left = leaks(entry, cleaned(entry))
    listed = "\n".join(f"  {leak.marker}  {leak.place}  ({leak.seen})" for leak in left)
    assert not left, f"{len(left)} of {len(entry.markers)} markers are left:\n{listed}"


@each(CLEAN)
def test_what_people_see_and_hear_stays(entry: Entry) -> None:
    assert missing(entry.content, cleaned(entry)) == []
    assert differences(entry, cleaned(entry)) == []


@each(CLEAN)
def test_cleaning_twice_changes_nothing(entry: Entry) -> None:
    once = cleaned(entry)
    assert clean_bytes(once, entry.declared)[0] == once


@each(EITHER)
def test_what_is_rare_is_cleaned_or_refused(entry: Entry) -> None:
    try:
        clean, _ = clean_bytes(entry.data, entry.declared)
    except UnreadableFileError as refusal:
        assert words("errors", refusal.code, "ar")
    else:
        assert leaks(entry, clean) == []
        assert missing(entry.content, clean) == []
        assert differences(entry, clean) == []


@each(list(photos.limits()))
def test_the_limits_that_the_readme_names_are_all_that_is_left(entry: Entry) -> None:
    """The day one of these is found the README has to be read again."""
    places = {leak.place for leak in leaks(entry, cleaned(entry))}
    assert places and places <= {marker.place for marker in entry.markers}


@each(REFUSE)
def test_what_cannot_be_cleaned_is_refused_in_words(entry: Entry) -> None:
    with pytest.raises(UnreadableFileError) as refusal:
        clean_bytes(entry.data, entry.declared)
    for language in ("ar", "en"):
        assert words("errors", refusal.value.code, language)


def test_the_corpus_covers_every_format_and_many_places() -> None:
    assert len(CORPUS) >= 120
    assert sum(len(entry.markers) for entry in CLEAN) >= 15 * len(CLEAN)
    assert {entry.family for entry in CLEAN} == FORMATS
    assert len(EITHER) <= MAY_BE_REFUSED * len(CLEAN)


def test_the_corpus_is_the_same_in_every_run() -> None:
    again = {entry.name: entry for family in FAMILIES for entry in family.entries()}
    assert [e.name for e in CORPUS if e.data != again[e.name].data] == []


@each([*CLEAN, *EITHER])
def test_a_cleaner_that_does_nothing_is_caught(entry: Entry) -> None:
    """Every marker is in the file as it is, can be found there, and nothing else is wrong."""
    found = {leak.place for leak in leaks(entry, entry.data)}
    assert [marker.place for marker in entry.markers if marker.place not in found] == []
    assert missing(entry.content, entry.data) == []
