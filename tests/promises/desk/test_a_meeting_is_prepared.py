"""What reviewers take to a meeting with an agency: papers, days, comments for the portal."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.client.send import Sent
from app.desk import diary, meeting, relaying, replies, team
from app.desk.casebook import Case, KnownRelay
from app.desk.relaying import Draft, Way
from app.domain.cases import Status
from app.domain.topics import Topic
from app.packets import portal
from app.services import topics
from crypto.encoding import encode_base64
from crypto.record import Packet
from tests.promises.desk.reviewer import Reviewer, sits_down
from tests.promises.desk.test_from_case_to_decision import (
    DRAFT,
    RESULT,
    REVIEW,
    WORDS,
    both_sync,
    case_of,
    laid_before,
    proposed,
    relayed,
    sent,
    way,
)
from tests.units.desk.office import PASSPHRASE, SAMPLES, Office

__all__ = ["laid_before", "proposed", "relayed", "sent"]

AGENCY = DRAFT.agency
METADATA = {"Title", "CreateDate", "Language"}
"""What exiftool may find: a heading, one day for every file, the language."""


def files_at(office: Office, reviewer: str, on: date | None = None) -> dict[str, bytes]:
    acting = way(office, reviewer)
    return meeting.files(meeting.gather(replace(acting, today=on or acting.today), AGENCY))


def words_of(files: dict[str, bytes]) -> str:
    """Everything that can be read in them."""
    texts = [content.decode() for name, content in files.items() if not name.endswith(".pdf")]
    for name, content in files.items():
        if name.endswith(".pdf"):
            with pypdfium2.PdfDocument(content) as document:
                texts += [page.get_textpage().get_text_bounded() for page in document]
    return "\n".join(texts)


def cases_at(office: Office, reviewer: str) -> dict[str, Case]:
    """By the words that their senders wrote."""
    cases = office.desks[reviewer].casebook.cases()
    return {case.sections[0].text: case for case in cases}


@pytest.mark.usefixtures("relayed")
def test_only_what_two_have_signed_gets_into_the_pack(office: Office) -> None:
    office.sends("CANARY-raw")
    office.sends("CANARY-open")
    both_sync(office)
    amal, basem = office.desks["amal"], office.desks["basem"]
    for each in ("CANARY-raw", "CANARY-open"):
        replies.mark(amal, cases_at(office, "amal")[each].id, Status.READ)
    both_sync(office)
    unsigned = replace(DRAFT, ask="CANARY-ask", words="CANARY-unsigned")
    case = cases_at(office, "amal")["CANARY-open"]
    relaying.propose(way(office, "amal"), case.id, unsigned, REVIEW)
    relaying.tell(way(office, "amal"), case.id, team.REMARK, {"text": "CANARY-remark"})
    relaying.tell(way(office, "amal"), case.id, team.THEME, {"themes": ["CANARY-theme"]})
    both_sync(office)
    # A colleague's word without a signature, and a site that says it was relayed.
    waiting = cases_at(office, "basem")["CANARY-open"]
    newest = waiting.team.newest(team.PROPOSE)
    assert newest is not None
    facts = {"of": newest.id, "statements": []}
    relaying.tell(way(office, "basem"), waiting.id, team.APPROVE, facts)
    basem.casebook.change(waiting.id, lambda now: replace(now, status="relayed"))
    packet = Packet.parse(newest.facts["packet"])
    due = packet.due.isoformat()
    claimed = KnownRelay(encode_base64(packet.relay), AGENCY, packet.topic, due)
    basem.casebook.change_state(lambda now: replace(now, relays=(*now.relays, claimed)))
    assert relaying.approved(cases_at(office, "basem")["CANARY-open"], team.PROPOSE)

    told = words_of(files_at(office, "basem"))

    assert packet.relay.hex()[:8].upper() in told, "the public line is no secret"
    assert re.findall(r"CANARY[-\w]*", told) == []
    assert "سامر" not in told, "nor what was taken out of the one that went"
    assert DRAFT.ask in told
    for line in WORDS.splitlines():
        assert line in told


@pytest.mark.usefixtures("relayed")
def test_every_desk_prints_the_same_and_nothing_says_who_or_when(
    office: Office, tmp_path: Path
) -> None:
    first, second = files_at(office, "amal"), files_at(office, "basem")
    assert first == second
    assert set(first) == {
        *(f"meeting-{lang}.{kind}" for lang in ("ar", "en") for kind in ("html", "pdf")),
        "themes.csv",
    }
    exiftool = shutil.which("exiftool")
    assert exiftool, "exiftool is missing; `make test` says how to install it"
    for lang in ("ar", "en"):
        path = tmp_path / f"{lang}.pdf"
        path.write_bytes(first[f"meeting-{lang}.pdf"])
        done = subprocess.run([exiftool, "-j", "-PDF:all", path], check=True, capture_output=True)
        [found] = json.loads(done.stdout)
        structure = {"SourceFile", "PDFVersion", "Linearized", "PageCount", "PageLayout"}
        assert set(found) <= METADATA | structure
        assert found["CreateDate"].startswith("2000:01:01")
        assert b"<meta name" not in first[f"meeting-{lang}.html"].replace(b'name="viewport"', b"")


@pytest.mark.usefixtures("relayed")
def test_an_answer_that_is_late_is_on_the_agenda_with_who_was_told(office: Office) -> None:
    [relay] = office.desks["amal"].casebook.state.relays
    late = date.fromisoformat(relay.due) + timedelta(days=8)

    gathered = meeting.gather(replace(way(office, "amal"), today=late), AGENCY)
    told = words_of(meeting.files(gathered))

    assert [each.is_overdue for each in gathered.relays] == [True]
    assert "المدير التنفيذي" in told
    assert "Overdue" in told
    on_time = meeting.gather(way(office, "amal"), AGENCY)
    assert on_time.overdue == ()


@pytest.mark.usefixtures("relayed")
def test_what_was_answered_since_the_last_meeting_is_told(office: Office) -> None:
    relaying.take_answer(way(office, "amal"), case_of(office, "amal").id, 2, "نعم")
    both_sync(office)
    relaying.propose_outcome(way(office, "amal"), case_of(office, "amal").id, RESULT)
    both_sync(office)
    before = meeting.gather(way(office, "amal"), AGENCY)
    assert (len(before.relays), before.answers) == (1, ()), "not public yet"
    relaying.approve_outcome(way(office, "basem"), case_of(office, "basem").id)
    assert meeting.gather(way(office, "basem"), AGENCY).answers == (), "signed, not yet at the site"
    both_sync(office)

    after = meeting.gather(way(office, "amal"), AGENCY)
    [answer] = after.answers
    assert (answer.answer, answer.change.en) == (2, "A new bus on Sundays")
    assert after.relays == ()
    assert "حافلة جديدة يوم الأحد" in words_of(meeting.files(after))
    later = meeting.gather(way(office, "amal"), AGENCY, since=office.today + timedelta(weeks=2))
    assert later.answers == ()


def test_a_theme_is_told_when_five_relayed_messages_share_it(office: Office) -> None:
    texts = [f"الحافلة {each} تتأخر" for each in range(5)]
    for text in texts:
        office.sends(text)
    office.syncs("amal")
    ids = [case.id for case in cases_at(office, "amal").values()]
    for each in ids:
        replies.mark(office.desks["amal"], each, Status.READ)
        office.syncs("amal")
        themes = ["ازدحام", "اتصلوا على 0791234567"] + ["نادر"] * (each != ids[0])
        relaying.tell(way(office, "amal"), each, team.THEME, {"themes": themes})
    both_sync(office)
    draft = Draft(AGENCY, "ar", DRAFT.ask, WORDS, tuple(ids[1:]))
    relaying.propose(way(office, "amal"), ids[0], draft, REVIEW)
    both_sync(office)
    assert themes_at(office) == [], "nothing was relayed yet"
    [lead] = [
        case
        for case in office.desks["basem"].casebook.cases()
        if relaying.to_judge(office.desks["basem"], case, team.PROPOSE)
    ]
    relaying.approve(way(office, "basem"), lead.id)
    both_sync(office)
    office.today += timedelta(days=3)
    relaying.relay(way(office, "amal"), ids[0])
    both_sync(office)

    assert themes_at(office) == [["ازدحام", "5"]]


def themes_at(office: Office) -> list[list[str]]:
    table = files_at(office, "amal")["themes.csv"].decode("utf-8-sig")
    return [row[2:] for row in list(csv.reader(io.StringIO(table)))[1:]]


# By date.


def strictly_parsed(calendar: bytes) -> list[dict[str, str]]:
    """The events of a calendar, by RFC 5545 without mercy; raise for anything else."""
    text = calendar.decode("utf-8")
    assert text.endswith("\r\n")
    physical = text.removesuffix("\r\n").split("\r\n")
    assert not any("\r" in line or "\n" in line for line in physical)
    assert all(0 < len(line.encode()) <= 75 for line in physical)
    logical: list[str] = []
    for line in physical:
        if line.startswith(" "):
            logical[-1] += line[1:]
        else:
            logical.append(line)
    assert logical[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert logical[2].startswith("PRODID:")
    assert logical[-1] == "END:VCALENDAR"
    events: list[dict[str, str]] = []
    for line in logical[3:-1]:
        name, colon, value = line.partition(":")
        assert colon
        if line == "BEGIN:VEVENT":
            events.append({})
        elif line != "END:VEVENT":
            assert name not in events[-1]
            events[-1][name] = value
    known = {"UID", "DTSTAMP", "DTSTART;VALUE=DATE", "DTEND;VALUE=DATE", "SUMMARY", "TRANSP"}
    for event in events:
        assert set(event) == known, "no attendee, no organiser, no place, no hour"
        day = date.fromisoformat(event["DTSTART;VALUE=DATE"])
        assert date.fromisoformat(event["DTEND;VALUE=DATE"]) == day + timedelta(days=1)
        assert event["DTSTAMP"] == f"{day:%Y%m%d}T000000Z", "when it was made is not told"
        assert not re.search(r"(?<!\\)[,;]", event["SUMMARY"])
    assert len({event["UID"] for event in events}) == len(events)
    return events


@pytest.mark.usefixtures("relayed")
def test_everybody_has_the_same_calendar_of_days_and_no_people(office: Office) -> None:
    meets_on = office.today + timedelta(days=12)
    diary.plan_meeting(way(office, "amal"), AGENCY, meets_on)
    diary.plan_meeting(way(office, "amal"), AGENCY, meets_on + timedelta(days=7))
    both_sync(office)
    diary.plan_meeting(way(office, "basem"), AGENCY, meets_on + timedelta(days=7), is_off=True)
    both_sync(office)

    calendar = diary.calendar(office.desks["amal"], "ar")
    assert calendar == diary.calendar(office.desks["basem"], "ar")
    events = {each["UID"]: each for each in strictly_parsed(calendar)}

    [relay] = office.desks["amal"].casebook.state.relays
    due = date.fromisoformat(relay.due)
    steps = {due, due + timedelta(days=7), due + timedelta(days=21)}
    days = {date.fromisoformat(each["DTSTART;VALUE=DATE"]) for each in events.values()}
    assert steps | {meets_on} <= days
    assert meets_on + timedelta(days=7) not in days
    assert any(uid.startswith("topic-bus-stops@") for uid in events)
    assert all(uid.endswith("@wasl.example.test") for uid in events)
    english = {each["UID"] for each in strictly_parsed(diary.calendar(office.desks["amal"], "en"))}
    assert english == set(events), "in another language they are the same events"
    assert diary.last_and_next(office.desks["amal"], AGENCY, meets_on) == (None, meets_on)


@pytest.mark.usefixtures("relayed")
def test_a_meeting_that_was_held_says_since_when_answers_are_news(office: Office) -> None:
    held = office.today - timedelta(days=9)
    diary.plan_meeting(way(office, "amal"), AGENCY, held)

    gathered = meeting.gather(way(office, "amal"), AGENCY)

    assert (gathered.since, gathered.on) == (held, None)


# For the official portal.


@pytest.mark.usefixtures("relayed")
def test_comments_for_the_portal_are_the_signed_words_in_pieces(office: Office) -> None:
    content = relaying.sent_content(way(office, "amal"), case_of(office, "amal"))
    assert content is not None
    long = "الحافلة تتأخر كل يوم في الصباح. " * 20 + "\n=1+1\u202e " + "ط" * 250
    longer = replace(content, packet=replace(content.packet, words=long.strip()))

    pieces = portal.comments(longer, 100)
    assert all(0 < len(piece) <= 100 for piece in pieces)
    joined = "".join("".join(pieces).split())
    assert joined == "".join(f"المطلوب: {DRAFT.ask} {long}".replace("\u202e", "").split())
    assert portal.comments(content) == [f"المطلوب: {DRAFT.ask}\n{WORDS.replace(chr(10), ' ')}"]

    table = portal.csv_bytes(longer, 100)
    assert table.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))
    assert [row[6].removeprefix("'") for row in rows[1:]] == pieces
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.usefixtures("relayed")
def test_comments_name_the_consultation_as_the_portal_does(office: Office) -> None:
    path = SAMPLES / "topics" / "bus-stops.toml"
    portal_table = (
        '[portal]\ntitle = {ar = "مواقف عمان", en = "Stops"}\nnumber = "12/2026"\n'
        'deadline = 2026-12-20\nurl = "https://portal.example/12"\n'
    )
    text = path.read_text("utf-8").split("\n[portal]")[0]
    topic = Topic.parse_toml(f"{text}\n{portal_table}")
    with office.state.transaction() as connection:
        topics.publish(connection, topic)
    office.syncs("amal")

    content = relaying.sent_content(way(office, "amal"), case_of(office, "amal"))
    assert content is not None
    said = portal.text_bytes(content).decode()
    assert "مواقف عمان · 12/2026" in said
    assert "20\u00a0كانون\u00a0الأول 2026" in said
    events = strictly_parsed(diary.calendar(office.desks["amal"], "ar"))
    [there] = [each for each in events if each["UID"].startswith("portal-bus-stops@")]
    assert there["DTSTART;VALUE=DATE"] == "20261220"


def test_what_was_not_relayed_does_not_go_to_the_portal(office: Office, laid_before: Sent) -> None:
    assert laid_before
    case = case_of(office, "amal")
    assert relaying.sent_content(way(office, "amal"), case) is None
    # While the sender may object, two have signed; a site that lies changes nothing.
    packet = relaying.packet_of(case.team.proposals(team.PROPOSE)[-1])
    claimed = KnownRelay(encode_base64(packet.relay), AGENCY, packet.topic, packet.due.isoformat())
    book = office.desks["amal"].casebook
    book.change_state(lambda now: replace(now, relays=(*now.relays, claimed)))
    assert relaying.sent_content(way(office, "amal"), case) is None


# As commands and as a page.


@pytest.fixture
def run(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Way:
    """Commands at amal's desk, on the office's day."""
    monkeypatch.setattr("app.cli.desk_meeting.today", lambda: office.today)
    monkeypatch.setattr("app.cli.desk_base.today", lambda: office.today)
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    return way(office, "amal")


def runs(office: Office, command: str, *options: object) -> Result:
    folder = office.folder / "desks" / "amal"
    words = ["desk", command, str(folder), "--passphrase-file", str(office.folder / "passphrase")]
    return CliRunner().invoke(main, [*words, *map(str, options)])


@pytest.mark.usefixtures("relayed", "run")
def test_one_command_makes_the_pack(office: Office, tmp_path: Path) -> None:
    done = runs(office, "pack", "--agency", AGENCY, "--out", tmp_path / "pack")
    again = runs(office, "pack", "--agency", AGENCY, "--out", tmp_path / "pack")
    nobody = runs(office, "pack", "--agency", "nobody", "--out", tmp_path / "other")

    assert done.exit_code == 0, done.output
    made = {path.name: path.read_bytes() for path in (tmp_path / "pack").iterdir()}
    assert made == files_at(office, "amal")
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "pack").iterdir()} == {0}
    assert "nothing is overwritten" in again.output
    assert "no communication plan" in nobody.output
    case = case_of(office, "amal").label
    exported = runs(office, "portal", case, "--out", tmp_path / "portal", "--letters", 120)
    assert exported.exit_code == 0, exported.output
    assert DRAFT.ask in (tmp_path / "portal" / "portal.txt").read_text("utf-8")
    calendar = runs(office, "calendar", "--out", tmp_path / "wasl.ics")
    assert calendar.exit_code == 0, calendar.output
    assert strictly_parsed((tmp_path / "wasl.ics").read_bytes())


@pytest.mark.usefixtures("relayed")
def test_the_page_plans_a_meeting_and_hands_out_its_papers(office: Office) -> None:
    amal = sits_down(office, "amal")
    amal.unlocks()
    day = office.today + timedelta(days=12)
    for path, word in [("/meetings", "الاجتماعات"), ("/en/meetings", "Planned meetings")]:
        assert word in amal.sees(path).text

    planned = amal.fills("/meetings/plan", {"agency": AGENCY, "on": day.isoformat()})
    amal.waits_for_the_sync()
    assert planned.status_code == 303
    assert day.isoformat() in amal.sees("/meetings").text
    pdf = hands_out(amal, "/meetings/pack", {"agency": AGENCY, "lang": "en", "kind": "pdf"})
    assert pdf.startswith(b"%PDF-")
    page = hands_out(amal, "/meetings/pack", {"agency": AGENCY, "lang": "ar", "kind": "html"})
    assert DRAFT.ask in page.decode()
    assert strictly_parsed(hands_out(amal, "/en/meetings/calendar", {}))
    assert amal.fills("/meetings/pack", {"agency": "nobody"}).status_code == 409
    for path, field in [("plan", "on"), ("pack", "since")]:
        wrong = amal.fills(f"/en/meetings/{path}", {"agency": AGENCY, field: "soon"})
        assert wrong.status_code == 422
        assert "That is no day." in wrong.text


def hands_out(reviewer: Reviewer, path: str, form: dict[str, str]) -> bytes:
    response = reviewer.fills(path, form)
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith("attachment; ")
    return bytes(response.data)
