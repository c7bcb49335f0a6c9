"""A reviewer at the pages of a desk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.client.attachments import prepare
from app.desk.factory import create_desk, door_of
from tests.units.client.pictures import TINY_JPEG
from tests.units.desk.office import PASSPHRASE, Office

PORT = 8081
HERE = f"http://127.0.0.1:{PORT}"
FORM_KEY = re.compile(r'name="form_key" value="([0-9a-f]{64})"')
TEXT = "CANARY القضية"


@dataclass
class Reviewer:
    """A browser at amal's desk; sends what a browser sends with its own forms."""

    app: Flask
    office: Office
    seconds: list[float]
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def sees(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, base_url=HERE, headers=headers)

    def submits(
        self, path: str, *, page: str = "/", headers: dict[str, str] | None = None, **form: str
    ) -> TestResponse:
        return self.client.post(
            path,
            base_url=HERE,
            data={"form_key": self.form_key(page)} | form,
            headers={"Origin": HERE, "Sec-Fetch-Site": "same-origin"} | (headers or {}),
        )

    def fills(self, path: str, form: Mapping[str, str]) -> TestResponse:
        """Submit a form whose fields have names that Python has not."""
        return self.client.post(
            path,
            base_url=HERE,
            data={"form_key": self.form_key()} | dict(form),
            headers={"Origin": HERE, "Sec-Fetch-Site": "same-origin"},
        )

    def form_key(self, page: str = "/") -> str:
        found = FORM_KEY.search(self.sees(page).text)
        assert found, page
        return found.group(1)

    def unlocks(self, passphrase: str = PASSPHRASE) -> TestResponse:
        return self.submits("/unlock", passphrase=passphrase)

    def waits_for_the_sync(self) -> None:
        door_of(self.app).job.wait(30)

    def finds_the_case(self) -> str:
        found = re.search(r'href="(/case/[0-9a-f]{32})"', self.sees("/").text)
        assert found
        return found.group(1)


def sits_down(office: Office, name: str, seconds: list[float] | None = None) -> Reviewer:
    """*name* at their own desk, which is locked; *seconds* is the clock on the wall."""
    clock = seconds or [1.0]
    app = create_desk(
        office.folder / "desks" / name,
        PORT,
        today=lambda: office.today,
        seconds=lambda: clock[0],
        site=lambda _: office.site(),
    )
    app.testing = True
    return Reviewer(app, office, clock)


@pytest.fixture
def reviewer(office: Office) -> Iterator[Reviewer]:
    path = office.folder / "CANARY.jpg"
    path.write_bytes(TINY_JPEG)
    document = office.folder / "x.txt"
    document.write_bytes(b"Notes\nCANARY")
    office.sends(TEXT, prepare(path, 1, 10**6), prepare(document, 2, 10**6))
    office.syncs("amal")
    reviewer = sits_down(office, "amal", [1000.0])
    yield reviewer
    reviewer.waits_for_the_sync()
