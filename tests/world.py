"""One small world for tests: a real instance in a temporary folder, and people who use it.

Nothing is mocked. The clock is the world's (`today`, `now`), the database and files are real
ones, requests go through the whole WSGI application. Citizens seal on "their own device", so
the server under test sees what it would see; only the stretching of the code is cut short.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.cli.init import initialise
from app.cli.rules import draft_rules
from app.cli.sequence import open_sequencer
from app.domain import media_types
from app.domain.agencies import Agency
from app.domain.topics import Topic
from app.factory import create_site
from app.log import rules as published_rules
from app.log.sequencer import Sequencer
from app.log_keys import load_policy
from app.services import keyrings, relays, topics
from app.settings import Settings
from app.store.storage_keys import StorageKeys
from app.web.state import EXTENSION, SiteState
from crypto.age import Identity, pad_recipients
from crypto.commitment import Disposition, content_commit
from crypto.encoding import encode_base64, sha256
from crypto.envelope import (
    Attachment,
    AttachmentSealer,
    Reply,
    Section,
    Submission,
    seal_follow_up,
    seal_reply,
    seal_reply_copy,
    seal_submission,
)
from crypto.keyring import (
    Keyring,
    Organisation,
    Reviewer,
    Roots,
    device_name,
    first_keyring,
    next_keyring,
    sign_keyring,
)
from crypto.keys import CitizenKeys, derive_root
from crypto.note import SigningKey, sign
from crypto.receipt import ReceiptCode
from crypto.tlog.audit import LogAuditor
from crypto.tlog.findings import Finding
from crypto.tlog.policy import open_witnessed
from crypto.tlog.rules import Rules, sign_rules
from crypto.tlog.tiles import TilePath
from crypto.tlog.times import midnight
from crypto.tlog.verify import verify_tree
from crypto.weeks import week_of

ORIGIN = "wasl.example"
WEDNESDAY = date(2026, 11, 25)
SEALED_PATHS = ("/submissions", "/messages")
SEALED_HEADERS = {"Content-Type": media_types.SEALED}
TOPIC = """
slug = "bus-lines"
stage = "draft"
opens = 2026-11-01
closes = 2026-12-31
decision = {on = 2027-01-31, kind = "announced"}
agency = {ar = "وزارة النقل", en = "Ministry of Transport"}
title = {ar = "خطوط الحافلات", en = "Bus lines"}
who_decides = {ar = "مجلس الوزراء", en = "The cabinet"}
what_can_change = {ar = "المواعيد", en = "The timetable"}
[[summary]]
ar = "كل خط له موعد وله ثمن. قد يمر من هنا أو من هناك."
en = "The bus lines are to change."
[[summary]]
ar = "قد لا يمر قرب بيتك بعد اليوم."
en = "One may no longer pass near your home."
[[sources]]
title = {ar = "المسودة", en = "The draft"}
publisher = {ar = "الوزارة", en = "The ministry"}
published = 2026-10-20
url = "https://example.org/draft.pdf"
"""


AGENCY = """
slug = "transport"
name = {ar = "وزارة النقل", en = "Ministry of Transport"}
liaison = {ar = "مكتب التخطيط", en = "Planning office"}
channel = {ar = "كتاب رسمي", en = "Official letter"}
answer_days = 30
[[ladder]]
after_days = 7
to = {ar = "الأمين العام", en = "Secretary-General"}
[[ladder]]
after_days = 21
to = {ar = "ديوان الرأي", en = "Legislation and Opinion Bureau"}
"""


@dataclass
class Member:
    """A trained reviewer with this week's identity and a device key."""

    id: str
    identity: Identity = field(default_factory=Identity.generate)
    device: SigningKey = field(init=False)
    trained_until: date | None = date(2100, 1, 1)

    def __post_init__(self) -> None:
        self.device = SigningKey.generate(device_name(ORIGIN, self.id))

    @property
    def listed(self) -> Reviewer:
        return Reviewer(self.id, self.identity.recipient, self.device.verifier, self.trained_until)


class World:
    """An instance called `wasl.example`, read by amal and basil of one organisation."""

    def __init__(
        self, folder: Path, today: date = WEDNESDAY, *, database: str | None = None
    ) -> None:
        """*database* is the address of one that has its tables, in place of SQLite's."""
        self.today = today
        self.now = 1_795_600_000
        self.amal, self.basil = Member("amal"), Member("basil")
        self.root_keys = [SigningKey.generate(f"{ORIGIN}/root/{each}") for each in "abc"]
        self.roots = Roots.of([key.verifier for key in self.root_keys], 2)
        self.keyring = first_keyring(ORIGIN, self.today, self._orgs([self.amal, self.basil]))
        self.settings = initialise(
            folder / "site",
            origin=ORIGIN,
            roots=self.roots.encode(),
            site_url="https://wasl.example",
        )
        if database is not None:
            self.settings = with_database(self.settings, database)
        self.site = self.open(self.settings)
        self.publish(self.keyring)
        with self.state.transaction() as connection:
            topics.publish(connection, Topic.parse_toml(TOPIC))
            relays.publish_plan(connection, Agency.parse_toml(AGENCY))

    def open(self, settings: Settings) -> Flask:
        """Another process, so to say, on the same folder."""
        return create_site(settings, today=lambda: self.today, seconds=lambda: self.now)

    def close(self) -> None:
        self.state.database.engine.dispose()

    @property
    def state(self) -> SiteState:
        state: SiteState = self.site.extensions[EXTENSION]
        return state

    @cached_property
    def client(self) -> FlaskClient:
        return self.site.test_client()

    def publish(self, keyring: Keyring) -> None:
        note = sign_keyring(keyring, *self.root_keys[:2])
        with self.state.transaction() as connection:
            keyrings.publish(connection, note, self.roots, ORIGIN)
        self.keyring = keyring

    def publish_next(self, week: str, members: list[Member] | None = None) -> Keyring:
        """The keyring that follows, for *week*, read by *members* (None: the same)."""
        orgs = self._orgs(members) if members else self.keyring.orgs
        self.publish(next_keyring(self.keyring, week, orgs))
        return self.keyring

    def _orgs(self, members: list[Member]) -> list[Organisation]:
        listed = tuple(member.listed for member in members)
        return [Organisation("mizan", "ميزان", "Mizan", listed)]

    def starts_log(self, **chosen: Any) -> Rules:
        """The roots sign rules, with what is *chosen* in place of the usual; the log has them."""
        rules = draft_rules(self.settings, self.state.database, **chosen)
        with self.state.transaction() as connection:
            published_rules.publish(
                connection, sign_rules(rules, *self.root_keys[:2]), self.roots, ORIGIN
            )
        return rules

    def sequencer(self, **more: Any) -> Sequencer:
        """A process that writes the log, on the world's clock: `slot_time`."""
        given = {"clock": lambda: self.slot_time, **more}
        return open_sequencer(self.settings, self.roots, self.state.database, **given)

    def sequences(self, **more: Any) -> None:
        """Seal and publish what is due today."""
        sequencer = self.sequencer(**more)
        sequencer.begin()
        sequencer.run()

    @property
    def slot_time(self) -> int:
        """Three seconds after midnight of the world's day."""
        return midnight(self.today) + 3

    def next_day(self, days: int = 1) -> None:
        """Time passes; a week that begins has a keyring."""
        self.today += timedelta(days=days)
        if week_of(self.today) > self.keyring.week:
            self.publish_next(week_of(self.today))

    def audits(self) -> LogAuditor:
        """Somebody who reads the whole published log; raises if it has misbehaved."""
        auditor, findings = self.judges()
        assert findings == []
        return auditor

    def judges(self) -> tuple[LogAuditor, list[Finding]]:
        """The auditor and everything that it finds in what is published."""
        note = (self.settings.log_path / "checkpoint").read_text("utf-8")
        witnessed = open_witnessed(note, load_policy(self.settings), origin=ORIGIN)
        auditor = LogAuditor(ORIGIN, self.roots)
        findings = []
        for entries in verify_tree(Folder(self.settings.log_path), witnessed.checkpoint):
            findings += auditor.read(entries)
        return auditor, findings + auditor.judge_checkpoint(witnessed)

    def entries(self) -> list[bytes]:
        """Every published entry of the log, verified."""
        note = (self.settings.log_path / "checkpoint").read_text("utf-8")
        checkpoint = open_witnessed(note, load_policy(self.settings), origin=ORIGIN).checkpoint
        bundles = verify_tree(Folder(self.settings.log_path), checkpoint)
        return [entry for entries in bundles for entry in entries]

    def citizen(self) -> Citizen:
        return Citizen(self)

    def desk(self, member: Member | None = None) -> Desk:
        return Desk(self, member or self.amal)

    def client_status(self, citizen: Citizen) -> str:
        """What the mailbox tells the citizen."""
        status: str = citizen.asks()["status"]
        return status.strip()

    def post(self, path: str, body: Any, **more: Any) -> TestResponse:
        if path in SEALED_PATHS:
            more |= {"data": sealed_body(body), "content_type": media_types.SEALED}
        else:
            more |= {"json": body}
        return self.client.post(f"/api/v1{path}", **more)

    def at_rest(self) -> bytes:
        """Every byte the instance has on disk, file names included.

        But for SQLite's shared-memory index, which holds locks and no rows.
        """
        files = sorted(path for path in self.settings.data.rglob("*") if path.is_file())
        lasting = [path for path in files if not path.name.endswith("-shm")]
        return b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in lasting)


class Citizen:
    """Someone with a receipt code of their own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.code = ReceiptCode.generate()
        self.keys = CitizenKeys(derive_root(self.code, world.roots.hash, iterations=1))

    def seals(self, text: str = "الحافلة تتأخر", files: tuple[Attachment, ...] = ()) -> bytes:
        """The envelope of a submission."""
        submission = Submission(
            topic="bus-lines",
            lang="ar",
            thread=self.keys.thread.key,
            reply_to=self.keys.reply_identity.recipient,
            keyring=self.world.keyring.serial,
            sealed_by="browser",
            sections=(Section("problem", text),),
            attachments=files,
        )
        return seal_submission(submission, self.world.keyring)

    def request(self, envelope: bytes | None = None, **more: object) -> dict[str, Any]:
        """What `sealed_body` makes a submission of; *more* replaces fields."""
        envelope = self.seals() if envelope is None else envelope
        thread, digest = self.keys.thread, sha256(envelope)
        said = {
            "name": thread.name("citizen", 0),
            "auth_hash": thread.auth_hash("citizen", 0),
            "log_salt": self.keys.log_salt,
            "content_commit": content_commit(self.keys.content_salt, digest),
            "roll_seed": self.keys.roll_seed,
        }
        return {
            **{name: encode_base64(value) for name, value in said.items()},
            "keyring": self.world.keyring.serial,
            "envelope": envelope,
            "attachments": [],
            **more,
        }

    def submits(self, text: str = "الحافلة تتأخر") -> TestResponse:
        return self.world.post("/submissions", self.request(self.seals(text)))

    def uploads(self, data: bytes) -> dict[str, str]:
        """Seal and upload a file; what a submission says about it."""
        sealed, digest = self.seals_file(data)
        upload = self.begins_upload(len(sealed))
        size = upload["part_bytes"]
        for number in range(upload["parts"]):
            part = sealed[number * size : (number + 1) * size]
            response = self.world.client.put(f"/api/v1/uploads/{upload['id']}/{number}", data=part)
            assert response.status_code == 204
        return {"upload": upload["id"], "digest": encode_base64(digest)}

    def seals_file(self, data: bytes) -> tuple[bytes, bytes]:
        """The age file of an attachment and its SHA-256."""
        sealer = AttachmentSealer(pad_recipients(self.world.keyring.recipients))
        sealed = sealer.update(data) + sealer.finish()
        return sealed, sealer.digest

    def begins_upload(self, size: int) -> dict[str, Any]:
        response = self.world.post("/uploads", {"size": size})
        assert response.status_code == 201, response.text
        upload: dict[str, Any] = response.get_json()
        return upload

    def follow_up(self, index: int, text: str = "تفصيل آخر") -> dict[str, Any]:
        """What `sealed_body` makes a follow-up of."""
        thread = self.keys.thread
        envelope = seal_follow_up(thread, index, text, self.world.keyring)
        return {
            "name": encode_base64(thread.name("citizen", index)),
            "auth_hash": encode_base64(thread.auth_hash("citizen", index)),
            "keyring": self.world.keyring.serial,
            "envelope": envelope,
        }

    def question(self, first: int = 0) -> dict[str, Any]:
        """What the mailbox is asked: the case and 16 names of the team from *first*."""
        thread = self.keys.thread
        return {
            "case": {
                "name": encode_base64(thread.name("citizen", 0)),
                "auth": encode_base64(thread.auth("citizen", 0)),
            },
            "names": [
                {
                    "name": encode_base64(thread.name("team", index)),
                    "auth": encode_base64(thread.auth("team", index)),
                }
                for index in range(first, first + 16)
            ],
        }

    def asks(self, first: int = 0) -> dict[str, Any]:
        response = self.world.post("/mailbox", self.question(first))
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.get_json()
        return answer

    @property
    def slot(self) -> bytes:
        return self.keys.thread.slot("citizen", 0)


class Desk:
    """A reviewer's program with a connection."""

    def __init__(self, world: World, member: Member) -> None:
        self.world, self.member = world, member

    @cached_property
    def headers(self) -> dict[str, str]:
        challenge = self.world.post("/desk/challenge", {}).get_json()["challenge"]
        response = self.world.post("/desk/session", {"note": self.signs(challenge)})
        assert response.status_code == 200, response.text
        return {"Authorization": f"Bearer {response.get_json()['token']}"}

    def signs(self, challenge: str) -> str:
        return sign(f"wasl/desk-session/v1\n{ORIGIN}\n{challenge}\n", self.member.device)

    def get(self, path: str) -> TestResponse:
        return self.world.client.get(f"/api/v1/desk{path}", headers=self.headers)

    def client_status(self, citizen: Citizen) -> str:
        """What the mailbox tells the citizen."""
        status: str = citizen.asks()["status"]
        return status.strip()

    def post(self, path: str, body: object) -> TestResponse:
        return self.world.post(f"/desk{path}", body, headers=self.headers)

    def reply(self, citizen: Citizen, index: int, words: str = "وصلت رسالتك") -> dict[str, Any]:
        """The body of a reply."""
        thread = citizen.keys.thread
        reply = Reply(ORIGIN, citizen.slot, index, "read", "ar", words)
        keyring, device = self.world.keyring, self.member.device
        sealed = seal_reply(reply, device, citizen.keys.reply_identity.recipient)
        return {
            "name": encode_base64(thread.name("team", index)),
            "auth_hash": encode_base64(thread.auth_hash("team", index)),
            "envelope": encode_base64(sealed),
            "copy": encode_base64(seal_reply_copy(reply, device, keyring)),
        }

    def replies(self, citizen: Citizen, index: int, words: str = "وصلت رسالتك") -> TestResponse:
        return self.post("/replies", self.reply(citizen, index, words))

    def decides(
        self, citizen: Citizen, status: str, *others: Member, subject: bytes | None = None
    ) -> TestResponse:
        """Say where a case stands, signed by this reviewer and by *others*."""
        week = week_of(self.world.today)
        disposition = Disposition(ORIGIN, citizen.slot, status, week, subject or token_bytes(32))
        devices = [self.member.device, *(other.device for other in others)]
        return self.post("/status", {"note": sign(disposition.encode(), *devices)})


def with_database(settings: Settings, url: str) -> Settings:
    """The settings of the same instance on another database, written into its folder."""
    toml = settings.data / "wasl.toml"
    toml.write_text(f"database = {json.dumps(url)}\n{toml.read_text('utf-8')}", "utf-8")
    return Settings.load(settings.data)


def sealed_body(request: Mapping[str, Any]) -> bytes:
    """The body that carries *request*: its fields in a line of JSON, then its `envelope`."""
    fields = {name: value for name, value in request.items() if name != "envelope"}
    line = json.dumps(fields).encode()
    return line + b"\n" + request["envelope"] if "envelope" in request else line


def new_storage_keys(folder: Path) -> StorageKeys:
    """An empty file of storage keys, for tests without an instance."""
    keys = StorageKeys(folder / "keys")
    keys.create()
    return keys


class Folder:
    """The published log, read as files."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return (self._root / TilePath(level, index, width).encode()).read_bytes()

    def read_entries(self, index: int, width: int) -> bytes:
        return (self._root / TilePath(None, index, width).encode()).read_bytes()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()
