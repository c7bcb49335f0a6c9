"""README and SECURITY name what exists: settings, commands, pictures, each promise's test."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

import click
import pytest

from app.cli import main
from app.settings import Settings

PROJECT = Path(__file__).parents[3]
README = (PROJECT / "README.md").read_text("utf-8")
SECURITY = (PROJECT / "SECURITY.md").read_text("utf-8")


def _settings(cls: Any = Settings, path: str = "") -> list[str]:
    names = []
    for name, kind in get_type_hints(cls).items():
        if is_dataclass(kind):
            names += _settings(kind, f"{name}.")
        elif name in {each.name for each in fields(cls) if each.metadata.get("toml", True)}:
            names.append(path + name)
    return names


def _commands() -> list[tuple[str, str]]:
    """Each command and its subcommands."""
    context = click.Context(main)
    named = []
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        below = command.list_commands(context) if isinstance(command, click.Group) else [""]
        named += [(name, each) for each in below]
    return named


@pytest.mark.parametrize("setting", _settings())
def test_every_setting_is_in_the_readme(setting: str) -> None:
    assert f"`{setting}`" in README


@pytest.mark.parametrize(("command", "subcommand"), _commands())
def test_every_command_is_in_the_readme(command: str, subcommand: str) -> None:
    row = next((line for line in README.splitlines() if f"`wasl {command}" in line), "")
    assert row
    assert subcommand in row


@pytest.mark.parametrize("document", ["README.md", "SECURITY.md", "CHANGELOG.md"])
def test_what_a_document_links_to_is_there(document: str) -> None:
    text = (PROJECT / document).read_text("utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [link for link in links if not (PROJECT / link).exists()] == []


def test_every_promise_names_a_test_that_exists() -> None:
    rows = re.findall(r"^\| \d+ \|.*$", SECURITY, re.MULTILINE)
    assert len(rows) >= 15
    for row in rows:
        named = re.findall(r"`(tests/[^`]+|[\w/]+\.test\.ts)`", row)
        assert named, row
        assert [path for path in named if not (PROJECT / path).exists()] == [], row
