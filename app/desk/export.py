"""Taking a case out of the casebook, in the clear, because a reviewer asked for it.

The folder is new and its owner's alone. Names of attachments come from strangers: each becomes
one harmless path component (`display.safe_name`), and no file is ever written over another.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from app.client.display import readable, safe_name
from app.desk.casebook import Case, Casebook
from app.desk.errors import ExportExistsError

TEXT_NAME: Final = "message.txt"
DOCUMENT_NAME: Final = "case.json"
FILES_NAME: Final = "attachments"


def document(case: Case) -> dict[str, Any]:
    """Return a case as the commands print it. Texts are as sent; file names are untrusted."""
    return {
        "id": case.id,
        "label": case.label,
        "topic": case.topic,
        "week": case.week,
        "status": case.status,
        "lang": case.lang,
        "sealed_by": case.sealed_by,
        "sections": [{"name": each.name, "text": each.text} for each in case.sections],
        "attachments": [
            {
                "name": each.name,
                "bytes": each.size,
                "media": each.media,
                "cleaned": each.cleaned,
                "here": each.file is not None,
                "problem": each.reason,
            }
            for each in case.attachments
        ],
        "timeline": [
            {
                "lane": line.lane,
                "index": line.index,
                "week": line.week,
                "status": line.status,
                "signed_by": line.signed_by,
                "text": line.text,
                "is_rating": line.is_rating,
            }
            for line in case.lines
        ],
        "waiting": None if case.outgoing is None else case.outgoing.text,
    }


def export(book: Casebook, case: Case, folder: Path) -> list[Path]:
    """Write *case* in the clear below *folder*; return the files. Raises `ExportExistsError`."""
    _make(folder)
    return list(_write(book, case, folder))


def write_folder(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write *files* into the new *folder*; return their paths. Raises `ExportExistsError`."""
    _make(folder)
    for name, content in files.items():
        with _new(folder / name) as file:
            file.write(content)
    return [str(folder / name) for name in files]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise ExportExistsError from None


def _write(book: Casebook, case: Case, folder: Path) -> Iterator[Path]:
    with _new(folder / TEXT_NAME) as file:
        file.write(_text(case).encode("utf-8"))
    yield folder / TEXT_NAME
    with _new(folder / DOCUMENT_NAME) as file:
        file.write(json.dumps(document(case), ensure_ascii=False, indent=1).encode("utf-8"))
    yield folder / DOCUMENT_NAME
    files = folder / FILES_NAME
    for position, attachment in enumerate(case.attachments, start=1):
        if attachment.file is None:
            continue
        files.mkdir(mode=0o700, exist_ok=True)
        path = files / safe_name(attachment.name, position)
        with _new(path) as file:
            for data in book.read_file(attachment):
                file.write(data)
        yield path


def _new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _text(case: Case) -> str:
    parts = [readable(section.text)[0] for section in case.sections]
    parts += [f"[{line.lane} {line.week}]\n{readable(line.said)[0]}" for line in case.lines]
    return "\n\n".join(parts) + "\n"
