"""Secrets come from files, prompts or standard input, never from arguments or the environment.

Arguments are in the shell's history and in every process list; the environment is inherited.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from crypto.age import Identity, Recipient
from crypto.errors import MalformedError

_RECIPIENT: Final = "age1"
STANDARD_INPUT: Final = "-"
MAX_SECRET_BYTES: Final = 4096
MAX_TEXT_BYTES: Final = 1 << 20


def read_passphrase(file: Path | None, *, twice: bool = False) -> str:
    """Return the first line of *file*, or ask for it; *twice* for a new one."""
    if file is None:
        answer: str = click.prompt(
            "Passphrase", hide_input=True, confirmation_prompt=twice, err=True
        )
        return answer
    line = _decoded(_read(str(file), MAX_SECRET_BYTES), str(file)).split("\n", 1)[0]
    return line.rstrip("\r")


def read_text(name: str, limit: int = MAX_TEXT_BYTES) -> str:
    """Return the text of the file *name*, or of standard input for `-`."""
    return _decoded(_read(name, limit), name)


def read_recipient(given: str) -> Recipient:
    """The recipient *given* as it is, or as the one line of a file. `#` begins a comment."""
    text = given if given.startswith(_RECIPIENT) else read_text(given)
    try:
        (line,) = _lines(text)
        return Recipient.parse(line)
    except (MalformedError, ValueError):
        raise click.UsageError("a recipient is age1pq1…, or a file with one") from None


def read_identity(name: str) -> Identity:
    """The one AGE-SECRET-KEY-PQ-1… in the file *name*; `-` is standard input."""
    try:
        (line,) = _lines(read_text(name))
        return Identity.parse(line)
    except (MalformedError, ValueError):
        raise click.UsageError(f"{name}: not a file with one AGE-SECRET-KEY-PQ-1…") from None


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _read(name: str, limit: int) -> bytes:
    try:
        if name == STANDARD_INPUT:
            data = sys.stdin.buffer.read(limit + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(limit + 1)
    except OSError as exc:
        raise click.UsageError(f"{name}: {exc.strerror}") from None
    if len(data) > limit:
        raise click.UsageError(f"{name}: more than {limit} bytes")
    return data


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.UsageError(f"{name}: not UTF-8 text") from None
