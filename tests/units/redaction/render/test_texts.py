"""Text is shown as it reads, and the reader is told when something could not be seen."""

import pytest

from redaction.errors import UnreadableFileError
from redaction.render import render


@pytest.mark.parametrize(
    "text", ["hello\n\tworld\n", "مرحبا، ١٢٣", "نمی\u200cخواهم", "a,b\n1,2\n", "emoji 🙂"]
)
def test_what_can_be_seen_is_shown(text: str) -> None:
    rendering = render(text.encode())

    assert rendering.kind == "text"
    assert rendering.text == text
    assert rendering.warnings == ()


@pytest.mark.parametrize(
    ("hidden", "seen"),
    [
        ("pay\u202eload", "payload"),
        ("a\u200bb\u2060c\ufeffd", "abcd"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("selector\ufe0f\U000e0101", "selector"),
        ("soft\u00adhyphen", "softhyphen"),
        ("hangul\u3164filler", "hangulfiller"),
    ],
)
def test_what_cannot_be_seen_is_left_out_aloud(hidden: str, seen: str) -> None:
    rendering = render(hidden.encode())

    assert rendering.text == seen
    assert rendering.warnings == ("invisible-characters",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings_are_read(encoding: str) -> None:
    assert render("مرحبا hello".encode(encoding)).text == "مرحبا hello"


def test_line_ends_are_alike() -> None:
    assert render(b"a\r\nb\rc\nd").text == "a\nb\nc\nd"


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "file-empty"),
        (b"x" * (4 * 1024 * 1024 + 1), "file-too-large"),
        (b"a" * 5000 + b"\xe9", "text-encoding"),
        (bytes(range(256)), "type-unknown"),
        (b"\x7fELF" + bytes(100), "type-unknown"),
    ],
    ids=["empty", "large", "not unicode", "bytes", "program"],
)
def test_what_is_no_text_is_refused(file: bytes, code: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        render(file)

    assert caught.value.code == code
