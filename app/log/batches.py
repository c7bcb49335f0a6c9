"""What a batch holds, taken from the database inside the sequencer's transaction.

Everything is taken at once: waiting commitments leave their queue, and their cases, which
nothing links to them, enter the cohort as a whole. So each accept leaf of a cohort is answered
for by one roll seed, of a case or of a cover leaf, and the rolls are complete.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from app.log import rules as published
from app.log.errors import NotReadyError
from app.log.head import Head
from app.log.keys import Instance
from app.store import keyrings, log, members, relays
from app.store.log import StoredCohort
from crypto.encoding import Random, sha256
from crypto.keyring import Keyring
from crypto.note import read_text_unverified, sign
from crypto.tlog.batch import (
    Batch,
    Roll,
    build_batch,
    cohort_end,
    cover_count,
    due_ages,
    next_cohort,
)
from crypto.tlog.leaves import (
    ROLL_STATUSES,
    BundleLeaf,
    Control,
    KeyringLeaf,
    MemberLeaf,
    PolicyLeaf,
    RecordLeaf,
    Stats,
    backlog_bucket,
    make_cover,
    roll_line,
    roll_status,
)
from crypto.tlog.rules import COVER, Rules
from crypto.tlog.times import day_of, decode_duration, encode_cohort, encode_duration

CoverCount = Callable[[Random, Rules], int]


def draw_cover(random: Random, rules: Rules) -> int:
    """How many cover leaves a batch gets, by the law that the rules name."""
    return cover_count(random, mean=rules.cover_mean, epsilon=rules.cover_epsilon)


def require_rules(connection: Connection, instance: Instance) -> Rules:
    """The newest rules; `NotReadyError` if there are none, or they are not of this machine."""
    rules = published.current(connection, instance.roots, instance.origin)
    if rules is None:
        raise NotReadyError("the log has no rules yet: `wasl rules draft` says what comes first")
    if rules.log_keys != instance.keys.verifiers:
        raise NotReadyError("the rules name other log keys than the ones on this machine")
    if rules.witnesses != instance.policy.digest:
        raise NotReadyError(
            "the rules name another witness policy than the one on this machine: "
            "put that one back, or let the roots sign new rules"
        )
    return rules


@dataclass(frozen=True)
class Composer:
    """Makes batches; `random` and `cover` are what makes two of them differ."""

    instance: Instance
    random: Random
    cover: CoverCount = draw_cover

    def daily(self, connection: Connection, rules: Rules, head: Head, slot: int) -> Batch:
        """The batch of *slot*, with everything that waits and every roll that is due."""
        cohort = self._enter_cohort(connection, rules, slot)
        taken = log.take_pending(connection, cohort)
        covers = [make_cover(self.random) for _ in range(self.cover(self.random, rules))]
        log.add_covers(connection, [each.roll_seed for each in covers], cohort)
        control = self._taken_control(connection, rules, head)
        return build_batch(
            head.position,
            slot=slot,
            cohort=cohort,
            commitments=[*taken, *(each.commitment for each in covers)],
            rolls=list(self._rolls(connection, slot)),
            control=control,
            stats=self._stats(connection, rules, slot),
        )

    def control_batch(
        self, connection: Connection, rules: Rules, head: Head, slot: int
    ) -> Batch | None:
        """A batch of what does not wait for its day, such as keyrings and records; or None."""
        control = self._taken_control(connection, rules, head)
        if not control:
            return None
        # Not before the last seal of either kind, even if the clock has gone back.
        slot = max(slot, head.slot or 0)
        cohorts = log.list_cohorts(connection)
        is_open = bool(cohorts) and cohorts[-1].end_at is None
        own = encode_cohort(rules.period_start(slot), rules.cohort)
        return build_batch(
            head.position,
            slot=slot,
            cohort=cohorts[-1].name if is_open else own,
            control=control,
            kind="control",
        )

    def control(self, connection: Connection, rules: Rules, head: Head) -> list[Control]:
        """What was published and is not in the log yet.

        Rules come first: they name the release key. Keyrings come before members, and
        applications before registers: they say whose a vouch is.
        """
        leaves: list[Control] = [
            PolicyLeaf(note) for _, note in log.list_rules(connection, after=head.rules)
        ]
        leaves += [KeyringLeaf(note) for note in log.list_keyrings(connection, after=head.keyring)]
        records = [RecordLeaf(each.note) for each in relays.list_unlogged(connection)]
        admitted = [MemberLeaf(each.note) for each in members.list_unlogged(connection)]
        return [*leaves, *self._client(rules, head), *records, *admitted]

    def _taken_control(self, connection: Connection, rules: Rules, head: Head) -> list[Control]:
        """The same, for good: what is taken here is in the batch of this transaction."""
        control = self.control(connection, rules, head)
        relays.mark_logged(connection, [each.digest for each in relays.list_unlogged(connection)])
        members.mark_logged(connection, [each.digest for each in members.list_unlogged(connection)])
        return control

    def _client(self, rules: Rules, head: Head) -> Iterator[BundleLeaf]:
        client, key = self.instance.client, self.instance.release_key
        if client is None or key is None or key.verifier not in rules.release_keys:
            return
        logged = head.position.state.bundle
        if logged is None or logged.digest != sha256(client.encode().encode()):
            yield BundleLeaf(sign(client.encode(), key))

    def _enter_cohort(self, connection: Connection, rules: Rules, slot: int) -> str:
        """The cohort of this batch; the one before it is closed if this begins another."""
        cohorts = log.list_cohorts(connection)
        current = cohorts[-1] if cohorts and cohorts[-1].end_at is None else None
        submissions = log.count_cases(connection, current.name) if current else 0
        name = next_cohort(rules, slot, current.name if current else None, submissions)
        if current and name != current.name:
            log.put_cohort(connection, _closed(current, rules))
        log.put_cohort(connection, StoredCohort(name, slot))
        return name

    def _rolls(self, connection: Connection, slot: int) -> Iterator[Roll]:
        """Every roll that is due and not in the log, oldest cohort first."""
        for cohort in log.list_cohorts(connection):
            if cohort.end_at is None:
                continue
            done = list(map(decode_duration, cohort.rolls.split()))
            ages = list(map(decode_duration, (cohort.ages or "").split()))
            due = [age for age in due_ages(ages, cohort.end_at, slot) if age not in done]
            if not due:
                continue
            seeds = log.list_seeds(connection, cohort.name)
            for age in due:
                yield Roll(cohort.name, age, tuple(self._lines(seeds, cohort.name, age)))
            _finish_rolls(connection, cohort, [*done, *due], ages)

    def _lines(
        self, seeds: Sequence[tuple[bytes, str | None]], cohort: str, age: int
    ) -> Iterator[str]:
        for seed, status in seeds:
            word = COVER if status is None else roll_status(status)
            yield roll_line(seed, self.instance.origin, cohort, age, word)

    def _stats(self, connection: Connection, rules: Rules, slot: int) -> Stats:
        waiting = [status for status, word in ROLL_STATUSES.items() if word in rules.pending]
        keyring = keyrings.find_current(connection, day_of(slot))
        return Stats(
            slot=slot,
            backlog=backlog_bucket(log.count_cases_with(connection, waiting)),
            published=relays.count_records(connection, "outcome"),
            reviewers=len(_parsed(keyring.note).reviewers) if keyring else 0,
            orders=self.instance.legal_orders,
        )


def _closed(cohort: StoredCohort, rules: Rules) -> StoredCohort:
    ages = " ".join(map(encode_duration, rules.ages))
    return replace(cohort, end_at=cohort_end(rules, cohort.last_slot), ages=ages)


def _finish_rolls(
    connection: Connection, cohort: StoredCohort, done: Sequence[int], ages: Sequence[int]
) -> None:
    if set(done) == set(ages):
        log.erase_seeds(connection, cohort.name)
        log.delete_cohort(connection, cohort.name)
    else:
        log.put_cohort(connection, replace(cohort, rolls=" ".join(map(encode_duration, done))))


def _parsed(note: str) -> Keyring:
    return Keyring.parse(read_text_unverified(note))
