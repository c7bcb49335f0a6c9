"""What is wrong in the form of a topic: which field it is, and why, in both languages.

`topic_of` names what is wrong as files of topics spell it; whoever fills in the form sees fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.client.words import Words
from app.desk.topic_form import FIELDS, fact_places, used_sources
from app.domain.errors import MalformedTopicError
from app.domain.topics import MAX_BODY_WORDS, MAX_COPY_BYTES, MAX_SUMMARY_SENTENCES

_PATH: Final = re.compile(r"(?P<head>\w+)(\[(?P<at>\d+)\])?(\.(?P<rest>[\w.]+))?", re.ASCII)
_FIELD: Final = re.compile(r"(source(?P<source>\d)_)?(?P<name>\w+?)(_(?P<lang>ar|en))?", re.ASCII)
_RENAMED: Final = {
    "who_decides": "who",
    "what_can_change": "change",
    "copy_sha256": "sha256",
    "copy_size_bytes": "size",
    "copy_media": "media",
}

_EMPTY: Final = Words(
    "empty", "Nothing stands here, and it is needed.", "لا شيء في هذا الحقل، وهو لازم."
)
_LINE: Final = Words(
    "line",
    "Line {line} is missing here: both languages need the same number of lines.",
    "ينقص هنا السطر رقم {line}: يلزم في اللغتين عدد السطور نفسه.",
)
_DAY: Final = Words("day", "This is not a day.", "هذا ليس تاريخا.")
_ODD: Final = Words("odd", "This cannot stand here.", "لا يصلح هذا هنا.")
_NO_SOURCE: Final = Words("no-source", "At least one source is needed.", "يلزم مصدر واحد أو أكثر.")
_NO_ADDRESS: Final = Words(
    "no-address", "An address is needed here, or a copy.", "يلزم هنا عنوان، أو نسخة."
)
_REASONS: Final[Mapping[str, Words]] = {
    "slug": Words(
        "slug",
        "Only small Latin letters, digits, and single hyphens between them.",
        "حروف لاتينية صغيرة وأرقام فقط، وبينها شرطات مفردة.",
    ),
    "closes": Words("closes", "It is before the first day.", "هو قبل اليوم الأول."),
    "decision_on": Words(
        "decision", "It is before the last day for opinions.", "هو قبل آخر يوم للآراء."
    ),
    "summary": Words(
        "summary",
        f"There are more than {MAX_SUMMARY_SENTENCES} sentences.",
        f"عدد الجمل أكثر من {MAX_SUMMARY_SENTENCES}.",
    ),
    "for_you": Words(
        "for-you",
        f"There are more than {MAX_BODY_WORDS} words.",
        f"عدد الكلمات أكثر من {MAX_BODY_WORDS}.",
    ),
    "glossary": Words(
        "glossary",
        "Line {line} needs a word, a colon, and its meaning.",
        "يلزم في السطر رقم {line} كلمة ثم نقطتان ثم معناها.",
    ),
    "url": Words(
        "url",
        "An address begins with http or https, and has no spaces.",
        "يلزم عنوان كامل بلا فراغات، وأوله http أو https.",
    ),
    "sha256": Words(
        "sha256",
        "These are 64 digits and small letters. Choosing the copy fills them in.",
        "يلزم 64 رقما وحرفا لاتينيا صغيرا. اختيار النسخة يملأ هذا الحقل.",
    ),
    "size": Words(
        "size",
        f"A number of bytes is needed, at most {MAX_COPY_BYTES}.",
        f"يلزم عدد البايتات، وحده الأعلى {MAX_COPY_BYTES}.",
    ),
    "media": Words(
        "media",
        "A copy is a PDF, a TXT, a PNG or a JPEG.",
        "النسخة ملف PDF أو TXT أو PNG أو JPEG.",
    ),
}
"""Why a field that is filled in is wrong, where it is no day."""
_DAYS: Final = ("opens", "published", "changed", "portal_deadline")


@dataclass(frozen=True)
class Fault:
    """`field` is one of `FIELDS`; empty where no field of the form is to blame."""

    field: str
    words: Words

    @classmethod
    def of(cls, form: Mapping[str, str], error: MalformedTopicError) -> Fault:
        path, _, reason = str(error).partition(": ")
        field, line = _place(form, path)
        return cls(field, _words(form, field, line, reason))

    @property
    def source(self) -> int:
        """The number of the source that it belongs to; 0 outside sources."""
        return int(_parts(self.field)["source"] or 0)

    @property
    def label(self) -> str:
        """What the field is called in the form, whichever source and language it is for."""
        name = _parts(self.field)["name"] or ""
        return f"source_{name}" if self.source else name

    @property
    def lang(self) -> str:
        return _parts(self.field)["lang"] or ""


def _place(form: Mapping[str, str], path: str) -> tuple[str, int]:
    """The field that *path* of a topic was read from, and its line there, 0 for none."""
    found = _PATH.fullmatch(path)
    if found is None:
        return "", 0
    head, rest = found["head"], (found["rest"] or "").replace(".", "_")
    at = None if found["at"] is None else int(found["at"])
    if head == "sources":
        number = 1 if at is None else used_sources(form)[at]
        rest = _RENAMED.get(rest, rest)
        return _known(f"source{number}_{rest}", f"source{number}_title_ar"), 0
    if head == "facts" and at is not None:
        number, line = fact_places(form)[at]
        return _known(f"source{number}_facts_{rest.rpartition('_')[2]}"), line
    if head == "glossary":
        rest = rest.rpartition("_")[2]
    name = _RENAMED.get(head, head)
    names = (f"{name}_{rest}" if rest else name, f"{name}_ar")
    return _known(*names), 0 if at is None else at + 1


def _known(*names: str) -> str:
    return next((name for name in names if name in FIELDS), "")


def _words(form: Mapping[str, str], field: str, line: int, reason: str) -> Words:
    name = _parts(field)["name"] or ""
    said = _REASONS.get(name, _REASONS.get(name.rpartition("_")[2], _ODD))
    if name in _DAYS or (name in {"closes", "decision_on"} and "earlier" not in reason):
        said = _DAY
    if line and name != "glossary":
        said = _LINE
    if not form.get(field) and name != "media":
        said = _empty(field, reason)
    return Words(said.code, said.en.format(line=line), said.ar.format(line=line))


def _empty(field: str, reason: str) -> Words:
    if field == "source1_title_ar" and reason == "at least one":
        return _NO_SOURCE
    return _NO_ADDRESS if "copy" in reason else _EMPTY


def _parts(field: str) -> Mapping[str, str | None]:
    found = _FIELD.fullmatch(field)
    return found.groupdict() if found else dict.fromkeys(("source", "name", "lang"))
