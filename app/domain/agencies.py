"""A communication plan: how an agency is reached, by when it answers, and who is told if not.

Plans come from TOML files (`app/samples/agencies/*.toml`) and are public. Nothing is relayed
to an agency that has none.
"""

import json
import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Self

from app.domain.errors import MalformedTopicError
from app.domain.topics import Bilingual, Table

MAX_ANSWER_DAYS: Final = 365
DUE_SLACK: Final = timedelta(days=2)
"""How far the day in a packet may be from the agency's promise, since two people sign it."""
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_MAX_SLUG: Final = 64


@dataclass(frozen=True)
class Step:
    """One rung of the ladder: who is told, so many days after the answer was due."""

    after_days: int
    to: Bilingual


@dataclass(frozen=True)
class Escalation:
    """A rung that was reached on a day."""

    on: date
    to: Bilingual


@dataclass(frozen=True)
class Agency:
    """`liaison` is an office, never a person. `ladder` ascends."""

    slug: str
    name: Bilingual
    liaison: Bilingual
    channel: Bilingual
    answer_days: int
    ladder: tuple[Step, ...]

    def due(self, relayed_on: date) -> date:
        """The day by which an answer is promised."""
        return relayed_on + timedelta(days=self.answer_days)

    def escalations(self, due: date, today: date) -> tuple[Escalation, ...]:
        """The rungs reached by *today* for something unanswered since *due*."""
        reached = (
            Escalation(due + timedelta(days=step.after_days), step.to) for step in self.ladder
        )
        return tuple(each for each in reached if each.on <= today)

    @classmethod
    def parse_toml(cls, untrusted: str) -> Self:
        """Raise `MalformedTopicError` naming the key that is missing, unknown or ill-typed.

        slug = "water"
        name = {ar = "…", en = "…"}
        liaison = {ar = "…", en = "…"}      # an office, not a person
        channel = {ar = "…", en = "…"}
        answer_days = 30
        [[ladder]]                          # at least one
        after_days = 7
        to = {ar = "…", en = "…"}
        """
        try:
            return cls._from_table(Table("", tomllib.loads(untrusted)))
        except tomllib.TOMLDecodeError as exc:
            raise MalformedTopicError(f"not TOML: {exc}") from None

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Read what `encode` wrote."""
        try:
            return cls._from_table(Table("", json.loads(untrusted)))
        except ValueError:
            raise MalformedTopicError("not JSON") from None

    def encode(self) -> str:
        """JSON with sorted keys."""
        table = {
            "slug": self.slug,
            "name": self.name.encode(),
            "liaison": self.liaison.encode(),
            "channel": self.channel.encode(),
            "answer_days": self.answer_days,
            "ladder": [
                {"after_days": step.after_days, "to": step.to.encode()} for step in self.ladder
            ],
        }
        return json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def _from_table(cls, table: Table) -> Self:
        agency = cls(
            slug=table.text("slug"),
            name=table.pair("name"),
            liaison=table.pair("liaison"),
            channel=table.pair("channel"),
            answer_days=table.number("answer_days", 1, MAX_ANSWER_DAYS),
            ladder=tuple(_step(each) for each in table.tables("ladder")),
        )
        table.end()
        if len(agency.slug) > _MAX_SLUG or not _SLUG.fullmatch(agency.slug):
            raise MalformedTopicError("slug: small Latin letters, digits and single hyphens only")
        days = [step.after_days for step in agency.ladder]
        if days != sorted(set(days)):
            raise MalformedTopicError("ladder: after_days must ascend")
        return agency


def _step(table: Table) -> Step:
    step = Step(table.number("after_days", 0, MAX_ANSWER_DAYS), table.pair("to"))
    table.end()
    return step
