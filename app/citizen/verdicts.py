"""What the log says about a case, for who comes without JavaScript.

The server says what it finds, in the sentences of the script. What it says about itself proves
nothing; the files that it hands out do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markupsafe import Markup

from app.citizen.copy import say, spelled
from app.citizen.language import current
from app.log.publication import CHECKPOINT
from app.web.state import SiteState
from crypto.encoding import encode_base64
from crypto.errors import DifferentTileError
from crypto.keys import CitizenKeys
from crypto.tlog.case import KnownLog, Shown, Verdict, check_case
from crypto.tlog.tiles import TilePath

_HEADLINES: Final = {
    "included": "log_included",
    "late": "log_late",
    "pending": "log_pending",
    "empty": "log_pending",
    "missing": "log_missing",
    "disputed": "log_disputed",
    "unverified": "log_unverified",
}
_EXPLAINED: Final = ("tag", "status", "roll", "stale")


class FolderTiles:
    """The published files; one that is missing is not the log's."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def checkpoint(self) -> bytes | None:
        """None before the first batch."""
        try:
            return (self._root / CHECKPOINT).read_bytes()
        except FileNotFoundError:
            return None

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self._read(TilePath(level, index, width))

    def read_entries(self, index: int, width: int) -> bytes:
        return self._read(TilePath(None, index, width))

    def _read(self, path: TilePath) -> bytes:
        try:
            return (self._root / path.encode()).read_bytes()
        except FileNotFoundError as exc:
            raise DifferentTileError(path.encode()) from exc


@dataclass(frozen=True)
class VerdictView:
    """`tone` is a class of the box: ok, bad or nothing."""

    tone: str
    sentences: Sequence[Markup]
    facts: Sequence[Markup]
    has_proof: bool


def check(state: SiteState, keys: CitizenKeys, shown: Shown) -> Verdict:
    """What the log says about a case, read as its holder would."""
    tiles = FolderTiles(state.settings.log_path)
    return check_case(
        tiles,
        tiles.checkpoint(),
        keys,
        shown,
        KnownLog(
            state.settings.origin,
            state.roots,
            state.promise_key.verifier,
            state.policy.encode(),
        ),
        now=state.seconds(),
    )


def verdict_view(verdict: Verdict) -> VerdictView:
    is_broken = bool(verdict.problems)
    tone = "bad" if is_broken else "" if verdict.index is None else "ok"
    return VerdictView(tone, list(_sentences(verdict)), list(_facts(verdict)), bool(verdict.proof))


def _sentences(verdict: Verdict) -> Iterator[Markup]:
    key = _HEADLINES[verdict.state]
    yield say(
        "log_missing" if verdict.state == "empty" and verdict.problems else key,
        date=current().full_date(verdict.due),
        line=(verdict.index or 0) + 1,
        size=verdict.size,
    )
    for problem in verdict.problems:
        if problem in _EXPLAINED:
            yield say(f"log_problem_{problem}")
    if verdict.problems:
        yield say("log_do")


def _facts(verdict: Verdict) -> Iterator[Markup]:
    yield say("log_mark", mark=spelled(encode_base64(verdict.commitment)))
    for age, status in verdict.rolls:
        word = say(f"status_{status}") if status in _ROLLED else status or say("log_roll_none")
        yield say("log_roll", day=age.removesuffix("d"), status=word)
    if not verdict.root:
        return
    yield say("log_root", root=spelled(encode_base64(verdict.root)))
    if verdict.quorum is None:
        yield say("log_alone")
    else:
        yield say("log_witnesses", names="\u00a0· ".join(verdict.witnesses))


_ROLLED: Final = frozenset({"received", "read", "declined", "withdrawn"})
