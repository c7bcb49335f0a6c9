"""Numbers that anybody can add up again, and none that could point at a person."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from app.domain.record import summarise
from app.store import relays as stored
from crypto.encoding import encode_base64
from crypto.link import LinkSecret, seal_packet
from crypto.note import sign
from crypto.record import COLUMNS, Bilingual, Outcome, Record, Relay, Row, Tally, public_count
from crypto.weeks import week_of
from tests.units.citizen.plain_browser import PlainBrowser
from tests.world import ORIGIN, World

SEALED = encode_base64(seal_packet("a packet\n\n\u2014 x AAAA\n", LinkSecret(bytes(20))))
MONDAY = "23\u00a0تشرين\u00a0الثاني 2026"
CASES = (23, 20, 12, 6, 0, 0, 3, 0, 7, 1, 0, 16, 4, 0, 8)


def relay_of(world: World, number: int = 1, late: int = 0) -> Relay:
    due = world.today + timedelta(days=30 - late)
    return Relay(ORIGIN, bytes([number] * 16), "transport", "bus-lines", due, bytes(32))


def outcome_of(relay: Relay) -> Outcome:
    return Outcome(
        ORIGIN,
        relay.relay,
        2,
        True,
        date(2026, 12, 20),
        Bilingual("الحافلات تتأخر", "Buses are late"),
        Bilingual("نضيف حافلة", "We add a bus"),
        Bilingual("حافلة جديدة", "A new bus"),
    )


def tally_of(world: World) -> Tally:
    row = Row("bus-lines", "transport", tuple(map(public_count, CASES)))
    return Tally(ORIGIN, week_of(world.today), (row,))


def publishes(world: World, record: Record) -> int:
    note = sign(record.encode(), world.amal.device, world.basil.device)
    if isinstance(record, Relay):
        body = {"record": note, "packet": SEALED, "link_hash": encode_base64(record.relay * 2)}
        return world.desk().post("/relays", body).status_code
    return world.desk().post("/records", {"note": note}).status_code


@pytest.fixture
def record(world: World) -> World:
    relay = relay_of(world)
    for each in (relay, relay_of(world, 2), outcome_of(relay), tally_of(world)):
        assert publishes(world, each) == 201
    return world


def test_the_page_the_table_and_the_log_tell_the_same(record: World) -> None:
    page = PlainBrowser(record.client).visits("/record")
    [row] = list(
        csv.DictReader(io.StringIO(record.client.get("/record.csv").text.lstrip("\ufeff")))
    )
    record.starts_log()
    record.sequences()
    auditor, findings = record.judges()

    assert findings == []
    [line] = summarise(auditor.records, record.today).lines
    assert tuple(row.values()) == line.cells
    assert [row[column] for column in COLUMNS] == [public_count(each) for each in CASES]
    assert (row["relays"], row["published"], row["overdue"]) == ("2", "1", "0")
    for told in ("20", "10", "5", "أفاد: 15", "أفاد قليلا: أقل من 5", "لم يفد: 0"):
        assert told in page.text
    assert "23" not in page.text.replace(MONDAY, "")
    assert "few" not in page.text


def test_an_overdue_answer_is_told_with_its_escalations(record: World) -> None:
    record.today += timedelta(days=30 + 8)

    page = PlainBrowser(record.client).visits("/record")

    assert "ردود متأخرة" in page.text
    assert "الأمين العام" in page.text
    assert "ديوان الرأي" not in page.text
    [row] = list(
        csv.DictReader(io.StringIO(record.client.get("/record.csv").text.lstrip("\ufeff")))
    )
    assert row["overdue"] == "1"


@pytest.mark.parametrize("root", ["", "/en"])
def test_a_topic_says_what_was_said_answered_and_changed(record: World, root: str) -> None:
    page = PlainBrowser(record.client).visits(f"{root}/record/bus-lines")

    words = (
        ("Buses are late", "We add a bus", "A new bus")
        if root
        else ("الحافلات تتأخر", "نضيف حافلة")
    )
    for each in words:
        assert each in page.text


def test_a_relay_needs_a_plan_two_people_and_the_promised_day(world: World) -> None:
    relay = relay_of(world)
    alone = sign(relay.encode(), world.amal.device)
    body = {"record": alone, "packet": SEALED, "link_hash": encode_base64(bytes(32))}

    assert world.desk().post("/relays", body).status_code == 422
    assert publishes(world, replace(relay, agency="nobody")) == 422
    assert publishes(world, replace(relay, due=relay.due + timedelta(days=3))) == 422
    assert publishes(world, relay) == 201
    assert publishes(world, relay) == 201
    assert publishes(world, replace(relay, packet=b"x" * 32)) == 409
    with world.state.reading() as connection:
        assert len(stored.list_relays(connection)) == 1


def test_an_outcome_belongs_to_a_relay_and_is_told_once(world: World) -> None:
    relay = relay_of(world)
    outcome = outcome_of(relay)
    assert publishes(world, outcome) == 404
    publishes(world, relay)
    assert publishes(world, outcome) == 201
    assert publishes(world, outcome) == 201
    assert publishes(world, replace(outcome, changed=False)) == 409


def test_charts_are_svg_with_a_title(record: World) -> None:
    html = record.client.get("/record").text
    svg = html[html.index("<svg") : html.index("</svg>") + 6]

    chart = ElementTree.fromstring(svg)  # noqa: S314 - our own page

    assert chart.find("title") is not None
    assert len(chart.findall("rect")) == 5
