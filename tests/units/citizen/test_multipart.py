"""Forms with files: read in pieces, whole or not at all, and never beyond their limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.citizen.multipart import (
    FormLimits,
    FormTooLargeError,
    MalformedFormError,
    Texts,
    read_multipart,
)
from app.web.streams import kept_bytes, passed_on

BOUNDARY = b"----paper"
LIMITS = FormLimits(text_bytes=10_000, parts=20, files=3)


@dataclass
class Sink:
    """Remembers what it was given, and in pieces of which size."""

    filename: str
    data: bytearray = field(default_factory=bytearray)
    largest: int = 0
    finished: bool = False

    def write(self, data: bytes) -> None:
        self.data += data
        self.largest = max(self.largest, len(data))

    def finish(self) -> None:
        self.finished = True


def part(name: str, data: bytes, filename: str | None = None) -> bytes:
    named = f'; filename="{filename}"' if filename is not None else ""
    head = f'Content-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return b"--" + BOUNDARY + b"\r\n" + head.encode() + data + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"


def in_pieces(data: bytes, size: int) -> Callable[[int], bytes]:
    """A stream that gives at most *size* bytes at a time."""
    at = 0

    def read(wanted: int) -> bytes:
        nonlocal at
        piece = data[at : at + min(size, wanted)]
        at += len(piece)
        return piece

    return read


def parse(data: bytes, size: int = 1000, limits: FormLimits = LIMITS) -> tuple[Texts, list[Sink]]:
    sinks: list[Sink] = []

    def open_sink(filename: str) -> Sink:
        sinks.append(Sink(filename))
        return sinks[-1]

    return read_multipart(in_pieces(data, size), BOUNDARY, limits, open_sink), sinks


FORM = body(
    part("problem", "سطر\r\nوآخر".encode()),
    part("attachments", b"\xff\xd8" + b"\r\n--" * 40, "بيت.jpg"),
    part("attachments", b"", ""),
    part("file", b"one"),
    part("file", b"two"),
)


@given(st.integers(1, len(FORM)))
def test_where_the_network_cuts_makes_no_difference(size: int) -> None:
    texts, sinks = parse(FORM, size)

    assert texts.first("problem") == "سطر\nوآخر"
    assert texts.all("file") == ["one", "two"]
    assert texts.first("absent") == ""
    assert list(texts.numbered("file")) == []
    assert [(sink.filename, bytes(sink.data), sink.finished) for sink in sinks] == [
        ("بيت.jpg", b"\xff\xd8" + b"\r\n--" * 40, True)
    ]


@given(st.integers(0, len(FORM) - len(b"--\r\n") - 1))
def test_a_form_cut_anywhere_is_no_form(end: int) -> None:
    with pytest.raises(MalformedFormError):
        parse(FORM[:end])


def test_a_large_file_passes_in_small_pieces() -> None:
    _, [sink] = parse(body(part("attachments", b"x" * 3_000_000, "a.bin")), 65_536)

    assert len(sink.data) == 3_000_000
    assert sink.largest <= 131_072


REFUSED = {
    "too much text": (body(part("problem", b"x" * 10_001)), FormTooLargeError),
    "texts too much together": (body(*[part("p", b"x" * 5_001)] * 2), FormTooLargeError),
    "too many parts": (body(*[part("p", b"x")] * 21), FormTooLargeError),
    "too many files": (body(*[part("f", b"x", "a")] * 4), FormTooLargeError),
    "endless header": (b"--" + BOUNDARY + b"\r\nX: " + b"x" * 400_000, FormTooLargeError),
    "endless preamble": (b"x" * 400_000, FormTooLargeError),
    "not UTF-8": (body(part("problem", b"\xff\xfe")), MalformedFormError),
    "a surrogate": (body(part("problem", b"\xed\xa0\x80")), MalformedFormError),
    "no name": (body(part("", b"x")), MalformedFormError),
    "no disposition": (body(b"--" + BOUNDARY + b"\r\nX: y\r\n\r\nx\r\n"), MalformedFormError),
    "empty": (b"", MalformedFormError),
}


@pytest.mark.parametrize(("data", "error"), REFUSED.values(), ids=REFUSED)
def test_bad_forms_are_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse(data)


@settings(max_examples=300)
@given(st.binary(max_size=600))
def test_noise_never_does_anything_else(noise: bytes) -> None:
    for data in (noise, b"--" + BOUNDARY + b"\r\n" + noise, FORM[:80] + noise + FORM[80:]):
        try:
            parse(data)
        except (MalformedFormError, FormTooLargeError):
            continue


def test_what_a_form_said_does_not_show_in_errors_or_in_print() -> None:
    texts, _ = parse(body(part("problem", b"CANARY")))

    assert "CANARY" not in repr(texts)
    with pytest.raises(MalformedFormError) as caught:
        parse(body(part("problem", b"CANARY \xff")))
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_texts_count_as_kept_and_files_do_not() -> None:
    """A body that stalls after long texts is known to hold them."""
    sent = body(part("a", bytes(300)), part("file", bytes(5000), "a.jpg"), part("b", bytes(20)))
    with passed_on():
        read_multipart(in_pieces(sent, 100), BOUNDARY, LIMITS, Sink)
        assert kept_bytes() == 320
