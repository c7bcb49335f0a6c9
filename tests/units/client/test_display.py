"""Untrusted words, shown and written to disk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.client.display import readable, safe_name, visible_name


def test_running_text_keeps_its_words_and_loses_its_controls() -> None:
    text, hidden = readable("سطر\r\nثان\u202e معكوس\u202c\x00\u200f می\u200cخواهم\tنهاية\u2028")

    assert text == "سطر\nثان معكوس می\u200cخواهم\tنهاية"
    assert hidden == 5


def test_a_name_shows_the_marks_that_would_deceive() -> None:
    assert visible_name("photo\u202egpj.exe") == "photo[U+202E]gpj.exe"
    assert visible_name("a\nb") == "a[U+000A]b"


@pytest.mark.parametrize(
    ("untrusted", "safe"),
    [
        ("photo.jpg", "1-photo.jpg"),
        ("../../.ssh/authorized_keys", "1-ssh_authorized_keys"),
        ("/etc/passwd", "1-etc_passwd"),
        ("..\\..\\boot.ini", "1-boot.ini"),
        ("C:\\x.exe", "1-C__x.exe"),
        ("", "1-file"),
        ("...", "1-file"),
        ("-rf", "1-rf"),
        ("CON", "1-_CON"),
        ("nul.txt", "1-_nul.txt"),
        ("a\r\nSet-Cookie: x", "1-a__Set-Cookie__x"),
        ("صورة من الحي.png", "1-صورة_من_الحي.png"),
        ("a\u202egpj.exe", "1-a_gpj.exe"),
        ("x" * 10_000 + ".pdf", "1-" + "x" * 71 + ".pdf"),
        ("a\x00b", "1-a_b"),
    ],
)
def test_a_name_becomes_one_harmless_component(untrusted: str, safe: str) -> None:
    assert safe_name(untrusted, 1) == safe


@given(st.text(max_size=300), st.integers(1, 99))
def test_no_name_leaves_its_folder(untrusted: str, position: int) -> None:
    name = safe_name(untrusted, position)

    assert name.startswith(f"{position}-")
    assert not set(name) & set('/\\:*?"<>|\x00\n\r')
    assert len(name) <= 84


@given(st.text())
def test_what_is_shown_is_stable(untrusted: str) -> None:
    text, _ = readable(untrusted)

    assert readable(text) == (text, 0)
