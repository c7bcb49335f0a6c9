"""What is free, what work costs, and whose turn it is: on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from secrets import token_bytes
from threading import Lock

import pytest

from app.domain.bursts import (
    CHALLENGE_SECONDS,
    FIRST_WAIT_SECONDS,
    LEAST_BITS,
    LONGEST_WAIT_SECONDS,
    MOST_BITS,
    PRICE_SECONDS,
    TURN_SECONDS,
    Allowance,
    Price,
    Toll,
    Turns,
)
from app.domain.errors import NotYetError, WorkWantedError
from crypto.work import work_on

DAY = date(2026, 11, 25)
START = 1_795_600_000


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _toll(clock: Clock, per_minute: int = 0) -> Toll:
    return Toll(
        bytes(32), "submissions", per_minute, today=lambda: DAY, seconds=clock, random=token_bytes
    )


def _turns(clock: Clock, per_minute: int = 60) -> Turns:
    return Turns(bytes(32), per_minute, today=lambda: DAY, seconds=clock, random=token_bytes)


def _price_of(toll: Toll) -> WorkWantedError:
    with pytest.raises(WorkWantedError) as wanted:
        toll.take("")
    return wanted.value


def _pays(toll: Toll) -> str:
    wanted = _price_of(toll)
    work = work_on(bytes.fromhex(wanted.challenge), wanted.bits).encode()
    toll.take(work)
    return work


def _asks(turns: Turns, place: str = "") -> NotYetError | None:
    """What is said to the holder of *place*; None if it is the holder's turn."""
    try:
        turns.take(place)
    except NotYetError as not_yet:
        return not_yet
    return None


def _crowd(turns: Turns) -> NotYetError:
    """Take what is free; what the next one is told."""
    while (told := _asks(turns)) is None:
        pass
    return told


def test_an_allowance_comes_back_with_time(clock: Clock) -> None:
    allowance = Allowance(60, at_once=3)
    assert [allowance.take(clock.now) for _ in range(4)] == [True] * 3 + [False]
    assert [allowance.take(clock.now + 2) for _ in range(3)] == [True] * 2 + [False]
    assert [allowance.take(clock.now + 999) for _ in range(4)] == [True] * 3 + [False]


def test_a_clock_that_is_put_back_gives_nothing_and_locks_nobody_out(clock: Clock) -> None:
    allowance = Allowance(60, at_once=1)
    assert allowance.take(clock.now)
    assert not allowance.take(clock.now - 3600)
    assert allowance.take(clock.now - 3599)


def test_a_price_follows_what_is_paid(clock: Clock) -> None:
    price = Price(60)
    seen = []
    for _ in range(MOST_BITS - LEAST_BITS + 2):
        seen.append(price.bits(clock.now))
        for _ in range(11):
            price.pay(clock.now)
        clock.now += PRICE_SECONDS
    assert seen[:3] == [LEAST_BITS, LEAST_BITS + 1, LEAST_BITS + 2]
    assert seen[-1] == MOST_BITS

    clock.now += 2 * PRICE_SECONDS
    assert price.bits(clock.now) == MOST_BITS - 1
    clock.now += 10 * PRICE_SECONDS
    assert price.bits(clock.now) == LEAST_BITS


def test_at_its_pace_a_price_stays(clock: Clock) -> None:
    price = Price(60)
    for _ in range(5):
        for _ in range(10):
            price.pay(clock.now)
        clock.now += PRICE_SECONDS
    assert price.bits(clock.now) == LEAST_BITS


class Busy:
    """A lock for which one waits until somebody else has been there, a second later."""

    def __init__(self, somebody: Callable[[], object]) -> None:
        self._somebody = somebody
        self._lock = Lock()
        self._is_waited_for = False

    def __enter__(self) -> None:
        if not self._is_waited_for:
            self._is_waited_for = True
            self._somebody()
            self._is_waited_for = False
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_however_many_wait_for_each_other_no_more_is_free(clock: Clock) -> None:
    toll, passed = _toll(clock, 60), 0

    def comes() -> None:
        nonlocal passed
        try:
            toll.take("")
        except WorkWantedError:
            return
        passed += 1

    def comes_later() -> None:
        clock.now += 1
        comes()

    toll._lock = Busy(comes_later)  # type: ignore[assignment]
    for _ in range(100):
        comes()
    assert passed <= 60 + 100


def test_work_pays_once(clock: Clock) -> None:
    toll = _toll(clock)
    work = _pays(toll)
    with pytest.raises(WorkWantedError):
        toll.take(work)


def test_work_is_for_the_site_and_the_kind_that_asked(clock: Clock) -> None:
    wanted = _price_of(_toll(clock))
    work = work_on(bytes.fromhex(wanted.challenge), wanted.bits).encode()
    others = [
        Toll(bytes(32), "messages", 0, today=lambda: DAY, seconds=clock, random=token_bytes),
        Toll(b"x" * 32, "submissions", 0, today=lambda: DAY, seconds=clock, random=token_bytes),
    ]
    for other in others:
        with pytest.raises(WorkWantedError):
            other.take(work)


@pytest.mark.parametrize(
    ("after", "is_taken"), [(CHALLENGE_SECONDS, True), (301, False), (-1, False)]
)
def test_work_comes_in_time(clock: Clock, after: int, is_taken: bool) -> None:
    toll = _toll(clock)
    wanted = _price_of(toll)
    work = work_on(bytes.fromhex(wanted.challenge), wanted.bits).encode()
    clock.now += after
    if is_taken:
        toll.take(work)
    else:
        with pytest.raises(WorkWantedError):
            toll.take(work)


def test_a_cheaper_price_cannot_be_written_into_a_challenge(clock: Clock) -> None:
    wanted = _price_of(_toll(clock))
    challenge = bytes([0]) + bytes.fromhex(wanted.challenge)[1:]
    with pytest.raises(WorkWantedError):
        _toll(clock).take(work_on(challenge, 0).encode())


def test_what_was_used_is_forgotten_when_it_is_too_old_to_be_shown(clock: Clock) -> None:
    toll = _toll(clock)
    for _ in range(3):
        _pays(toll)
        clock.now += CHALLENGE_SECONDS + 1
    assert len(toll._terms._used) <= 2


def test_whoever_comes_back_in_time_has_a_turn(clock: Clock) -> None:
    turns = _turns(clock)
    told = _crowd(turns)
    assert (told.seconds, told.has_turn) == (FIRST_WAIT_SECONDS, False)

    clock.now += FIRST_WAIT_SECONDS - 4
    early = _asks(turns, told.place)
    assert early is not None
    assert (early.seconds, early.place) == (4, told.place)
    clock.now += 4
    assert _asks(turns, told.place) is None


def test_turns_are_named_one_after_the_other_and_kept(clock: Clock) -> None:
    turns = _turns(clock)
    crowd = [_crowd(turns) for _ in range(5)]
    clock.now += FIRST_WAIT_SECONDS
    named = [_asks(turns, told.place) for told in crowd]

    assert named[0] is None
    waits = [(told.seconds, told.has_turn) for told in named if told]
    assert waits == [(1, True), (2, True), (3, True), (4, True)]
    places = [told.place for told in named if told]
    assert [_asks(turns, place) is None for place in places] == [False] * 4
    clock.now += TURN_SECONDS
    assert [_asks(turns, place) for place in places] == [None] * 4


def test_a_flood_that_does_not_come_back_holds_no_places(clock: Clock) -> None:
    turns = _turns(clock)
    for _ in range(5000):
        _crowd(turns)
    told = _crowd(turns)
    clock.now += FIRST_WAIT_SECONDS

    assert told.seconds == FIRST_WAIT_SECONDS
    assert _asks(turns, told.place) is None


def test_turns_that_are_named_leave_nothing_free_for_those_who_push(clock: Clock) -> None:
    turns = _turns(clock)
    crowd = [_crowd(turns) for _ in range(20)]
    clock.now += FIRST_WAIT_SECONDS
    named = [_asks(turns, told.place) for told in crowd]
    assert sum(1 for told in named if told and told.has_turn) == 19
    pushed = 0
    for _ in range(20):
        pushed += _asks(turns) is None
        clock.now += 1

    assert pushed <= 10, "twenty turns were promised, and thirty seconds give thirty"


def test_a_place_is_good_once(clock: Clock) -> None:
    turns = _turns(clock, per_minute=6)
    told = _crowd(turns)
    clock.now += FIRST_WAIT_SECONDS
    assert _asks(turns, told.place) is None
    _crowd(turns)

    again = _asks(turns, told.place)
    assert again is not None
    assert again.place != told.place


def test_when_no_turn_is_left_for_ten_minutes_it_says_so_and_names_none(clock: Clock) -> None:
    turns = _turns(clock, per_minute=1)
    crowd = [_crowd(turns) for _ in range(20)]
    clock.now += FIRST_WAIT_SECONDS
    told = [_asks(turns, each.place) for each in crowd]

    last = told[-1]
    assert last is not None
    assert (last.seconds, last.has_turn) == (LONGEST_WAIT_SECONDS, False)
    assert last.place == crowd[-1].place, "it may ask for a turn again"
    assert sum(1 for each in told if each and each.has_turn) == 10


def test_a_clock_that_is_put_back_keeps_nobody_waiting(clock: Clock) -> None:
    turns = _turns(clock, per_minute=6)
    crowd = [_crowd(turns) for _ in range(9)]
    clock.now += FIRST_WAIT_SECONDS
    for each in crowd:
        _asks(turns, each.place)
    clock.now -= 86_400

    told = _crowd(turns)
    clock.now += FIRST_WAIT_SECONDS
    assert _asks(turns, told.place) is None


def test_a_turn_that_could_not_be_used_is_named_anew(clock: Clock) -> None:
    turns = _turns(clock)
    with pytest.raises(NotYetError) as again:
        turns.give_back()
    clock.now += FIRST_WAIT_SECONDS

    assert again.value.has_turn
    assert _asks(turns, again.value.place) is None
