"""Messages for SMS and chats: never longer than 160 characters, the link whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.campaign.facts import Facts
from app.campaign.inviting import closing
from app.campaign.shape import drawable
from app.campaign.words import words
from crypto.record import Lang

MOST_LETTERS: Final = 160
ONE_PART: Final = 70
"""Letters that fit one SMS with Arabic in it (UCS-2, 3GPP TS 23.038)."""
_LATER_PARTS: Final = 67
_SEVEN_BIT: Final = 160
_SEVEN_BIT_LATER: Final = 153
_ONCE: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""One septet each in an SMS."""
_TWICE: Final = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True)
class Message:
    text: str

    @property
    def letters(self) -> int:
        return len(self.text)

    @property
    def parts(self) -> int:
        """How many SMS this is."""
        if set(self.text) <= _ONCE | _TWICE:
            size = self.letters + sum(letter in _TWICE for letter in self.text)
            return 1 if size <= _SEVEN_BIT else -(-size // _SEVEN_BIT_LATER)
        size = len(self.text.encode("utf-16-le")) // 2
        return 1 if size <= ONE_PART else -(-size // _LATER_PARTS)


def messages(facts: Facts, lang: Lang) -> tuple[Message, ...]:
    """The one that says most in 160 characters, and the one that says most in one SMS."""
    every = [Message(text) for text in _from_long_to_short(facts, lang)]
    full = next((each for each in every if each.letters <= MOST_LETTERS), None)
    single = next((each for each in every if each.parts == 1), None)
    return tuple(dict.fromkeys(each for each in (full, single) if each is not None))


def messages_bytes(facts: Facts, lang: Lang) -> bytes:
    """UTF-8: each message, and below it how long it is; a mark tells old editors that it is."""
    _ = words(lang)
    counted = _("%(letters)s characters, %(parts)s SMS")
    return (
        "\ufeff"
        + "\n".join(
            f"{each.text}\n\n[{counted % {'letters': each.letters, 'parts': each.parts}}]\n"
            for each in messages(facts, lang)
        )
    ).encode()


def _from_long_to_short(facts: Facts, lang: Lang) -> Iterator[str]:
    _, link = words(lang), facts.link(lang)
    title = drawable(facts.topic.title.text(lang))
    promise = _("Your view gets through. Your name does not.")
    # A blank that does not break is no letter of an SMS in seven bits.
    until = closing(facts, lang).replace("\u00a0", " ") if facts.topic.closes else ""
    for parts in (
        (title, promise, until),
        (title, promise),
        (promise, until),
        (promise,),
        (_("Your view, without your name:"),),
        (),
    ):
        yield "\n".join([*(part for part in parts if part), link])
