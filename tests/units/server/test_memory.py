"""After each form the collector runs, but in a flood of forms not for each alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from app.web.memory import PAUSE_SECONDS, Collector


@dataclass
class Timer:
    """Is planned once it is started, as a real one is."""

    clock: Clock
    when: float
    task: Callable[[], object]
    daemon: bool = False

    def start(self) -> None:
        self.clock.planned.append(self)


class Clock:
    """Time that a test moves, and what is planned for when."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.planned: list[Timer] = []

    def timer(self, seconds: float, task: Callable[[], object]) -> Timer:
        return Timer(self, self.now + seconds, task)

    def pass_to(self, moment: float) -> None:
        self.now = moment
        due = [each for each in self.planned if each.when <= moment]
        self.planned = [each for each in self.planned if each.when > moment]
        for each in due:
            each.task()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("app.web.memory.time.monotonic", lambda: clock.now)
    monkeypatch.setattr("app.web.memory.threading.Timer", clock.timer)
    return clock


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> list[float]:
    """When the collector ran."""
    times: list[float] = []
    monkeypatch.setattr("app.web.memory.gc.collect", lambda: times.append(clock.now))
    return times


def test_a_form_alone_is_collected_at_once(clock: Clock, collected: list[float]) -> None:
    collector = Collector()
    for _ in range(3):
        collector.want()
        clock.pass_to(clock.now + 2 * PAUSE_SECONDS)
    assert collected == [1000.0, 1001.0, 1002.0]


def test_of_many_none_waits_longer_than_the_pause(clock: Clock, collected: list[float]) -> None:
    collector, asked = Collector(), []
    for step in range(200):
        clock.pass_to(1000 + step / 100)
        asked.append(clock.now)
        collector.want()
    clock.pass_to(1010)

    assert len(collected) <= 2 / PAUSE_SECONDS + 2
    for moment in asked:
        served = next(each for each in collected if each >= moment)
        assert served == 1010 or served - moment <= PAUSE_SECONDS + 0.01
