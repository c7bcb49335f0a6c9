"""Where reviewers have an onion of their own, nobody else finds the desk's API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.settings import Listen, SettingsError
from app.web.clock import today
from tests.units.server.serving import Served, serving
from tests.world import World

CHALLENGE = "/api/v1/desk/challenge"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world that lives today, with a door for the site's onion and one for the desk's."""
    world = World(tmp_path, today=today())
    settings = world.settings.data / "wasl.toml"
    text = settings.read_text("utf-8")
    for name in ("onion", "desk"):
        text = text.replace(f'{name}_socket = ""', f'{name}_socket = "{_door(world, name)}"')
    settings.write_text(text, "utf-8")
    yield world
    world.close()


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    with serving(world) as served:
        yield served


def _door(world: World, name: str) -> Path:
    return world.settings.data / f"{name}.sock"


def _asks(path: str, door: Path | None, served: Served) -> httpx.Response:
    """As a desk does. Without a *door*: over the open web."""
    transport = httpx.HTTPTransport(uds=str(door) if door else None)
    with httpx.Client(transport=transport, base_url=served.url, timeout=20) as client:
        return client.post(path, json={})


def test_the_desks_api_is_behind_its_door_and_nowhere_else(world: World, served: Served) -> None:
    inside = _asks(CHALLENGE, _door(world, "desk"), served)
    assert inside.status_code == 200
    assert "challenge" in inside.json()

    for door in (None, _door(world, "onion")):
        outside, nothing = (_asks(path, door, served) for path in (CHALLENGE, "/api/v1/nothing"))
        assert (outside.status_code, outside.content) == (404, nothing.content)


def test_behind_the_desks_door_is_the_rest_of_the_site_too(world: World, served: Served) -> None:
    """A desk also reads the keyring, the plans and the log."""
    transport = httpx.HTTPTransport(uds=str(_door(world, "desk")))
    with httpx.Client(transport=transport, base_url=served.url, timeout=20) as client:
        assert client.get("/api/v1/intake").status_code == 200


def test_without_such_a_door_desks_come_by_any(world: World) -> None:
    site = world.open(replace(world.settings, listen=Listen()))

    assert site.test_client().post(CHALLENGE, json={}).status_code == 200


@pytest.mark.parametrize(
    "listen",
    [
        {"onion_socket": "/a", "desk_socket": "/a"},
        {"socket": "/a", "onion_socket": "/a"},
        {"desk_socket": f"/{'a' * 100}"},
    ],
)
def test_doors_are_different_and_short(listen: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="listen"):
        Listen(**listen)  # type: ignore[arg-type]
