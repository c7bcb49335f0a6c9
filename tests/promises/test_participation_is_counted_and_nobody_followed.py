"""How participation is doing can be told from sums of weeks: there is nobody to follow in them."""

from __future__ import annotations

import csv
import io
import logging
import random
import re
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app.cli import main
from app.domain.agencies import Agency
from app.domain.participation import NAMES, PARTS, answering, told, weeks
from app.settings import Listen
from app.store import participation as stored
from app.store.models import ParticipationCount
from app.web import participation
from app.web.counters import Counters
from app.web.edge import SHARED
from crypto.record import Bilingual, Outcome, Relay
from tests.units.server.serving import serving
from tests.world import AGENCY, ORIGIN, WEDNESDAY, World, world

__all__ = ["world"]

ADDRESS, BROWSER = "203.0.113.77", "Canary-Browser/7.7"
VISITOR = {"environ_overrides": {"REMOTE_ADDR": ADDRESS}, "headers": {"User-Agent": BROWSER}}


@pytest.fixture
def exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world whose counts begin at nothing, so that a test can tell them."""
    monkeypatch.setattr("app.web.counters.two_sided_geometric", lambda _random, _epsilon: 0)
    made = World(tmp_path)
    yield made
    made.close()


def a_week_passes(world: World) -> None:
    world.next_day(7)
    participation.keep(world.state)


def rows(world: World) -> list[tuple[str, str, int]]:
    with world.state.reading() as connection:
        found = connection.execute(select(ParticipationCount.__table__))
        return [(week, name, amount) for week, name, amount in found]


def shown(page: str) -> dict[str, str]:
    """What the page tells of each count."""
    cells = re.findall(r'<td data-count="([\w-]+)">(.*?)</td>', page)
    return {name: re.sub("<[^>]+>", "", told) for name, told in cells}


def test_each_step_is_told_once_its_week_is_over(exact: World) -> None:
    for _ in range(12):
        exact.client.get("/t/bus-lines")
    for root in ("", "/en"):
        for _ in range(6):
            exact.client.get(f"{root}/write")
    for _ in range(7):
        citizen = exact.citizen()
        assert citizen.submits().status_code == 201
        citizen.asks()
    exact.client.post("/send", data={"problem": ""})
    assert "data-count" not in exact.client.get("/en/health").text, "this week is nobody's business"
    assert rows(exact) == []

    a_week_passes(exact)

    page = shown(exact.client.get("/en/health").text)
    assert page == {
        "topic": "10",
        "write": "10",
        "sent": "5",
        "followed": "5",
        "with-script": "under 5",
        "without-script": "under 5",
        "arabic": "5",
        "english": "5",
        "onion": "under 5",
        "open-web": "under 5",
        "limited": "under 5",
        "full": "under 5",
        "form": "under 5",
    }
    table = exact.client.get("/health.csv").data.decode("utf-8-sig")
    [header, line] = csv.reader(io.StringIO(table))
    assert header == ["week", *NAMES]
    assert dict(zip(header, line, strict=True)) == {
        "week": "2026-W48",
        **{name: "few" if each == "under 5" else each for name, each in page.items()},
    }


def test_a_share_that_is_too_small_hides_the_other_one_too() -> None:
    counts = {"sent": 40, "with-script": 37, "without-script": 3, "arabic": 31, "english": 9}
    [week] = weeks({"2026-W47": counts}, WEDNESDAY)

    assert (week.counts["with-script"], week.counts["without-script"]) == ("few", "few")
    assert (week.counts["arabic"], week.counts["english"]) == ("30", "5")
    assert [told(each) for each in (-3, 0, 4, 5, 9, 10)] == ["few", "few", "few", "5", "5", "10"]
    assert set(NAMES) >= {part for parts in PARTS.values() for part in parts}
    assert weeks({"2026-W48": counts}, WEDNESDAY) == [], "a week that is not over"


def test_neither_memory_nor_disk_holds_a_true_count(world: World) -> None:
    source = random.Random(7)  # noqa: S311 the same each time
    counters = Counters(lambda: world.today, source.randbytes)
    counters.count("write")
    [(_, first)] = counters.take(all_of_it=True)
    [(_, second)] = counters.take(all_of_it=True)

    assert set(first) == set(second) == set(NAMES)
    assert sum(amount != 0 for amount in first.values()) > len(NAMES) // 2
    assert first != second, "every look at it has noise of its own"
    many = [Counters(lambda: world.today, source.randbytes).take(all_of_it=True) for _ in range(40)]
    noise = [amount for [(_, amounts)] in many for amount in amounts.values()]
    assert abs(sum(noise)) < 4 * 2.8 * len(noise) ** 0.5
    assert min(noise) < -4 < 4 < max(noise)


def test_counts_come_to_the_disk_when_a_week_or_the_process_ends(exact: World) -> None:
    state = exact.state
    exact.client.get("/write")
    participation.keep(state)
    assert rows(exact) == [], "never in the middle of a week"
    participation.keep(state, all_of_it=True)
    exact.client.get("/write")
    participation.keep(state, all_of_it=True)

    written = {name: amount for _, name, amount in rows(exact)}
    assert (written["write"], written["sent"]) == (2, 0)
    with state.transaction() as connection:
        stored.add(connection, "2025-W40", {"write": 9})
    participation.keep(state, all_of_it=True)
    assert {week for week, _, _ in rows(exact)} == {"2026-W48"}, "a year is kept"


def test_there_is_no_row_no_cookie_and_no_line_for_a_visitor(
    world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    columns = set(ParticipationCount.__table__.columns.keys())
    assert columns == {"week", "name", "amount"}
    a_week_passes(world)
    for_none = len(rows(world))
    for path in ["/", "/t/bus-lines", "/write", "/en/write", "/follow", "/health", "/nothing"] * 6:
        answer = world.client.get(path, **VISITOR)
        assert "Set-Cookie" not in answer.headers
    world.post("/submissions", world.citizen().request(), **VISITOR)
    a_week_passes(world)

    assert for_none == len(NAMES)
    assert len(rows(world)) == 2 * len(NAMES), "as many for a crowd as for nobody"
    out, err = capfd.readouterr()
    kept = world.at_rest() + "".join([caplog.text, out, err]).encode()
    for canary in (ADDRESS, BROWSER):
        assert canary.encode() not in kept
    assert bytes(map(int, ADDRESS.split("."))) not in kept
    assert SHARED.encode() not in world.at_rest()


def test_a_locked_site_counts_no_further_onto_the_disk(exact: World) -> None:
    (exact.settings.data / "lockdown").touch()
    exact.client.get("/write")
    participation.keep(exact.state, all_of_it=True)
    assert rows(exact) == []
    (exact.settings.data / "lockdown").unlink()
    participation.keep(exact.state, all_of_it=True)
    assert ("2026-W48", "write", 1) in rows(exact)


def test_a_door_of_the_onion_is_told_from_the_open_web(exact: World) -> None:
    onion = "a" * 56 + ".onion"
    settings = replace(exact.settings, onion_url=f"http://{onion}", listen=Listen())
    app = exact.open(settings)
    app.test_client().get("/write", base_url=f"http://{onion}")
    counters: Counters = app.extensions["wasl"].participation
    [(_, counts)] = counters.take(all_of_it=True)
    assert (counts["onion"], counts["open-web"]) == (1, 0)


def test_how_agencies_answer_comes_from_the_public_record() -> None:
    plan = Agency.parse_toml(AGENCY)
    relays = [
        Relay(ORIGIN, bytes([n]) * 16, plan.slug, "bus-lines", date(2026, 11, day), bytes(32))
        for n, day in enumerate((1, 2, 3, 20))
    ]
    text = Bilingual("نص", "text")
    outcomes = [
        Outcome(ORIGIN, relays[0].relay, 1, True, date(2026, 10, 12), text, text, text),
        Outcome(ORIGIN, relays[1].relay, 5, False, None, text, text, text),
    ]

    [line] = answering([*relays, *outcomes], [plan], WEDNESDAY)

    assert (line.relays, line.answered, line.silent, line.overdue, line.in_time) == (4, 1, 1, 2, 1)
    asked = relays[0].due - timedelta(days=plan.answer_days)
    assert line.median_days == (date(2026, 10, 12) - asked).days


FORMS = {"text": "write 5", "csv": "\ufeffweek,topic", "json": '"write": "5"'}


@pytest.mark.parametrize("form", FORMS)
def test_one_command_tells_the_same(
    exact: World, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(9):
        exact.client.get("/write")
    a_week_passes(exact)
    monkeypatch.setattr("app.cli.report.today", lambda: exact.today)

    run = CliRunner().invoke(
        main, ["report", "health", "--data", str(exact.settings.data), "--form", form]
    )

    assert run.exit_code == 0, run.output
    assert "2026-W48" in run.output
    assert FORMS[form] in run.output


def test_a_server_that_ends_in_order_leaves_its_counts_and_one_that_is_killed_none(
    world: World,
) -> None:
    with serving(world) as served:
        httpx.get(f"{served.url}/write", timeout=30)
        served.stop(signal.SIGKILL)
    assert rows(world) == []
    with serving(world) as served:
        httpx.get(f"{served.url}/write", timeout=30)
        assert served.stop() == 0
    assert {name for _, name, _ in rows(world)} == set(NAMES)
