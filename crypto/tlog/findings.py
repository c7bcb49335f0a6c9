"""What an auditor may find, under codes that do not change (SPEC.md §12)."""

from dataclasses import dataclass
from typing import Final, Literal

Code = Literal[
    "entry-malformed",
    "batch-order",
    "duplicate-accept",
    "roll-order",
    "roll-unexpected",
    "roll-missing",
    "roll-late",
    "roll-short",
    "roll-long",
    "roll-cover",
    "status-unknown",
    "unanswered",
    "seal-missing",
    "seal-counts",
    "slot-order",
    "slot-missing",
    "cohort-wrong",
    "state-wrong",
    "policy-missing",
    "policy-rollback",
    "keyring-rollback",
    "control-unverified",
    "record-wrong",
    "register-rollback",
    "not-admitted",
    "key-not-logged",
    "back-dated",
    "post-dated",
    "stale",
    "fork",
    "rewrite",
    "promise-broken",
    "promise-late",
    "leaf-missing",
    "tag-missing",
    "status-differs",
]

MEANINGS: Final[dict[Code, str]] = {
    "entry-malformed": "an entry is none of the leaves, or not spelled as it must be",
    "batch-order": "leaves of a batch are not in their order, or not allowed in it",
    "duplicate-accept": "an accept leaf is there twice",
    "roll-order": "lines or parts of a roll are not in their order, or incomplete",
    "roll-unexpected": "a roll of a cohort or an age that has none now",
    "roll-missing": "a roll was due in this batch or before, and is not there",
    "roll-late": "a roll came in a batch after the one in which it was due",
    "roll-short": "a roll has fewer lines than its cohort has accept leaves",
    "roll-long": "a roll has more lines than its cohort has accept leaves",
    "roll-cover": "two rolls of one cohort do not have equally many cover leaves",
    "status-unknown": "a roll has a status that the rules do not know",
    "unanswered": "submissions still wait at the last roll of their cohort",
    "seal-missing": "the last entry of a checkpoint is not a seal",
    "seal-counts": "a seal does not say what its batch holds",
    "slot-order": "a batch is of a slot that is none, or not after the one before",
    "slot-missing": "batches are further apart than the rules allow",
    "cohort-wrong": "a batch counts itself to a cohort that it does not belong to",
    "state-wrong": "a state leaf is missing, or does not point at the newest leaves",
    "policy-missing": "a batch is sealed before the log has rules",
    "policy-rollback": "rules do not follow the ones before",
    "keyring-rollback": "a keyring does not follow the one before",
    "control-unverified": "a keyring, rules or another note without the signatures it needs",
    "record-wrong": "a line of the public record that is there twice, or continues none",
    "register-rollback": "a register of members does not follow the one before",
    "not-admitted": "an organisation reads that was not admitted with two vouches, or not so",
    "key-not-logged": "a key was shown that the log does not have",
    "back-dated": "witnesses say that a batch came later than its slot allows",
    "post-dated": "witnesses saw a batch before its slot",
    "stale": "the newest checkpoint is too old",
    "fork": "two checkpoints of one size have different roots",
    "rewrite": "a later checkpoint does not continue an earlier one",
    "promise-broken": "what was promised is not in the log, and it is past the date",
    "promise-late": "what was promised came into the log after the date",
    "leaf-missing": "the accept leaf of a receipt is not in the log",
    "tag-missing": "a roll has no line for a receipt",
    "status-differs": "a roll says another status than the holder was shown",
}


@dataclass(frozen=True)
class Finding:
    """`index` is the entry, or the size of the checkpoint, at which it was found."""

    code: Code
    index: int
    facts: tuple[tuple[str, int | str], ...] = ()

    def encode(self) -> dict[str, int | str]:
        """For a report: `code`, `index` and the facts, by name."""
        return {"code": self.code, "index": self.index, **dict(self.facts)}


def finding(code: Code, index: int, **facts: int | str) -> Finding:
    return Finding(code, index, tuple(sorted(facts.items())))
