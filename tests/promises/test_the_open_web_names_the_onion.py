"""Pages on the open web lead Tor Browser to their onion twin; over the onion nothing leads back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from app.settings import SettingsError
from tests.world import World

HOST = "25njqamcweflpvkl73j4szahhihoc4xt3ktcgjnpaingr5yhkenl5sid.onion"


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.open(replace(world.settings, onion_url=f"http://{HOST}")).test_client()


@pytest.mark.parametrize(
    "page", ["/", "/en/", "/en/safety", "/en/safety?a=1&b=2", "/no/such%20page"]
)
def test_a_page_names_itself_at_the_onion(client: FlaskClient, page: str) -> None:
    answer = client.get(page, base_url="https://wasl.example")

    assert answer.headers["Onion-Location"] == f"http://{HOST}{page}"
    assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize("page", ["/", "/en/safety", "/api/v1/intake", "/no-such-page"])
def test_over_the_onion_nothing_speaks_of_tls_or_of_another_place(
    client: FlaskClient, page: str
) -> None:
    answer = client.get(page, base_url=f"http://{HOST}")

    assert "Onion-Location" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers


def test_only_pages_have_a_twin(client: FlaskClient, world: World) -> None:
    for answer in (
        client.get("/api/v1/intake"),
        client.get(world.state.assets("base.css").url),
        client.post("/en/", data={}),
    ):
        assert "Onion-Location" not in answer.headers, answer.request.path


def test_a_page_says_how_it_was_reached(client: FlaskClient) -> None:
    assert "Connection now: through Tor" in client.get("/en/safety", base_url=f"http://{HOST}").text
    assert "Connection now: ordinary" in client.get("/en/safety").text


def test_a_site_without_a_twin_names_none(world: World) -> None:
    assert "Onion-Location" not in world.client.get("/").headers


@pytest.mark.parametrize(
    "url", [f"https://{HOST}", f"http://{HOST}/", HOST, f"http://{HOST.upper()}", "http://a.onion"]
)
def test_a_twin_has_one_spelling(world: World, url: str) -> None:
    with pytest.raises(SettingsError, match="onion_url"):
        replace(world.settings, onion_url=url)
