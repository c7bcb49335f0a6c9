"""The guide for auditors names every command and every finding, and links to what is there."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from app.auditor.words import MEANINGS_EN
from app.cli.audit import command

GUIDE = (Path(__file__).parents[3] / "docs" / "auditors.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(command.commands))
def test_every_command_is_in_the_guide(name: str) -> None:
    assert f"`wasl audit {name}" in GUIDE
    each = command.commands[name]
    below = each.commands if isinstance(each, click.Group) else {}
    assert all(f"{name} {sub}" in GUIDE for sub in below)


@pytest.mark.parametrize("code", sorted(MEANINGS_EN))
def test_every_finding_is_in_the_guide(code: str) -> None:
    _, table = GUIDE.split("## Findings")
    assert f"`{code}`" in table


def test_what_the_guide_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", GUIDE)
    assert links
    assert all((Path(__file__).parents[3] / "docs" / link).exists() for link in links)
