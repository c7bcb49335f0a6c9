"""The offline page that the site hands out is the one file that everybody gets or makes."""

from __future__ import annotations

import hashlib
import html
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.units.citizen.plain_browser import PlainBrowser
from tests.world import World

FILES = ("wasl-field-ar.html", "wasl-field-en.html")


@pytest.mark.parametrize("root", ["", "/en"])
def test_the_page_names_the_mark_of_each_file(world: World, root: str) -> None:
    text = world.client.get(f"{root}/field").text

    for name in FILES:
        file = world.client.get(f"{root}/field/{name}")
        assert hashlib.sha256(file.data).hexdigest() in text
        assert file.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert file.headers["Content-Type"] == "application/octet-stream"
        assert f'href="{root}/field/{name}"' in text


def test_two_visitors_and_both_languages_of_the_site_give_the_same_bytes(world: World) -> None:
    for name in FILES:
        answers = [
            world.client.get(f"{root}/field/{name}", headers={"User-Agent": agent})
            for root in ("", "/en")
            for agent in ("one", "two")
        ]
        assert len({answer.data for answer in answers}) == 1


def test_the_program_makes_the_same_file_from_the_folder(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.field_sources.today", lambda: world.today)
    out = tmp_path / "page.html"
    done = CliRunner().invoke(
        main, ["field", "page", "--data", str(world.settings.data), "--out", str(out)]
    )

    assert done.exit_code == 0, done.output
    assert out.read_bytes() == world.client.get("/field/wasl-field-ar.html").data


@pytest.mark.parametrize("first", ["app.field.page", "app.citizen"])
def test_the_program_and_the_site_load_it_in_either_order(first: str) -> None:
    code = f"import {first}, app.citizen, app.field.page"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_it_asks_what_the_site_asks_and_opens_no_connection(world: World) -> None:
    page = world.client.get("/field/wasl-field-ar.html").text

    for question in ("region", "age", "sector"):
        assert f'<select id="{question}" name="{question}"' in page
    assert "connect-src 'none'" in html.unescape(page)


def test_it_is_found_from_the_kit_and_from_the_words_for_the_field(world: World) -> None:
    for path in ("/script", "/kit/bus-lines"):
        assert 'href="/field"' in world.client.get(path).text
    assert PlainBrowser(world.client).visits("/field").text.count("SHA-256") == 2


def test_without_keys_of_the_day_there_is_no_file(world: World) -> None:
    world.today += timedelta(days=60)

    assert not re.search(r"[0-9a-f]{64}", world.client.get("/field").text)
    assert world.client.get("/field/wasl-field-ar.html").status_code == 503
    assert world.client.get("/field/wasl.toml").status_code == 404
