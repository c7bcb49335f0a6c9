"""An opinion on its way: what the pages without JavaScript carry from one form to the next.

Nothing of it is stored. Text and choices live in the citizen's own page; the server reads them
from one form, works on them, and writes them into the next. Files are locked and set aside when
they first arrive, so only their description travels on.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self

from app.citizen.multipart import MalformedFormError, Texts
from app.domain.tickets import TICKET_PATTERN
from app.domain.topics import GOVERNORATES
from crypto.about import ABOUT, NOTHING_TOLD, About
from crypto.encoding import decode_base64, encode_base64
from crypto.errors import ReceiptCodeError
from crypto.receipt import ReceiptCode
from redaction.files import neutral_name
from redaction.files.report import CATEGORIES, WARNINGS
from redaction.text import Finding, Segment, remove, scan, segments

SECTIONS: Final = ("problem", "why", "proposal", "place")
ANY_SUBJECT: Final = "other"
"""The topic of an opinion about something that nobody asked about."""

MAX_FILE_FIELD: Final = 2_000
_UPLOAD: Final = re.compile(TICKET_PATTERN, re.ASCII)
_NAME: Final = re.compile(r"file-[0-9]{1,3}\.[a-z0-9]{1,5}", re.ASCII)
_MEDIA: Final = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,100}", re.ASCII)


@dataclass(frozen=True)
class StagedFile:
    """A file that is locked and set aside: `digest` (32 bytes) is of the age file, `size` is true.

    `name` is neutral (`file-1.jpg`); what the file was called is forgotten.
    """

    upload: str
    digest: bytes
    size: int
    name: str
    media: str
    removed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def encode(self) -> str:
        """Return the value of a hidden field: JSON with sorted keys."""
        table = {
            "upload": self.upload,
            "digest": encode_base64(self.digest),
            "size": self.size,
            "name": self.name,
            "media": self.media,
            "removed": list(self.removed),
            "warnings": list(self.warnings),
        }
        return json.dumps(table, sort_keys=True, separators=(",", ":"))

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedFormError` unless `encode` wrote this."""
        try:
            staged = cls._read(untrusted)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise MalformedFormError from None
        if staged.encode() != untrusted:
            raise MalformedFormError
        return staged

    @classmethod
    def _read(cls, untrusted: str) -> Self:
        if len(untrusted) > MAX_FILE_FIELD:
            raise MalformedFormError
        table = json.loads(untrusted)
        staged = cls(
            upload=table["upload"],
            digest=decode_base64(table["digest"], 32),
            size=table["size"],
            name=table["name"],
            media=table["media"],
            removed=tuple(table["removed"]),
            warnings=tuple(table["warnings"]),
        )
        if not staged._is_plausible():
            raise MalformedFormError
        return staged

    def _is_plausible(self) -> bool:
        return (
            _UPLOAD.fullmatch(self.upload) is not None
            and type(self.size) is int
            and self.size > 0
            and _NAME.fullmatch(self.name) is not None
            and _MEDIA.fullmatch(self.media) is not None
            and set(self.removed) <= set(CATEGORIES)
            and set(self.warnings) <= set(WARNINGS)
        )


@dataclass(frozen=True)
class Draft:
    """One opinion: a topic's slug, texts, a governorate, what its writer tells of herself, files,
    and the code it will answer to.

    The code is made before sending, so that pressing the button twice is one message.
    """

    topic: str = ANY_SUBJECT
    problem: str = field(default="", repr=False)
    why: str = field(default="", repr=False)
    proposal: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    about: About = field(default=NOTHING_TOLD, repr=False)
    files: tuple[StagedFile, ...] = ()
    code: ReceiptCode | None = None

    @property
    def secret(self) -> str:
        """The code as digits without spaces; "" before there is one."""
        return "".join(self.code.digits) if self.code else ""

    @property
    def texts(self) -> tuple[str, str, str, str]:
        return self.problem, self.why, self.proposal, self.place

    @property
    def text_bytes(self) -> int:
        return sum(len(text.encode()) for text in self.texts)

    def with_texts(self, texts: Sequence[str]) -> Self:
        problem, why, proposal, place = texts
        return replace(self, problem=problem, why=why, proposal=proposal, place=place)

    @classmethod
    def read(cls, form: Texts, topics: Collection[str]) -> Self:
        """Raise `MalformedFormError`; a topic that is not among *topics* is any subject."""
        topic = form.first("topic")
        files = [StagedFile.parse(each) for each in form.numbered("file")]
        if len({each.digest for each in files}) != len(files):
            raise MalformedFormError
        return cls(
            topic=topic if topic in topics else ANY_SUBJECT,
            problem=form.first("problem").strip(),
            why=form.first("why").strip(),
            proposal=form.first("proposal").strip(),
            place=_read_place(form.first("place")),
            about=_read_about(form),
            files=numbered(files),
            code=_read_code(form.first("code")),
        )


def numbered(files: Sequence[StagedFile]) -> tuple[StagedFile, ...]:
    """Return the files under neutral names in their order: `file-1.jpg`, `file-2.pdf`."""
    return tuple(
        replace(each, name=neutral_name(number, each.media)) for number, each in enumerate(files, 1)
    )


def _read_place(untrusted: str) -> str:
    """A governorate's name in either language; anything else is none."""
    names = {name for each in GOVERNORATES.values() for name in (each.ar, each.en)}
    return untrusted if untrusted in names else ""


def _read_about(form: Texts) -> About:
    """One of the known words for each question; anything else is none."""
    said = {question: form.first(question) for question in ABOUT}
    return About(**{name: word for name, word in said.items() if word in ABOUT[name]})


def _read_code(untrusted: str) -> ReceiptCode | None:
    if not untrusted:
        return None
    try:
        return ReceiptCode.parse(untrusted)
    except ReceiptCodeError:
        raise MalformedFormError from None


@dataclass(frozen=True)
class Clue:
    """A place in a text that may point to its writer, and what the writer decided about it."""

    section: int
    finding: Finding
    literal: str = field(repr=False)
    removes: bool = True

    @property
    def mark(self) -> str:
        """How the next form names this clue, wherever it stands by then."""
        return json.dumps([self.section, self.finding.kind, self.literal], ensure_ascii=False)


def clues(draft: Draft, decisions: dict[str, bool]) -> list[Clue]:
    """Find what may point to the writer, with the choices made so far; removing is the default."""
    return [
        replace(clue, removes=decisions.get(clue.mark, True))
        for section, text in enumerate(draft.texts)
        for clue in _clues_in(section, text)
    ]


def _clues_in(section: int, text: str) -> Iterator[Clue]:
    for finding in scan(text):
        yield Clue(section, finding, text[finding.start : finding.end])


def decisions(form: Texts) -> dict[str, bool]:
    """Read the choices of a review page: {mark of a clue: whether to remove it}."""
    return {
        mark: form.first(f"decision-{number}") != "keep"
        for number, mark in enumerate(form.numbered("found"), 1)
    }


def without_clues(draft: Draft, found: Sequence[Clue]) -> Draft:
    """Return the draft as it will be sent: what its writer wanted removed is gone."""
    texts = [
        remove(text, [each.finding for each in found if each.section == section and each.removes])
        for section, text in enumerate(draft.texts)
    ]
    return draft.with_texts(texts)


def marked_texts(draft: Draft, found: Sequence[Clue]) -> list[list[Segment]]:
    """Cut each text that is not empty at its clues, so that a page can mark them."""
    return [
        segments(text, [each.finding for each in found if each.section == section])
        for section, text in enumerate(draft.texts)
        if text
    ]
