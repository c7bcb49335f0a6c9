"""The report as data: the same bytes from every auditor who looks at one checkpoint.

No clock, no path and no name of the auditor is in it. `findings` follow from the entries, so
whoever reads the same log finds the same; `observed` is what this auditor alone has met (two
checkpoints that contradict each other, a log that went stale), each with evidence of its own.
"""

from __future__ import annotations

import json
from datetime import date
from importlib.metadata import version
from typing import Any, Final

from app.auditor.files import FolderTiles
from app.auditor.findings import Found
from app.auditor.history import History
from app.auditor.state import AuditState
from app.domain.coverage import coverage_table
from app.domain.record import HEADER, summarise
from crypto.encoding import encode_base64, sha256
from crypto.tlog.policy import Policy, Witnessed
from crypto.tlog.rules import Rules
from crypto.tlog.tiles import tile_paths
from crypto.tlog.times import encode_duration, encode_instant

FORMAT: Final = "wasl/audit-report/v1"

Document = dict[str, Any]


def make_report(state: AuditState, history: History) -> Document:
    """Raise `DamagedError` where a file of the mirror is missing."""
    witnessed = state.witnessed
    read = list(dict.fromkeys(map(Found.of, history.findings)))
    statistics = history.auditor.statistics()
    return {
        "format": FORMAT,
        "tool": f"wasl {version('wasl')}",
        "origin": state.origin,
        "size": witnessed.checkpoint.size,
        "root": encode_base64(witnessed.checkpoint.root),
        "slot": statistics["slot"],
        "witnesses": _witnesses(witnessed, state.policy),
        "policy": _policy(state.policy, history.auditor.rules),
        "rules": _rules(history.auditor.rules),
        "roots_sha256": state.roots.hash.hex(),
        "mirror_sha256": mirror_digest(state.tiles, witnessed.checkpoint.size),
        "leaves": statistics["leaves"],
        "batches": dict(sorted(history.batches.items())),
        "cohorts": _cohorts(history, statistics["cohorts"]),
        "control": history.control,
        "record": _record(history, statistics["slot"]),
        "stats": _stats(history),
        "findings": [one.encode() for one in read],
        "observed": [one.encode() for one in state.findings if one not in read],
    }


def encode_report(report: Document) -> str:
    """One spelling: sorted keys, two blanks."""
    return json.dumps(report, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def mirror_digest(tiles: FolderTiles, size: int) -> str:
    """Hex SHA-256 over `<hex of the file> <path>` lines, of each file of that tree, in order."""
    lines = (
        f"{sha256(tiles.read(path)).hex()} {path.encode()}\n".encode() for path in tile_paths(size)
    )
    return sha256(*lines).hex()


def _witnesses(witnessed: Witnessed, policy: Policy) -> Document:
    return {
        "quorum": policy.quorum,
        "seen": None if witnessed.seen_at is None else encode_instant(witnessed.seen_at),
        "members": {name: encode_instant(time) for name, time in witnessed.times},
    }


def _policy(policy: Policy, rules: Rules | None) -> Document:
    return {
        "sha256": policy.digest.hex(),
        "is_the_logs_own": rules is not None and rules.witnesses == policy.digest,
    }


def _rules(rules: Rules | None) -> Document | None:
    if rules is None:
        return None
    return {
        "serial": rules.serial,
        "slot": encode_duration(rules.slot),
        "cohort": encode_duration(rules.cohort),
        "ages": [encode_duration(age) for age in rules.ages],
        "pending": list(rules.pending),
        "settled": list(rules.settled),
        "cover_mean": rules.cover_mean,
        "cover_epsilon": str(rules.cover_epsilon),
    }


def _cohorts(history: History, cohorts: dict[str, Document]) -> Document:
    described = {}
    for name, counts in cohorts.items():
        end = history.end_of(name)
        described[name] = counts | {
            "first_slot": encode_instant(history.weeks[name].first_slot),
            "last_slot": encode_instant(history.weeks[name].last_slot),
            "end": None if end is None else encode_instant(end),
        }
    return described


def _record(history: History, slot: str | None) -> Document:
    """The public record as it stood on the day of the last slot, as a site shows it."""
    if slot is None:
        return {"week": None, "header": list(HEADER), "rows": [], "relays": [], "coverage": []}
    summary = summarise(history.auditor.records, date.fromisoformat(slot[:10]))
    return {
        "week": summary.week,
        "header": list(HEADER),
        "rows": [list(line.cells) for line in summary.lines],
        "relays": [
            {
                "relay": encode_base64(line.relay.relay),
                "agency": line.relay.agency,
                "topic": line.relay.topic,
                "due": line.relay.due.isoformat(),
                "answer": line.outcome.answer if line.outcome else None,
                "changed": line.outcome.changed if line.outcome else None,
                "overdue": line.is_overdue,
            }
            for line in summary.relays
        ],
        "coverage": [{"topic": each.topic, **coverage_table(each)} for each in summary.coverages],
    }


def _stats(history: History) -> Document | None:
    stats = history.stats
    if stats is None:
        return None
    return {
        "slot": encode_instant(stats.slot),
        "backlog": stats.backlog,
        "published": stats.published,
        "reviewers": stats.reviewers,
        "orders": stats.orders,
    }
