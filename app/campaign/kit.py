"""Every file of a kit: its name, what it is for, and how its bytes are made.

Equal facts give equal bytes, for everybody and at any time. A name is `design-lang.suffix`. What
sets type is loaded when the first file is drawn: a server starts without it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from app.campaign.facts import Facts
from app.campaign.words import LANGS
from crypto.record import Lang

Purpose = Literal["invite", "result"]


@dataclass(frozen=True)
class Design:
    """`size` as people say it: a sheet of paper, or pixels."""

    name: str
    purpose: Purpose
    size: str


DESIGNS: Final = (
    Design("poster-a4", "invite", "A4"),
    Design("poster-a4-copy", "invite", "A4"),
    Design("poster-a5", "invite", "A5"),
    Design("card-square", "invite", "1080 × 1080"),
    Design("card-wide", "invite", "1200 × 630"),
    Design("card-tall", "invite", "1080 × 1920"),
    Design("card-field", "invite", "A5"),
    Design("code", "invite", "1200 × 1200"),
    Design("results-a4", "result", "A4"),
    Design("results-square", "result", "1080 × 1080"),
)
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
}
MESSAGES: Final = "messages"


@dataclass(frozen=True)
class KitFile:
    """`design` is None for the messages."""

    name: str
    lang: Lang
    media_type: str
    design: Design | None
    make: Callable[[Facts], bytes]


def files(facts: Facts, *, inviting: bool = True) -> tuple[KitFile, ...]:
    """What there is for a topic: results where somebody has counted; no invitations if it is not
    *inviting* any more."""
    return tuple(
        each
        for each in _every()
        if (facts.results is not None if _purpose(each) == "result" else inviting)
    )


def _purpose(file: KitFile) -> Purpose:
    return file.design.purpose if file.design else "invite"


def _every() -> Iterator[KitFile]:
    for lang in LANGS:
        for design in DESIGNS:
            for suffix, media_type in MEDIA_TYPES.items():
                name = f"{design.name}-{lang}.{suffix}"
                make = partial(_drawn, lang=lang, design=design.name, suffix=suffix)
                yield KitFile(name, lang, media_type, design, make)
        made = partial(_messages, lang=lang)
        yield KitFile(f"{MESSAGES}-{lang}.txt", lang, "text/plain; charset=utf-8", None, made)


def _drawn(facts: Facts, *, lang: Lang, design: str, suffix: str) -> bytes:
    from app.campaign import drawing  # noqa: PLC0415

    return drawing.drawn_bytes(facts, lang, design, suffix)


def _messages(facts: Facts, *, lang: Lang) -> bytes:
    from app.campaign import messages  # noqa: PLC0415

    return messages.messages_bytes(facts, lang)
