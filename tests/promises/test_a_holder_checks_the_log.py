"""Whoever holds a receipt code can find out whether the log keeps what was promised."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import delete, update

from app.client.follow import Followed, Follower
from app.client.send import Sender
from app.client.site import Site
from app.store.models import CaseFile, PendingLeaf
from crypto.commitment import Promise
from crypto.encoding import encode_base64
from crypto.note import SigningKey
from crypto.receipt import ReceiptCode
from crypto.tlog.case import Verdict
from crypto.tlog.cosignature import WitnessKey
from crypto.tlog.times import midnight
from tests.units.desk.office import Network, no_pause
from tests.world import ORIGIN, World

URL = "http://127.0.0.1:8080"


@dataclass
class Holder:
    """Someone with a code, a program, and a line to the site that may be tampered with."""

    world: World
    code: ReceiptCode
    promise: str
    network: Network

    def asks(self, promise: str | None = None) -> Followed:
        with Site(URL, transport=self.network) as site:
            follower = Follower(
                site,
                self.world.today,
                roots=self.world.roots.encode(),
                pause=no_pause,
                now=lambda: midnight(self.world.today) + 43_200,
            )
            return follower.follow(self.code, verify=True, promise=promise)

    def checks(self, promise: str | None = None) -> Verdict:
        verdict = self.asks(promise).verdict
        assert verdict is not None
        return verdict

    def is_told(self, **fields: object) -> None:
        """The mailbox says this instead of what is so."""

        def doctored(request: httpx.Request) -> httpx.Response | None:
            if not request.url.path.endswith("/mailbox"):
                return None
            honest = self.network.honest(request)
            return httpx.Response(200, json={**json.loads(honest.read()), **fields})

        self.network.fault = doctored

    def gets(self, part_of_path: str, change: Callable[[bytes], bytes | None]) -> None:
        """Files of the log whose path has that part come changed; None is 404."""

        def doctored(request: httpx.Request) -> httpx.Response | None:
            if part_of_path not in request.url.path:
                return None
            changed = change(self.network.honest(request).read())
            return httpx.Response(404) if changed is None else httpx.Response(200, content=changed)

        self.network.fault = doctored


def sends(world: World, text: str = "الحافلة تتأخر") -> Holder:
    network = Network(world.site)
    with Site(URL, transport=network) as site:
        roots = world.roots.encode()
        sent = Sender(site, world.today, roots=roots, pause=no_pause).send("bus-lines", text)
    return Holder(world, sent.code, sent.promise, network)


@pytest.fixture
def logging(world: World) -> World:
    """A world whose log has begun."""
    world.starts_log(fewest=0)
    world.sequences()
    return world


def passes(world: World, days: int) -> None:
    for _ in range(days):
        world.next_day()
        world.sequences()


def test_a_leaf_is_awaited_and_then_found(logging: World) -> None:
    holder = sends(logging)
    waiting = holder.checks()
    passes(logging, 1)
    found = holder.checks()

    assert (waiting.state, waiting.problems, waiting.index) == ("pending", (), None)
    assert (found.state, found.problems) == ("included", ())
    assert found.index is not None
    entry = logging.entries()[found.index]
    assert entry.decode() == f"accept/v1 {encode_base64(found.commitment)}\n"
    key = logging.state.promise_key.verifier
    assert found.commitment == Promise.open(holder.promise, key).commitment
    assert found.size == len(logging.entries())


def test_with_the_promise_the_day_is_exact(logging: World) -> None:
    """Without it only the week is known, and the day is the latest of that week."""
    holder = sends(logging)

    assert holder.checks().due.isoformat() == "2026-12-01"
    assert holder.checks(holder.promise).due == logging.today + timedelta(days=2)


def test_rolls_show_the_status_at_each_age(logging: World) -> None:
    holder = sends(logging)
    passes(logging, 20)
    assert holder.checks().rolls == (("7d", "received"),)
    passes(logging, 60)
    verdict = holder.checks()

    assert [age for age, _ in verdict.rolls] == ["7d", "28d", "60d"]
    assert (verdict.state, verdict.problems) == ("included", ())


def test_nobody_learns_which_leaf_is_looked_up(logging: World) -> None:
    """Two holders of different days ask for the same files, whole bundles all of them."""
    first = sends(logging)
    passes(logging, 3)
    second = sends(logging)
    passes(logging, 12)
    for holder in (first, second):
        holder.network.requests.clear()
        assert holder.checks().state == "included"

    asked = [[path for _, path in each.network.requests] for each in (first, second)]
    assert asked[0] == asked[1]
    files = [path for path in asked[0] if "/log/tile/entries/" in path]
    assert len(files) == -(-len(logging.entries()) // 256) > 1


def test_before_the_first_batch_nothing_is_wrong(world: World) -> None:
    holder = sends(world)

    assert (holder.checks().state, holder.checks().problems) == ("empty", ())
    world.next_day(10)
    assert holder.checks().problems == ("missing",)


# Frauds


def test_a_dropped_message_is_missed_after_its_day(logging: World) -> None:
    holder = sends(logging)
    drop_waiting_leaves(logging)
    passes(logging, 2)
    assert holder.checks().state == "pending"
    assert holder.checks(holder.promise).problems == ("missing",)
    passes(logging, 5)

    assert (holder.checks().state, holder.checks().problems) == ("missing", ("missing",))


def drop_waiting_leaves(world: World) -> None:
    with world.state.transaction() as connection:
        connection.execute(delete(PendingLeaf))


def test_another_envelope_than_the_promised_one_is_noticed(logging: World) -> None:
    holder = sends(logging)
    passes(logging, 1)
    holder.is_told(digest=encode_base64(bytes(32)))

    assert holder.checks().index is None
    assert holder.checks(holder.promise).problems == ("missing",)
    holder.is_told(digest=encode_base64(bytes(32)), week="2026-W40")
    assert holder.checks().problems == ("missing",)


def test_a_leaf_that_came_too_late_is_told(logging: World) -> None:
    holder = sends(logging)
    logging.next_day(4)
    logging.sequences(after_outage=True)

    assert holder.checks(holder.promise).state == "late"


def test_a_status_that_goes_back_is_noticed(logging: World) -> None:
    holder = sends(logging)
    with logging.state.transaction() as connection:
        connection.execute(update(CaseFile).values(status="declined"))
    passes(logging, 15)
    assert holder.checks().problems == ()
    for shown in ("received", "read", "question", "withdrawn"):
        holder.is_told(status=shown.ljust(12))
        assert (holder.checks().state, holder.checks().problems) == ("disputed", ("status",))


def test_a_roll_without_the_holders_line_is_noticed(logging: World) -> None:
    holder = sends(logging)
    passes(logging, 5)
    with logging.state.transaction() as connection:
        connection.execute(update(CaseFile).values(roll_seed=b"?" * 32))
    passes(logging, 10)

    assert holder.checks().problems == ("tag",)
    assert holder.checks().rolls == (("7d", None),)


@pytest.mark.parametrize("path", ["/tile/entries/", "/checkpoint"])
def test_a_changed_byte_is_noticed(logging: World, path: str) -> None:
    holder = sends(logging)
    passes(logging, 1)
    holder.gets(f"/log{path}", lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:])

    assert (holder.checks().state, holder.checks().problems) == ("unverified", ("unverified",))


def test_a_file_that_is_held_back_is_noticed(logging: World) -> None:
    holder = sends(logging)
    passes(logging, 1)
    holder.gets("/log/tile/entries/", lambda _: None)

    assert holder.checks().problems == ("unverified",)


def test_a_log_that_stands_still_is_noticed(logging: World) -> None:
    holder = sends(logging)
    passes(logging, 1)
    logging.next_day(4)

    assert (holder.checks().state, holder.checks().problems) == ("included", ("stale",))


def test_a_policy_that_the_roots_did_not_sign_is_refused(logging: World) -> None:
    """One with other witnesses, for one victim; this log has cosignatures of none."""
    holder = sends(logging)
    passes(logging, 1)
    friend = WitnessKey.generate("friend.example/witness").verifier.encode()

    def doctored(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/intake"):
            return None
        answer = json.loads(holder.network.honest(request).read())
        policy = answer["log"]["policy"].removesuffix("quorum none\n")
        answer["log"]["policy"] = f"{policy}witness friend {friend} -\nquorum none\n"
        return httpx.Response(200, json=answer)

    holder.network.fault = doctored
    assert holder.checks().problems == ("unverified",)


def test_a_promise_key_that_the_log_does_not_know_is_refused(logging: World) -> None:
    holder = sends(logging)
    passes(logging, 1)
    stranger = SigningKey.generate(f"{ORIGIN}/promise").verifier.encode()

    def doctored(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/intake"):
            return None
        answer = json.loads(holder.network.honest(request).read())
        return httpx.Response(200, json={**answer, "promise_key": stranger})

    holder.network.fault = doctored
    assert holder.checks().problems == ("unverified",)
