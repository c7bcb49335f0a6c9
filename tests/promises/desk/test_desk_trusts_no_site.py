"""A site that lies can withhold, but nothing it makes up is shown, and nothing stops the work."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.client.attachments import prepare
from app.client.errors import SiteOddError
from app.client.site import encode_bytes
from app.client.trust import RootsChangedError
from app.desk.errors import NotEnrolledError
from app.domain.cases import Status
from crypto.age import Identity, pad_recipients
from crypto.encoding import sha256
from crypto.envelope import (
    AttachmentSealer,
    Reply,
    Section,
    Submission,
    seal_follow_up,
    seal_reply_copy,
    seal_submission,
)
from crypto.errors import StaleKeyringError
from crypto.keyring import sign_keyring
from crypto.keys import Thread
from crypto.note import SigningKey
from tests.units.desk.office import ORIGIN, Office


@dataclass
class Liar:
    """Sits in the network and changes what the site says to desks."""

    office: Office
    blobs: dict[bytes, bytes] = field(default_factory=dict)
    change_listing: Callable[[dict[str, Any]], None] = lambda _: None
    change_intake: Callable[[dict[str, Any]], None] = lambda _: None

    def __post_init__(self) -> None:
        self._honest = self.office.network.honest
        self.office.network.fault = self.answer

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        if path.startswith("/api/v1/desk/blobs/"):
            digest = bytes.fromhex(path.rsplit("/", 1)[1])
            if digest in self.blobs:
                return httpx.Response(200, content=self.blobs[digest])
        if path == "/api/v1/desk/cases":
            return self._changed(request, self.change_listing)
        if path == "/api/v1/intake":
            return self._changed(request, self.change_intake)
        return None

    def _changed(
        self, request: httpx.Request, change: Callable[[dict[str, Any]], None]
    ) -> httpx.Response:
        document = json.loads(self._honest(request).read())
        change(document)
        return httpx.Response(200, json=document)

    def adds(self, blob: bytes) -> str:
        digest = sha256(blob)
        self.blobs[digest] = blob
        return encode_bytes(digest)

    def lists_case(self, slot: bytes, blob: bytes) -> None:
        digest, before = self.adds(blob), self.change_listing

        def change(listing: dict[str, Any]) -> None:
            before(listing)
            case = {"slot": encode_bytes(slot), "week": "2026-W48", "status": "received"}
            listing["cases"].append(
                {
                    **case,
                    "objection_until": None,
                    "digest": digest,
                    "bytes": len(blob),
                    "attachments": [],
                }
            )

        self.change_listing = change

    def lists_message(self, slot: bytes, lane: str, blob: bytes) -> None:
        digest, before = self.adds(blob), self.change_listing

        def change(listing: dict[str, Any]) -> None:
            before(listing)
            copy = digest if lane == "team" else None
            listing["messages"].append(
                {"slot": encode_bytes(slot), "lane": lane, "digest": digest, "copy": copy}
            )

        self.change_listing = change


@pytest.fixture
def liar(office: Office) -> Liar:
    return Liar(office)


def reasons(office: Office) -> list[str]:
    return [item.reason for item in office.desks["amal"].casebook.state.unreadable]


def made_up_submission(office: Office, **changes: Any) -> tuple[bytes, Submission]:
    assert office.keyring is not None
    values: dict[str, Any] = {
        "topic": "bus-stops",
        "lang": "ar",
        "thread": bytes(range(32)),
        "reply_to": Identity.generate().recipient,
        "keyring": office.keyring.serial,
        "sealed_by": "browser",
        "sections": (Section("problem", "نص"),),
    }
    submission = Submission(**(values | changes))
    return seal_submission(submission, office.keyring), submission


# Submissions.


def test_an_envelope_under_a_name_that_is_not_its_own_is_not_shown(
    office: Office, liar: Liar
) -> None:
    blob, _ = made_up_submission(office)
    liar.lists_case(b"\1" * 32, blob)

    report = office.syncs("amal")

    assert (report.new_cases, report.unreadable) == (0, 1)
    assert reasons(office) == ["forged"]


def test_a_copy_of_a_true_envelope_makes_no_second_case(office: Office, liar: Liar) -> None:
    office.sends("مرة واحدة")
    office.syncs("amal")
    case = office.only_case("amal")
    (row,) = listing_of(office, liar)["cases"]
    digest = base64.b64decode(row["digest"])
    liar.lists_case(b"\2" * 32, blob_of(office, digest))

    report = office.syncs("amal")

    assert report.new_cases == 0
    assert office.only_case("amal") == case


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda blob: blob[:-1],
        lambda blob: blob + b"\0",
        lambda blob: blob[:-1] + bytes([blob[-1] ^ 1]),
        lambda _: b"age-encryption.org/v1\n-> X25519 AAAA\nAAAA\n--- AAAA\n",
        lambda _: b"\xff" * 1000,
    ],
    ids=["empty", "cut", "longer", "flipped", "other kind", "noise"],
)
def test_what_is_no_envelope_is_counted_and_passed_over(
    office: Office, liar: Liar, spoil: Callable[[bytes], bytes]
) -> None:
    blob, submission = made_up_submission(office)
    liar.lists_case(Thread(submission.thread).slot("citizen", 0), spoil(blob))
    office.sends("رسالة سليمة")

    report = office.syncs("amal")

    assert (report.new_cases, report.unreadable) == (1, 1)
    assert office.only_case("amal").sections[0].text == "رسالة سليمة"


def test_bytes_that_are_not_the_listed_ones_are_not_opened(office: Office, liar: Liar) -> None:
    office.sends("نص")
    blob, _ = made_up_submission(office, sections=(Section("problem", "نص آخر"),))
    (row,) = listing_of(office, liar)["cases"]
    liar.blobs[base64.b64decode(row["digest"])] = blob

    assert office.syncs("amal").unreadable == 1
    assert reasons(office) == ["damaged"]


def test_what_cannot_be_read_is_not_fetched_again(office: Office, liar: Liar) -> None:
    liar.lists_case(b"\1" * 32, b"nonsense")
    office.syncs("amal")
    office.network.requests.clear()

    report = office.syncs("amal")

    assert report.unreadable == 0
    assert not [path for _, path in office.network.requests if "/blobs/" in path]


def test_mail_for_other_keys_is_said_to_be_so(office: Office) -> None:
    office.today += timedelta(weeks=1)
    office.publishes_keyring("amal")
    office.sends("لا تُقفل هذه لمكتب أمل")
    office.publishes_keyring()

    office.syncs("amal")

    assert reasons(office) == ["not-for-us"]


# Messages.


def test_a_follow_up_that_the_sender_did_not_write_is_not_shown(office: Office, liar: Liar) -> None:
    office.sends("نص")
    office.syncs("amal")
    case = office.only_case("amal")
    assert office.keyring is not None
    stranger = Thread(b"\7" * 32)
    forged = seal_follow_up(stranger, 1, "لست من تظن", office.keyring)
    liar.lists_message(case.threads.slot("citizen", 1), "citizen", forged)

    office.syncs("amal")

    assert office.only_case("amal").lines == ()
    assert reasons(office) == ["forged"]


def test_a_true_follow_up_in_another_place_is_not_shown(office: Office, liar: Liar) -> None:
    office.sends("نص")
    office.syncs("amal")
    case = office.only_case("amal")
    assert office.keyring is not None
    blob = seal_follow_up(case.threads, 1, "نعم", office.keyring)
    liar.lists_message(case.threads.slot("citizen", 2), "citizen", blob)

    office.syncs("amal")

    assert office.only_case("amal").lines == ()
    assert reasons(office) == ["forged"]


@pytest.mark.parametrize(
    ("signed_by", "changes"),
    [
        ("a stranger", {}),
        ("basem", {"slot": b"\3" * 32}),
        ("basem", {"origin": "another.example"}),
        ("basem", {"index": 1}),
    ],
    ids=["signed by a stranger", "for another case", "for another site", "for another place"],
)
def test_a_reply_that_no_colleague_wrote_here_is_not_shown(
    office: Office, liar: Liar, signed_by: str, changes: dict[str, Any]
) -> None:
    office.sends("نص")
    office.syncs("amal")
    case = office.only_case("amal")
    key = (
        office.desks["basem"].keystore.secrets.device
        if signed_by == "basem"
        else SigningKey.generate(f"{ORIGIN}/device/basem")
    )
    true: dict[str, Any] = {"origin": ORIGIN, "slot": case.slot, "index": 0, "status": "read"}
    reply = Reply(**(true | changes), lang="ar", text="رد مزور")
    assert office.keyring is not None
    forged = seal_reply_copy(reply, key, office.keyring)
    liar.lists_message(case.threads.slot("team", 0), "team", forged)

    office.syncs("amal")

    assert office.only_case("amal").lines == ()
    assert reasons(office) == ["forged"]


def test_a_message_delivered_twice_is_one_message(office: Office, liar: Liar) -> None:
    sent = office.sends("نص")
    office.syncs("amal")
    office.follows(sent.code, "نعم")
    liar.change_listing = lambda listing: listing["messages"].extend(listing["messages"])

    office.syncs("amal")
    office.syncs("amal")

    assert [line.text for line in office.only_case("amal").lines] == ["نعم"]


# Attachments.


def test_a_changed_attachment_is_marked_and_nothing_of_it_is_kept(
    office: Office, liar: Liar
) -> None:
    path = office.folder / "x.txt"
    path.write_bytes(b"x" * 300_000)
    office.sends("نص", prepare(path, 1, 10**6))
    (row,) = listing_of(office, liar)["cases"]
    assert office.keyring is not None
    sealer = AttachmentSealer(pad_recipients(office.keyring.recipients))
    another = sealer.update(b"y" * 300_000) + sealer.finish()
    liar.blobs[base64.b64decode(row["attachments"][0]["digest"])] = another

    report = office.syncs("amal")

    (attachment,) = office.only_case("amal").attachments
    assert (report.attachments, attachment.file, attachment.reason) == (0, None, "damaged")
    assert list((office.folder / "desks/amal/files").iterdir()) == []


def test_an_attachment_that_the_site_lost_is_said_to_be_missing(office: Office, liar: Liar) -> None:
    path = office.folder / "x.txt"
    path.write_bytes(b"notes")
    office.sends("نص", prepare(path, 1, 10**6))
    liar.change_listing = lambda listing: listing["cases"][0].update(attachments=[])

    office.syncs("amal")

    assert office.only_case("amal").attachments[0].reason == "missing"


# The keyring and the site itself.


def test_other_roots_stop_everything(office: Office, liar: Liar) -> None:
    roots = [SigningKey.generate(f"{ORIGIN}/root/{name}").verifier for name in "xyz"]
    text = "\n".join(["wasl/roots/v1", "quorum 2", *sorted(key.encode() for key in roots), ""])
    liar.change_intake = lambda intake: intake.update(roots=text)

    with pytest.raises(RootsChangedError):
        office.syncs("amal")


def test_a_keyring_of_one_root_stops_everything(office: Office, liar: Liar) -> None:
    assert office.keyring is not None
    note = sign_keyring(office.keyring, office.roots[0])
    liar.change_intake = lambda intake: intake.update(keyring=note)

    with pytest.raises(SiteOddError):
        office.syncs("amal")


def test_an_older_keyring_than_one_seen_before_is_refused(office: Office, liar: Liar) -> None:
    assert office.keyring is not None
    old = sign_keyring(office.keyring, *office.roots[:2])
    office.today += timedelta(weeks=1)
    office.publishes_keyring()
    office.syncs("amal")
    liar.change_intake = lambda intake: intake.update(keyring=old)

    with pytest.raises(StaleKeyringError):
        office.syncs("amal")


def test_another_origin_is_refused(office: Office, liar: Liar) -> None:
    liar.change_intake = lambda intake: intake.update(origin="another.example")

    with pytest.raises(SiteOddError):
        office.syncs("amal")


def test_a_desk_that_left_the_keyring_is_told_so(office: Office) -> None:
    office.publishes_keyring("amal")

    with pytest.raises(NotEnrolledError):
        office.syncs("amal")


@pytest.mark.parametrize(
    "change",
    [
        lambda listing: listing.clear(),
        lambda listing: listing.update(cases={}),
        lambda listing: listing.update(cases=[{}]),
        lambda listing: listing["cases"][0].update(slot="AA=="),
        lambda listing: listing["cases"][0].update(digest=7),
        lambda listing: listing["cases"][0].update(bytes=-1),
        lambda listing: listing["cases"][0].update(week="2026-W60"),
        lambda listing: listing["cases"][0].update(status="on fire"),
        lambda listing: listing["cases"][0].update(attachments=[{"digest": "x", "bytes": 1}]),
        lambda listing: listing.update(messages=None),
    ],
)
def test_a_list_out_of_shape_is_refused_whole(
    office: Office, liar: Liar, change: Callable[[dict[str, Any]], None]
) -> None:
    office.sends("نص")
    liar.change_listing = change

    with pytest.raises(SiteOddError):
        office.syncs("amal")
    assert office.desks["amal"].casebook.cases() == []


def test_an_endless_answer_is_cut_off(office: Office, liar: Liar) -> None:
    office.sends("نص")
    (row,) = listing_of(office, liar)["cases"]
    liar.blobs[base64.b64decode(row["digest"])] = bytes((1 << 20) + 1)

    with pytest.raises(SiteOddError):
        office.syncs("amal")


def test_the_site_learns_a_status_only_from_a_signed_disposition(office: Office) -> None:
    office.sends("نص")
    office.syncs("amal")
    office.replies("amal", office.only_case("amal"), "سؤال", Status.QUESTION)

    office.syncs("amal")

    assert office.only_case("amal").status == "question"
    office.syncs("basem")
    assert office.only_case("basem").status == "question"


def listing_of(office: Office, liar: Liar) -> dict[str, Any]:
    """What the honest site lists now."""
    seen: list[dict[str, Any]] = []
    liar.change_listing = lambda listing: seen.append(json.loads(json.dumps(listing)))
    with office.site() as site:
        site.desk_session(office.desks["basem"].sign_challenge).listing()
    liar.change_listing = lambda _: None
    return seen[-1]


def blob_of(office: Office, digest: bytes) -> bytes:
    with office.site() as site:
        session = site.desk_session(office.desks["basem"].sign_challenge)
        blob = session.blob(digest, 1 << 20)
    assert hashlib.sha256(blob).digest() == digest
    return blob
