"""A topic is written at one desk, signed at another; hard words need a second person's reason."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.desk import topics
from app.desk.errors import (
    EmptyTextError,
    ForbiddenStatusError,
    NoDecisionDayError,
    NotPlainError,
    NotYoursError,
    OnProbationError,
)
from app.desk.relaying import Way
from app.domain.topics import Bilingual, Topic, Waiver
from app.services import topics as at_the_site
from crypto.record import Question
from tests.units.desk.office import PASSPHRASE, SAMPLES, Office

PLAIN = replace(
    Topic.parse_toml((SAMPLES / "topics" / "bus-stops.toml").read_text("utf-8")),
    title=Bilingual("أين تقف الحافلة؟", "Where does the bus stop?"),
)
HARD = replace(PLAIN, who_decides=Bilingual("هو " * 13, "They"))
REASON = Bilingual("كلام القانون نفسه.", "The law's own words.")


def way(office: Office, reviewer: str) -> Way:
    desk = office.desks[reviewer]
    return Way(desk, desk.keyring(office.today), office.today)


def sync_all(office: Office) -> None:
    for reviewer in ("amal", "basem", "amal"):
        office.syncs(reviewer)


def the_one(office: Office, reviewer: str) -> topics.Waiting:
    (found,) = topics.waiting(way(office, reviewer))
    return found


def shown(office: Office) -> tuple[str, int]:
    """The title and the signed version that the site has."""
    with office.state.reading() as connection:
        topic = at_the_site.find(connection, "bus-stops")
        signed = at_the_site.signed(connection, "bus-stops")
    assert topic
    return topic.title.en, signed.version if signed else 0


@pytest.fixture
def met(office: Office) -> Office:
    """An office whose desks have seen the site."""
    sync_all(office)
    return office


def test_what_one_writes_and_another_signs_is_what_people_are_asked(met: Office) -> None:
    topics.propose(way(met, "amal"), PLAIN)
    sync_all(met)
    with pytest.raises(NotYoursError):
        topics.approve(way(met, "amal"), the_one(met, "amal").id)
    before = shown(met)
    topics.approve(way(met, "basem"), the_one(met, "basem").id)
    sync_all(met)
    met.syncs("basem")

    assert before == ("New bus stops in the city centre (made-up example)", 0)
    assert shown(met) == ("Where does the bus stop?", 1)
    for reviewer in ("amal", "basem"):
        known = topics.asked(way(met, reviewer), "bus-stops")
        assert known
        assert (known.version, known.is_verified) == (1, True)
        assert topics.waiting(way(met, reviewer)) == []


def test_hard_arabic_needs_the_reason_of_somebody_who_did_not_write_it(met: Office) -> None:
    judged = topics.propose(way(met, "amal"), HARD)
    sync_all(met)
    assert judged.needs_waiver
    with pytest.raises(NotPlainError):
        topics.approve(way(met, "basem"), the_one(met, "basem").id)
    with pytest.raises(EmptyTextError):
        topics.waive(way(met, "basem"), the_one(met, "basem").id, Bilingual(" ", "x"))
    topics.waive(way(met, "basem"), the_one(met, "basem").id, REASON)
    sync_all(met)
    with pytest.raises(NotYoursError):
        topics.approve(way(met, "basem"), the_one(met, "basem").id)
    topics.approve(way(met, "amal"), the_one(met, "amal").id)
    sync_all(met)

    with met.state.reading() as connection:
        topic = at_the_site.find(connection, "bus-stops")
    assert topic
    assert topic.waiver == Waiver(REASON, "basem")
    assert shown(met)[1] == 1


def test_nobody_waives_for_herself_and_nothing_plain_is_waived(met: Office) -> None:
    with pytest.raises(NotPlainError):
        topics.propose(way(met, "amal"), replace(HARD, waiver=Waiver(REASON, "amal")))
    topics.propose(way(met, "amal"), PLAIN)
    sync_all(met)
    with pytest.raises(ForbiddenStatusError):
        topics.waive(way(met, "basem"), the_one(met, "basem").id, REASON)


def test_a_reason_by_the_writer_does_not_count_wherever_it_came_from(met: Office) -> None:
    """A changed desk could sign a page that its own reviewer waives."""
    waived = replace(HARD, waiver=Waiver(REASON, "amal")).encode()
    mine = way(met, "amal")
    question = Question(mine.origin, "bus-stops", 1, waived)
    for _ in range(2):
        topics._tell_topic(mine, question)
        sync_all(met)
        with pytest.raises(NotPlainError):
            topics.approve(way(met, "basem"), the_one(met, "basem").id)
        topics.propose(mine, HARD)


def test_without_a_day_of_decision_nothing_is_proposed(met: Office) -> None:
    with pytest.raises(NoDecisionDayError):
        topics.propose(way(met, "amal"), replace(PLAIN, decision=None))
    assert topics.waiting(way(met, "amal")) == []


def test_a_page_is_sent_back_with_a_reason_and_written_anew(met: Office) -> None:
    topics.propose(way(met, "amal"), PLAIN)
    sync_all(met)
    with pytest.raises(EmptyTextError):
        topics.reject(way(met, "basem"), the_one(met, "basem").id, " ")
    topics.reject(way(met, "basem"), the_one(met, "basem").id, "أين المصدر؟")
    met.syncs("basem")
    sync_all(met)

    assert topics.waiting(way(met, "amal")) == []
    assert topics.sent_back(way(met, "amal"), "bus-stops") == [("basem", "أين المصدر؟")]
    topics.propose(way(met, "amal"), PLAIN)
    assert the_one(met, "amal").topic == PLAIN


def test_on_probation_one_neither_writes_nor_signs(met: Office) -> None:
    topics.propose(way(met, "amal"), PLAIN)
    met.publishes_keyring(hawa=date(2026, 12, 28))
    sync_all(met)

    with pytest.raises(OnProbationError):
        topics.propose(way(met, "basem"), PLAIN)
    with pytest.raises(OnProbationError):
        topics.approve(way(met, "basem"), the_one(met, "basem").id)


def test_a_site_that_changes_what_was_signed_is_seen_at_the_desk(met: Office) -> None:
    topics.propose(way(met, "amal"), PLAIN)
    sync_all(met)
    topics.approve(way(met, "basem"), the_one(met, "basem").id)
    sync_all(met)
    met.syncs("basem")
    with met.state.transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE public_record SET note = replace(note, 'Where does', 'Why does')"
            " WHERE kind = 'topic'"
        )
    met.syncs("amal")

    known = topics.asked(way(met, "amal"), "bus-stops")
    assert known
    assert "Why does" in known.content
    assert not known.is_verified


def test_a_draft_stays_on_the_device_and_ends_with_the_proposal(met: Office) -> None:
    topics.keep_draft(way(met, "amal"), "bus-stops", {"title_ar": "CANARY عنوان"})
    kept = met.unlocks("amal").casebook.state.drafts
    files = [path for path in met.folder.rglob("*") if path.is_file()]

    assert kept == {"bus-stops": {"title_ar": "CANARY عنوان"}}
    assert not any(b"CANARY" in path.read_bytes() for path in files)
    topics.propose(way(met, "amal"), PLAIN)
    assert met.desks["amal"].casebook.state.drafts == {}


def test_the_commands_do_the_same(
    met: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`wasl desk ask` on desks whose site is away: it waits for the next sync."""
    passphrase, file = tmp_path / "passphrase", tmp_path / "topic.toml"
    passphrase.write_text(PASSPHRASE, "utf-8")
    file.write_text((SAMPLES / "topics" / "bus-stops.toml").read_text("utf-8"), "utf-8")
    monkeypatch.setattr("app.cli.desk_topics.today", lambda: met.today)
    monkeypatch.setattr("app.cli.desk_base.today", lambda: met.today)

    def ask(reviewer: str, *more: object) -> Result:
        folder = met.folder / "desks" / reviewer
        given = ["desk", "ask", folder, *more, "--passphrase-file", passphrase, "--json"]
        return CliRunner().invoke(main, [str(each) for each in given])

    proposed = json.loads(ask("amal", file).output)["topics"]
    met.unlocks("amal")
    sync_all(met)
    nothing = ask("basem", "--sign", "water-strategy", "--yes")
    signed = ask("basem", "--sign", "bus-stops", "--yes")
    met.unlocks("basem")
    met.syncs("basem")

    assert {"slug": "bus-stops", "version": 1, "state": "waits"} in proposed
    assert nothing.exit_code != 0
    assert signed.exit_code == 0
    assert shown(met)[1] == 1
