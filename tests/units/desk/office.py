"""A site and two desks in one process: the real application behind an in-memory transport."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import httpx
import pytest
from flask import Flask

from app.cli.init import initialise
from app.client.attachments import PreparedFile
from app.client.follow import Followed, Follower, Rating
from app.client.send import Sender, Sent
from app.client.site import Site
from app.desk import replies
from app.desk.casebook import Case
from app.desk.desk import Desk
from app.desk.keystore import CHEAP, Profile
from app.desk.sync import SyncReport, sync
from app.domain.agencies import Agency
from app.domain.cases import Status
from app.domain.topics import Topic
from app.domain.weeks import week_of
from app.factory import create_site
from app.services import keyrings, relays, topics
from app.web.state import EXTENSION, SiteState
from crypto.about import NOTHING_TOLD, About
from crypto.age import Recipient
from crypto.keyring import (
    Keyring,
    Organisation,
    Reviewer,
    Roots,
    first_keyring,
    next_keyring,
    sign_keyring,
)
from crypto.note import SigningKey, VerifierKey
from crypto.receipt import ReceiptCode

ORIGIN: Final = "wasl.example/test"
URL: Final = "http://127.0.0.1:8080"
PASSPHRASE: Final = "five words nobody has guessed"
TOPIC: Final = "bus-stops"
TODAY: Final = date(2026, 11, 25)
ALWAYS: Final = date(2100, 1, 1)
SAMPLES: Final = Path(__file__).parents[3] / "app" / "samples"


@dataclass
class Office:
    """One instance with its roots. `today` may be moved; `network` may be made to fail."""

    folder: Path
    today: date = TODAY
    roots: list[SigningKey] = field(default_factory=list)
    desks: dict[str, Desk] = field(default_factory=dict)
    keyring: Keyring | None = None
    trained_until: dict[str, date | None] = field(default_factory=dict)
    """Of reviewers who are not simply trained."""

    def __post_init__(self) -> None:
        self.roots = [SigningKey.generate(f"{ORIGIN}/root/{name}") for name in "abc"]
        self.app = self._open_site()
        self.network = Network(self.app)

    @property
    def roots_text(self) -> str:
        return Roots.of([key.verifier for key in self.roots], 2).encode()

    @property
    def state(self) -> SiteState:
        state: SiteState = self.app.extensions[EXTENSION]
        return state

    def site(self) -> Site:
        return Site(URL, transport=self.network)

    # The reviewers.

    def opens_desk(self, reviewer: str, org: str = "rased") -> Desk:
        """Make, connect and remember a desk. Call `publishes_keyring` afterwards."""
        profile = Profile(org, f"مرصد {org}", f"{org} watch", reviewer, ORIGIN)
        desk = Desk.create(
            self.folder / "desks" / reviewer,
            profile,
            PASSPHRASE,
            today=self.today,
            costs=CHEAP,
            site=lambda _: self.site(),
        )
        desk.connect(URL, self.roots_text)
        self.desks[reviewer] = desk
        return desk

    def unlocks(self, reviewer: str) -> Desk:
        """Open the desk anew, as after a restart."""
        folder = self.folder / "desks" / reviewer
        self.desks[reviewer] = Desk.unlock(folder, PASSPHRASE, site=lambda _: self.site())
        return self.desks[reviewer]

    def publishes_keyring(self, *leave_out: str, **probation: date) -> Keyring:
        """Two roots sign a keyring of all desks but those left out.

        *probation* says of organisations until when they are on probation.
        """
        week = week_of(self.today)
        orgs: dict[str, list[Reviewer]] = {}
        names: dict[str, Profile] = {}
        for reviewer, desk in sorted(self.desks.items()):
            if reviewer not in leave_out:
                enrolment = desk.enrolment()
                names[desk.profile.org] = desk.profile
                orgs.setdefault(desk.profile.org, []).append(
                    Reviewer(
                        reviewer,
                        Recipient.parse(enrolment["recipients"][week]),
                        VerifierKey.parse(enrolment["device"]),
                        self.trained_until.get(reviewer, ALWAYS),
                    )
                )
        organisations = [
            Organisation(
                slug,
                names[slug].name_ar,
                names[slug].name_en,
                tuple(reviewers),
                probation.get(slug),
            )
            for slug, reviewers in sorted(orgs.items())
        ]
        keyring = (
            first_keyring(ORIGIN, self.today, organisations)
            if self.keyring is None
            else next_keyring(self.keyring, week, organisations)
        )
        note = sign_keyring(keyring, *self.roots[:2])
        with self.state.transaction() as connection:
            keyrings.publish(connection, note, self.state.roots, ORIGIN)
        self.keyring = keyring
        return keyring

    def syncs(self, reviewer: str, clock: date | None = None) -> SyncReport:
        """Sync a desk, whose own *clock* may go wrong."""
        with self.site() as site:
            return sync(self.desks[reviewer], site, today=clock or self.today)

    def replies(self, reviewer: str, case: Case, text: str, status: Status | None = None) -> Case:
        """Seal a reply on a desk; it waits until the desk syncs."""
        desk = self.desks[reviewer]
        keyring = desk.keyring(self.today)
        return replies.write(desk, case.id, text, status=status, lang="ar", keyring=keyring)

    def only_case(self, reviewer: str) -> Case:
        (case,) = self.desks[reviewer].casebook.cases()
        return case

    # The citizen.

    def sends(
        self, text: str, *files: PreparedFile, topic: str = TOPIC, about: About = NOTHING_TOLD
    ) -> Sent:
        with self.site() as site:
            sender = Sender(site, self.today, roots=self.roots_text, pause=no_pause)
            return sender.send(topic, text, files, about)

    def follows(
        self, code: ReceiptCode, message: str | None = None, rating: Rating | None = None
    ) -> Followed:
        with self.site() as site:
            follower = Follower(site, self.today, roots=self.roots_text, pause=no_pause)
            return follower.follow(code, message, rating=rating)

    # The operator.

    def _open_site(self) -> Flask:
        settings = initialise(
            self.folder / "site", origin=ORIGIN, roots=self.roots_text, site_url=URL
        )
        site = create_site(settings, today=lambda: self.today)
        state: SiteState = site.extensions[EXTENSION]
        with state.transaction() as connection:
            for path in (SAMPLES / "topics").glob("*.toml"):
                topics.publish(connection, Topic.parse_toml(path.read_text("utf-8")))
            for path in (SAMPLES / "agencies").glob("*.toml"):
                relays.publish_plan(connection, Agency.parse_toml(path.read_text("utf-8")))
        return site

    def close(self) -> None:
        self.state.database.engine.dispose()


class Network(httpx.BaseTransport):
    """Carries requests to the site, unless `fault` answers in its place or raises."""

    def __init__(self, app: Flask) -> None:
        self._wsgi = httpx.WSGITransport(app, raise_app_exceptions=True)
        self.fault: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
        self.lose_answer: Callable[[httpx.Request], bool] = lambda _: False
        self.requests: list[tuple[str, str]] = []

    def honest(self, request: httpx.Request) -> httpx.Response:
        return self._wsgi.handle_request(request)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append((request.method, request.url.path))
        answer = self.fault(request) or self.honest(request)
        if self.lose_answer(request):
            raise httpx.ReadError("the circuit broke after the request arrived")
        return answer


def no_pause(_seconds: float) -> None:
    """Tests do not wait."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A site, the desks of amal (rased) and basem (hawa), and this week's keyring."""
    office = Office(tmp_path)
    office.opens_desk("amal", "rased")
    office.opens_desk("basem", "hawa")
    office.publishes_keyring()
    yield office
    office.close()
