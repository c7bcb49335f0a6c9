"""Guides for operators, in both languages: each command in them exists, with its options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from app.cli import main

DOCS = Path(__file__).parents[3] / "docs"
GUIDES = ("operators.md", "operators.ar.md", "incidents.md", "incidents.ar.md")
_FENCE = re.compile(r"^( *)```console\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_WASL = re.compile(r"(?:^|sudo -u [a-z-]+ )wasl (?=[a-z])")
_USER = re.compile(r"^ *\w+\$ +")


def console(text: str) -> Iterator[str]:
    """Every line that somebody types, without who types it and without remarks."""
    for block in _FENCE.finditer(text):
        whole = re.sub(r"\\\n *", "", block[2])
        for line in whole.splitlines():
            if _USER.match(line):
                yield _USER.sub("", line).partition("   #")[0].rstrip()


def commands(text: str) -> Iterator[list[str]]:
    """The words after `wasl`, in blocks and in the text."""
    typed = [line for line in console(text) if _WASL.search(line)]
    inline = re.findall(r"`(wasl [^`…]+)`", text)
    for line in [*typed, *inline]:
        after = _WASL.split(re.sub("<[^>]*>", "…", line), maxsplit=1)[1]
        yield shlex.split(re.split(r" [|>] | && ", after)[0])


def check(words: list[str]) -> None:
    """Follow *words* down the tree of commands; raise for one that is not there."""
    command: click.Command = main
    context = click.Context(main)
    rest = list(words)
    while isinstance(command, click.Group):
        assert rest, words
        found = command.get_command(context, rest.pop(0))
        assert found is not None, words
        command = found
    known = {option for each in command.params for option in each.opts}
    used = {word.partition("=")[0] for word in rest if word.startswith("--")}
    assert used <= known, (words, used - known)


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_in_a_guide_exists(guide: str) -> None:
    found = list(commands((DOCS / guide).read_text("utf-8")))

    assert len(found) >= 12
    for words in found:
        check(words)


def test_a_command_that_is_not_there_would_be_found() -> None:
    for wrong in ("lockdown maybe", "backup --to x", "nothing"):
        with pytest.raises(AssertionError):
            check(wrong.split())


def test_the_page_for_incidents_says_the_same_in_both_languages() -> None:
    english, arabic = ((DOCS / name).read_text("utf-8") for name in GUIDES[2:])

    assert list(console(english)) == list(console(arabic))
    assert list(commands(english)) == list(commands(arabic))
    assert english.count("\n## ") == arabic.count("\n## ")
    assert english.count("\n| ") == arabic.count("\n| ")


def test_the_page_for_incidents_waits_for_a_lawyer() -> None:
    assert "**For a lawyer's review.**" in (DOCS / "incidents.md").read_text("utf-8")
    assert "**بانتظار مراجعة محام.**" in (DOCS / "incidents.ar.md").read_text("utf-8")


@pytest.mark.parametrize("guide", GUIDES)
def test_what_a_guide_links_to_is_there(guide: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)[)#]", (DOCS / guide).read_text("utf-8"))

    assert links
    assert [link for link in links if not (DOCS / link).exists()] == []


def test_units_and_folders_in_the_guides_are_those_of_deploy() -> None:
    units = {path.stem for path in (DOCS.parent / "deploy" / "systemd").glob("wasl-*.*")}
    for guide in GUIDES:
        text = (DOCS / guide).read_text("utf-8")
        named = set(re.findall(r"systemctl [a-z -]*?(wasl-[a-z]+)", text))
        assert named <= units, guide
