"""An agency reads a packet and answers once: no account, no script, no code in an address."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.packets.tables import neutral
from app.store import relays as stored
from crypto.answer import open_answer
from crypto.encoding import encode_base64
from crypto.link import LinkSecret, seal_packet
from crypto.note import sign
from crypto.record import Packet, Relay
from tests.units.citizen.plain_browser import PlainBrowser
from tests.world import ORIGIN, World

WORDS = 'CANARY-packet الحافلة تتأخر كل يوم.\n=HYPERLINK("x")\nنقترح حافلة ثانية.'
ANSWER = "تحية طيبة وبعد\nنضيف حافلة يوم الأحد. للتواصل 0791234567\nوتفضلوا بقبول الاحترام"


@dataclass
class Office:
    world: World
    code: str
    packet: Packet
    browser: PlainBrowser

    def stored(self) -> stored.StoredRelay:
        with self.world.state.reading() as connection:
            [relay] = stored.list_relays(connection)
        return relay


@pytest.fixture(params=["ar", "en"])
def office(request: pytest.FixtureRequest, world: World) -> Office:
    due = world.today + timedelta(days=30)
    packet = Packet(
        ORIGIN, bytes(16), "transport", "bus-lines", "ar", due, "حافلة في الصباح", WORDS
    )
    secret = LinkSecret.generate()
    both = (world.amal.device, world.basil.device)
    body = {
        "record": sign(Relay.of(packet).encode(), *both),
        "packet": encode_base64(seal_packet(sign(packet.encode(), *both), secret)),
        "link_hash": encode_base64(secret.proof_hash),
    }
    assert world.desk().post("/relays", body).status_code == 201
    browser = PlainBrowser(world.client, request.param)
    return Office(world, secret.encode(), packet, browser)


def opens(office: Office) -> None:
    form = office.browser.visits("/agency").form("/packet")
    form.fill(code=office.code.lower().replace("-", " "))
    office.browser.presses(form, "open-packet")


def test_the_packet_is_shown_exactly_and_kept_nowhere(office: Office) -> None:
    opens(office)

    assert "CANARY-packet الحافلة تتأخر كل يوم." in office.browser.page.text
    assert b"CANARY-packet" not in office.world.at_rest()
    assert office.code.encode() not in office.world.at_rest()


def test_an_unknown_code_opens_nothing(office: Office) -> None:
    for code in (LinkSecret.generate().encode(), "no code", ""):
        form = office.browser.visits("/agency").form("/packet")
        form.fill(code=code)
        office.browser.presses(form, "open-packet")

        assert office.browser.response.status_code == 404
        assert "CANARY" not in office.browser.page.text


def test_the_answer_leaves_once_without_courtesies(office: Office) -> None:
    opens(office)
    form = office.browser.page.form("/review")
    form.fill(answer="2", words=ANSWER, decided="2026-12-20")
    office.browser.presses(form, "to-review", files=[("قرار.txt", "نص القرار".encode())])
    shown = office.browser.page.form("/answer")
    assert shown.value("words") == "نضيف حافلة يوم الأحد. للتواصل […]"
    office.browser.presses(shown, "send")

    assert office.browser.response.status_code == 200
    relay = office.stored()
    assert relay.answer_digest is not None
    answer = open_answer(
        office.world.state.blobs.read(relay.answer_digest), [office.world.amal.identity]
    )
    assert (answer.relay, answer.answer) == (bytes(16), 2)
    assert answer.words == "نضيف حافلة يوم الأحد. للتواصل […]"
    assert answer.document is not None
    assert answer.document.name == "file-1.txt"
    assert "نضيف حافلة".encode() not in office.world.at_rest()
    again = office.browser.presses(shown, "send")
    assert office.browser.response.status_code == 409
    assert again is not None


@pytest.mark.parametrize(
    "fields", [{"words": "نعم"}, {"answer": "5", "words": "نعم"}, {"answer": "1"}]
)
def test_half_an_answer_is_asked_for_again_and_loses_nothing(
    office: Office, fields: dict[str, str]
) -> None:
    opens(office)
    form = office.browser.page.form("/review")
    form.fill(**fields)
    office.browser.presses(form, "to-review")

    assert office.browser.response.status_code == 422
    assert office.browser.page.form("/review").value("words") == fields.get("words", "")
    assert office.stored().answer_digest is None


def test_the_packet_comes_in_forms_that_offices_use(office: Office) -> None:
    opens(office)
    forms = {}
    for kind in ("note", "page", "pdf", "table", "json", "calendar"):
        response = office.world.client.post(
            "/agency/download", data={"code": office.code, "kind": kind}
        )
        forms[kind] = response.data
        assert response.headers["Content-Disposition"].startswith("attachment")

    packet, signed = Packet.open(forms["note"], office.world.keyring.devices, origin=ORIGIN)
    assert (packet, signed.reviewers) == (office.packet, ("amal", "basil"))
    rows = list(csv.reader(io.StringIO(forms["table"].decode("utf-8-sig"))))
    assert forms["table"].startswith(b"\xef\xbb\xbf")
    assert [row[-1] for row in rows[1:]] == [
        "CANARY-packet الحافلة تتأخر كل يوم.",
        '\'=HYPERLINK("x")',
        "نقترح حافلة ثانية.",
    ]
    assert json.loads(forms["json"])["note"] == forms["note"].decode()
    assert b"DTSTART;VALUE=DATE:20261225" in forms["calendar"]
    assert forms["pdf"].startswith(b"%PDF")
    assert b"<script" not in forms["page"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "00412345", "1234E567"])
def test_no_cell_is_a_formula_and_no_name_is_a_count(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


def test_the_code_is_in_no_address(office: Office) -> None:
    opens(office)
    letters = office.code.replace("-", "")
    assert not any(letters in href or office.code in href for href in office.browser.page.hrefs)
    for name in ("packet", "review", "answer"):
        assert office.world.client.get(f"/agency/{name}").status_code == 200
