"""The rules that a log binds itself to: the content of its `policy/v1` leaves (SPEC.md §10).

The roots sign them, the log carries them, and auditors take every deadline from them. They
also name the keys of the log and of its promises, so that a key shown to one victim only is
public evidence. Later rules have the next serial and the digest of those before.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final, Self

from crypto.commitment import promise_key_name
from crypto.encoding import HASH_BYTES, decode_base64, decode_decimal, encode_base64, sha256
from crypto.errors import MalformedError, MalformedLeafError, UnverifiedError
from crypto.keyring import Roots
from crypto.note import ED25519, NoteKey, SigningKey, VerifierKey, is_key_name, open_note, sign
from crypto.status import STATUSES, base
from crypto.tlog.cosignature import ML_DSA_44_COSIGNATURE, parse_key
from crypto.tlog.times import DAY, WEEK, decode_duration, encode_duration, period_start

FIRST_PREVIOUS: Final = bytes(HASH_BYTES)
COVER: Final = "cover"
"""The status of a leaf that stands for no submission."""

SETTLED: Final = tuple(
    sorted(
        each for each in STATUSES if base(each) in {"answered", "declined", "expired", "withdrawn"}
    )
)
"""The statuses of rolls that nobody waits for any more."""

_HEADING: Final = "wasl/log-policy/v1"
_STATUS: Final = re.compile(r"[a-z]{1,12}(?::[1-9][0-9]?)?", re.ASCII)
_MAX_COVER: Final = 10_000


def is_status(untrusted: str) -> bool:
    """A word of at most 12 letters, with the number of a reason after it if there is one."""
    return _STATUS.fullmatch(untrusted) is not None


@dataclass(frozen=True)
class Rules:
    """Durations are seconds.

    A batch is due every `slot`; `gap` is how far two may be apart before it is a finding,
    `merge` how long after its slot a batch may first be seen, `stale` how old the newest
    checkpoint may be. A cohort lasts `cohort`, and up to `longest` times as long while it
    has fewer than `fewest` submissions; its rolls are due `ages` after its end.
    Cover leaves of a batch follow a two-sided geometric law around `cover_mean`.
    """

    origin: str
    serial: int
    previous: bytes
    log_keys: tuple[NoteKey, ...]
    promise_key: VerifierKey
    witnesses: bytes
    """H of the tlog-policy that names the witnesses."""
    slot: int = DAY
    gap: int = DAY
    merge: int = 2 * DAY
    stale: int = 3 * DAY
    cohort: int = WEEK
    fewest: int = 10
    longest: int = 4
    ages: tuple[int, ...] = (7 * DAY, 28 * DAY, 60 * DAY)
    cover_mean: int = 26
    cover_epsilon: Fraction = Fraction(1, 2)
    pending: tuple[str, ...] = ("read", "received", "relayed")
    settled: tuple[str, ...] = SETTLED
    release_keys: tuple[VerifierKey, ...] = ()

    def __post_init__(self) -> None:
        """Raise `MalformedLeafError`."""
        _require(is_key_name(self.origin), "an origin has no spaces")
        _require(self.serial >= 1 and len(self.previous) == HASH_BYTES, "not a link of a chain")
        _require((self.serial == 1) == (self.previous == FIRST_PREVIOUS), "not a link of a chain")
        _require(len(self.witnesses) == HASH_BYTES, "a hash has 32 bytes")
        self._check_keys()
        self._check_times()
        self._check_statuses()
        cover = 0 <= self.cover_mean <= _MAX_COVER and 0 < self.cover_epsilon <= 10
        _require(cover and self.cover_epsilon.denominator < 1 << 16, "no such law of cover")

    def _check_keys(self) -> None:
        types = [key.algorithm for key in self.log_keys]
        _require(types in ([ED25519], [ED25519, ML_DSA_44_COSIGNATURE]), "not the keys of a log")
        named = all(key.name == self.origin for key in self.log_keys)
        _require(
            named and self.promise_key.name == promise_key_name(self.origin),
            "keys are named after the origin",
        )
        releases = [key.encode() for key in self.release_keys]
        _require(_ascending(releases), "release keys must ascend")

    def _check_times(self) -> None:
        durations = (self.slot, self.gap, self.merge, self.stale, self.cohort, *self.ages)
        for seconds in durations:
            try:
                decode_duration(encode_duration(seconds))
            except ValueError as exc:
                raise MalformedLeafError("not a duration") from exc
        # Periods are counted from a Monday and slots from midnight: they must meet.
        _require(DAY % self.slot == 0 and self.cohort % self.slot == 0, "slots do not meet")
        _require(self.gap >= self.slot, "a gap is at least a slot")
        _require(self.ages and _ascending(self.ages), "ages must ascend")
        _require(0 <= self.fewest < 1 << 16 and 1 <= self.longest <= 100, "no such extension")

    def _check_statuses(self) -> None:
        _require(_ascending(self.pending) and _ascending(self.settled), "statuses must ascend")
        statuses = [*self.pending, *self.settled, COVER]
        _require(len(set(statuses)) == len(statuses), "a status is of one kind")
        _require(all(map(is_status, statuses)), "not a status")

    @cached_property
    def digest(self) -> bytes:
        """32 bytes: what the next rules' `previous` must be."""
        return sha256(self.encode().encode())

    def period_start(self, slot: int) -> int:
        """When the cohort begins that a batch of that slot opens, if it opens one."""
        return period_start(slot, self.cohort)

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedLeafError` unless *untrusted* is what `encode` writes."""
        try:
            rules = cls._read(untrusted)
        except (ValueError, KeyError, IndexError, MalformedError) as exc:
            raise MalformedLeafError("not the rules of a log") from exc
        _require(rules.encode() == untrusted, "not the rules of a log")
        return rules

    @classmethod
    def _read(cls, untrusted: str) -> Self:
        lines = [line.partition(" ") for line in untrusted.split("\n")]
        one = {word: value for word, _, value in lines}
        fewest, longest = one["extend"].split(" ")
        mean, epsilon = one["cover"].split(" ")
        over, under = epsilon.split("/")
        return cls(
            origin=one["origin"],
            serial=decode_decimal(one["serial"]),
            previous=decode_base64(one["previous"], HASH_BYTES),
            log_keys=tuple(
                parse_key(value, ED25519, ML_DSA_44_COSIGNATURE)
                for word, _, value in lines
                if word == "log"
            ),
            promise_key=VerifierKey.parse(one["promise"]),
            release_keys=tuple(
                VerifierKey.parse(value) for word, _, value in lines if word == "release"
            ),
            witnesses=decode_base64(one["witnesses"], HASH_BYTES),
            slot=decode_duration(one["slot"]),
            gap=decode_duration(one["gap"]),
            merge=decode_duration(one["merge"]),
            stale=decode_duration(one["stale"]),
            cohort=decode_duration(one["cohort"]),
            fewest=decode_decimal(fewest),
            longest=decode_decimal(longest),
            ages=tuple(map(decode_duration, one["ages"].split(" "))),
            cover_mean=decode_decimal(mean),
            cover_epsilon=Fraction(decode_decimal(over), decode_decimal(under) or 1),
            pending=_words(one["pending"]),
            settled=_words(one["settled"]),
        )

    def encode(self) -> str:
        epsilon = self.cover_epsilon
        lines = [
            _HEADING,
            f"origin {self.origin}",
            f"serial {self.serial}",
            f"previous {encode_base64(self.previous)}",
            *(f"log {key.encode()}" for key in self.log_keys),
            f"promise {self.promise_key.encode()}",
            *(f"release {key.encode()}" for key in self.release_keys),
            f"witnesses {encode_base64(self.witnesses)}",
            f"slot {encode_duration(self.slot)}",
            f"gap {encode_duration(self.gap)}",
            f"merge {encode_duration(self.merge)}",
            f"stale {encode_duration(self.stale)}",
            f"cohort {encode_duration(self.cohort)}",
            f"extend {self.fewest} {self.longest}",
            f"ages {' '.join(map(encode_duration, self.ages))}",
            f"cover {self.cover_mean} {epsilon.numerator}/{epsilon.denominator}",
            f"pending {' '.join(self.pending)}",
            f"settled {' '.join(self.settled)}",
        ]
        return "".join(f"{line}\n" for line in lines)


def sign_rules(rules: Rules, *root_keys: SigningKey) -> str:
    """The signed note."""
    return sign(rules.encode(), *root_keys)


def open_rules(untrusted_note: str | bytes, roots: Roots, *, origin: str) -> Rules:
    """Raise `MalformedNoteError`, `MalformedLeafError`; `UnverifiedError` unless a quorum signed.

    *origin* is the log that they must be for.
    """
    opened = open_note(untrusted_note, roots.keys)
    if len(opened.verified) < roots.quorum:
        raise UnverifiedError("too few roots signed these rules")
    rules = Rules.parse(opened.text)
    if rules.origin != origin:
        raise UnverifiedError("rules of another log")
    return rules


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(" ")) if text else ()


def _ascending(values: Sequence[str] | Sequence[int]) -> bool:
    return all(one < other for one, other in itertools.pairwise(values))  # type: ignore[operator]


def _require(condition: object, otherwise: str) -> None:
    if not condition:
        raise MalformedLeafError(otherwise)
