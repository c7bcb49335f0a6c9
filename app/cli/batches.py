"""`wasl send --batch`: what field partners sealed offline, on its way.

Beside each batch lies `FILE.sent` while it is under way: hashes of what the site has accepted, in
the order of the hashes. It says neither when nor in which order, and goes with the batch.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from app.cli.outcomes import REFUSED
from app.cli.progress import bars
from app.client.batch import STALE, BatchSender, Outcome
from app.client.site import Site
from app.web.clock import today
from crypto.encoding import decode_base64, encode_base64
from crypto.errors import MalformedPayloadError
from crypto.handing import MAX_BATCH_BYTES, Batch

DEFAULT_HOURS: Final = 12.0
_HOUR: Final = 3_600


@dataclass(frozen=True)
class Errand:
    """Where batches go, and over how many *hours*; zero is at once."""

    url: str
    socks: str | None
    roots: str | None
    hours: float
    delete: bool


def hand_in(errand: Errand, paths: Sequence[Path], *, as_json: bool) -> None:
    """Send all items of the files; end with exit code 1 if the site refused one for good."""
    batches = [_read(path) for path in paths]
    notes = [_Remembered(_note_of(path)) for path in paths]
    owners = {
        handing.mark: note
        for batch, note in zip(batches, notes, strict=True)
        for handing in batch.handings
    }
    with bars(quiet=as_json) as progress:
        sender = BatchSender(
            connect=lambda: Site(errand.url, errand.socks),
            today=today(),
            within=errand.hours * _HOUR,
            remember=lambda mark: owners[mark].add(mark),
            roots=errand.roots,
            progress=progress,
        )
        before = frozenset[bytes]().union(*(note.marks for note in notes))
        outcome = sender.send(batches, before)
    if outcome.is_complete and errand.delete:
        for path in paths:
            _note_of(path).unlink(missing_ok=True)
            path.unlink()
    _tell(outcome, deleted=errand.delete, as_json=as_json)
    if not outcome.is_complete:
        click.get_current_context().exit(REFUSED)


def _note_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sent")


class _Remembered:
    """The marks of what was accepted, in a file that is replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            lines = path.read_text("ascii").splitlines() if path.exists() else []
            self.marks = {decode_base64(line, 32) for line in lines}
        except ValueError:
            raise click.UsageError(f"{path}: not written by this command; move it away") from None

    def add(self, mark: bytes) -> None:
        self.marks.add(mark)
        whole = self._path.with_name(f"{self._path.name}.new")
        whole.write_text(
            "".join(f"{encode_base64(each)}\n" for each in sorted(self.marks)), "ascii"
        )
        whole.replace(self._path)


def _read(path: Path) -> Batch:
    if path.stat().st_size > MAX_BATCH_BYTES:
        raise click.UsageError(f"{path}: larger than a batch can be")
    try:
        return Batch.parse(path.read_bytes())
    except MalformedPayloadError:
        raise click.UsageError(
            f"{path}: not a batch, or not whole; copy it from the tablet again"
        ) from None


def _tell(outcome: Outcome, *, deleted: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(vars(outcome)))
        return
    click.echo(f"Accepted: {outcome.accepted}. Accepted before: {outcome.before}.")
    click.echo(f"وصل الآن: {outcome.accepted}. وصل من قبل: {outcome.before}.")
    for code, count in sorted(outcome.refused.items()):
        click.echo(f"Refused ({code}): {count}", err=True)
        click.echo(f"لم يُقبل ({code}): {count}", err=True)
    if STALE in outcome.refused:
        click.echo(
            "Those were sealed too long ago, or for somebody who reads no more. Nobody can send"
            " them now; the people who wrote them can send again.\n"
            "مر على قفلها وقت طويل، أو قُفلت لمن لم يعد يقرأ. لا يمكن إرسالها الآن، ويمكن لأصحابها"
            " الإرسال من جديد.",
            err=True,
        )
    elif outcome.is_complete and not deleted:
        click.echo(
            "All is in. Delete the batch now, here and on the tablet (--delete does it here).\n"
            "وصل كل شيء. يلزم الآن حذف الدفعة هنا ومن الجهاز اللوحي."
        )
