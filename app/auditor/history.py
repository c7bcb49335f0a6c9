"""What the entries alone say, so that it is the same for every auditor of one checkpoint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from crypto.encoding import encode_base64, sha256
from crypto.errors import CryptoError, MalformedError
from crypto.keyring import Keyring, Roots
from crypto.note import NoteKey, VerifierKey, open_note, read_text_unverified
from crypto.tlog.audit import LogAuditor
from crypto.tlog.batch import cohort_end
from crypto.tlog.findings import Finding
from crypto.tlog.leaves import (
    Bundle,
    BundleLeaf,
    KeyringLeaf,
    PolicyLeaf,
    Seal,
    Stats,
    parse_leaf,
)
from crypto.tlog.policy import Witnessed
from crypto.tlog.rules import Rules
from crypto.tlog.times import encode_instant

_READ = (b"key/v1", b"policy/v1", b"bundle/v1", b"stats/v1", b"seal/v1")


@dataclass
class Week:
    """The batches of a cohort: slots of the first and the last, POSIX seconds."""

    first_slot: int
    last_slot: int


@dataclass
class History:
    """A whole log, read from its first entry. `control` has one object for each control leaf."""

    auditor: LogAuditor
    findings: list[Finding] = field(default_factory=list)
    batches: dict[str, int] = field(default_factory=dict)
    weeks: dict[str, Week] = field(default_factory=dict)
    control: list[dict[str, Any]] = field(default_factory=list)
    keyrings: list[Keyring] = field(default_factory=list)
    promise_keys: list[VerifierKey] = field(default_factory=list)
    rules: list[Rules] = field(default_factory=list)
    stats: Stats | None = None
    _unsealed: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def read(
        cls, origin: str, roots: Roots, bundles: Iterable[list[bytes]], witnessed: Witnessed
    ) -> Self:
        history, index = cls(LogAuditor(origin, roots)), 0
        for entries in bundles:
            history.findings += history.auditor.read(entries)
            for number, entry in enumerate(entries, index):
                if entry.startswith(_READ):
                    history._read_entry(number, entry)
            index += len(entries)
        history.findings += history.auditor.judge_checkpoint(witnessed)
        return history

    def end_of(self, cohort: str) -> int | None:
        """When that cohort ended, POSIX seconds; None while batches still belong to it."""
        rules = self.auditor.rules
        last = max(self.weeks, key=lambda name: self.weeks[name].first_slot, default=None)
        if rules is None or cohort == last or cohort not in self.weeks:
            return None
        return cohort_end(rules, self.weeks[cohort].last_slot)

    def _read_entry(self, index: int, entry: bytes) -> None:
        try:
            leaf = parse_leaf(entry)
        except MalformedError:
            # The auditor has a finding for it.
            return
        if isinstance(leaf, Seal):
            self._seal(leaf)
        elif isinstance(leaf, Stats):
            self.stats = leaf
        elif isinstance(leaf, KeyringLeaf | PolicyLeaf | BundleLeaf):
            self._control(index, leaf)

    def _seal(self, seal: Seal) -> None:
        self.batches[seal.kind] = self.batches.get(seal.kind, 0) + 1
        for event in self._unsealed:
            event["slot"] = encode_instant(seal.slot)
        self._unsealed = []
        if seal.kind == "daily":
            week = self.weeks.setdefault(seal.cohort, Week(seal.slot, seal.slot))
            week.last_slot = max(week.last_slot, seal.slot)

    def _control(self, index: int, leaf: KeyringLeaf | PolicyLeaf | BundleLeaf) -> None:
        text = read_text_unverified(leaf.note)
        event: dict[str, Any] = {
            "index": index,
            "slot": None,
            "leaf": leaf.name,
            "digest": encode_base64(sha256(text.encode())),
            "signers": self._signers(leaf),
        }
        try:
            event |= self._facts(leaf, text)
        except CryptoError:
            event["malformed"] = True
        self.control.append(event)
        self._unsealed.append(event)

    def _signers(self, leaf: KeyringLeaf | PolicyLeaf | BundleLeaf) -> list[str]:
        releases = self.rules[-1].release_keys if self.rules else ()
        known: tuple[NoteKey, ...] = self.auditor.roots.keys
        if isinstance(leaf, BundleLeaf):
            known = releases
        try:
            return sorted(key.name for key in open_note(leaf.note, known).verified)
        except CryptoError:
            return []

    def _facts(self, leaf: KeyringLeaf | PolicyLeaf | BundleLeaf, text: str) -> dict[str, Any]:
        if isinstance(leaf, PolicyLeaf):
            rules = Rules.parse(text)
            self.rules.append(rules)
            self.promise_keys.append(rules.promise_key)
            return {"serial": rules.serial}
        if isinstance(leaf, BundleLeaf):
            return {"version": Bundle.parse(text).version}
        keyring = Keyring.parse(text)
        before = self.keyrings[-1] if self.keyrings else None
        self.keyrings.append(keyring)
        return _keyring_facts(keyring, before)


def _keyring_facts(keyring: Keyring, before: Keyring | None) -> dict[str, Any]:
    """Who reads now that did not before. A weekly change of keys is no change of people."""
    people = _people(keyring)
    earlier = _people(before) if before else set()
    return {
        "serial": keyring.serial,
        "week": keyring.week,
        "readers": len(people),
        "organisations": len(keyring.orgs),
        "joined": sorted(people - earlier),
        "left": sorted(earlier - people),
        "new_devices": sorted(_devices(keyring) - _devices(before)) if before else [],
    }


def _people(keyring: Keyring) -> set[str]:
    return {f"{org.slug}/{reviewer.id}" for org in keyring.orgs for reviewer in org.reviewers}


def _devices(keyring: Keyring) -> set[str]:
    return {key.encode() for key in keyring.devices}
