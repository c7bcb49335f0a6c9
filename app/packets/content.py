"""What every form of a packet says, in the packet's language."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.days import day_in_words
from app.domain.agencies import Agency
from app.packets.document import Block, Document, Facts, Heading, Paragraph, Rule
from crypto.encoding import encode_base64
from crypto.record import Lang, Packet

_LABELS: Final[dict[str, dict[Lang, str]]] = {
    "heading": {
        "ar": "آراء مواطنين بعد حذف ما يدل على أصحابها",
        "en": "Citizens' views, with identifying details removed",
    },
    "to": {"ar": "إلى", "en": "To"},
    "topic": {"ar": "القضية", "en": "Topic"},
    "ask": {"ar": "المطلوب", "en": "What is asked"},
    "due": {"ar": "آخر موعد للرد", "en": "Answer due"},
    "words": {"ar": "النص", "en": "Text"},
    "number": {"ar": "رقم الإرسال", "en": "Relay number"},
    "signed": {"ar": "وقعه", "en": "Signed by"},
    "note": {
        "ar": "هذه نصوص بعد حذف ما يدل على أصحابها. معرفة المرسل غير ممكنة تقنيا.",
        "en": "Identifying details were removed. Nobody can find out who the sender is.",
    },
}


def days_in_words(days: int, lang: Lang) -> str:
    """Such as 7 أيام, 21 يوما."""
    if lang == "en":
        return "1 day" if days == 1 else f"{days} days"
    if days in {1, 2}:
        return ("يوم واحد", "يومان")[days - 1]
    rest = days % 100
    return f"{days} {'أيام' if 3 <= rest <= 10 else 'يوما' if rest > 10 else 'يوم'}"


@dataclass(frozen=True)
class Consultation:
    """What the official portal calls a topic; empty for one that it does not have."""

    title: str = ""
    number: str = ""
    deadline: date | None = None


@dataclass(frozen=True)
class Content:
    """A verified packet with the names of its agency, topic and signers."""

    packet: Packet
    note: str
    agency: Agency
    title: str
    signers: tuple[str, ...]
    consultation: Consultation = Consultation()

    @property
    def lang(self) -> Lang:
        return self.packet.lang

    @property
    def number(self) -> str:
        """A short name for people: the first letters of the relay's id."""
        return self.packet.relay.hex()[:8].upper()

    def label(self, key: str) -> str:
        return _LABELS[key][self.lang]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Label and value of everything but the words, in the order of reading."""
        comma = "، " if self.lang == "ar" else ", "
        return [
            (self.label("number"), self.number),
            (self.label("to"), self.agency.name.text(self.lang)),
            (self.label("topic"), self.title),
            (self.label("ask"), self.packet.ask),
            (self.label("due"), self.due),
            (self.label("signed"), comma.join(self.signers)),
        ]

    @property
    def due(self) -> str:
        """The day in words: figures with hyphens turn round between Arabic letters."""
        return day_in_words(self.packet.due, self.lang)

    @property
    def document(self) -> Document:
        """The packet as it is printed."""
        words = (Paragraph(each, is_quoted=True) for each in self.paragraphs)
        head: list[Block] = [Facts(tuple(self.facts)), Rule(), Heading(self.label("words"))]
        return Document(self.lang, self.label("heading"), self.label("note"), (*head, *words))

    @property
    def paragraphs(self) -> list[str]:
        return [part.strip() for part in self.packet.words.split("\n") if part.strip()]

    @property
    def id(self) -> str:
        """The relay's id in base64."""
        return encode_base64(self.packet.relay)
