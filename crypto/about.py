"""What senders may tell of themselves, coarsely and in fixed words (SPEC.md §5).

Each question may stay without an answer, and so may all. The words are inside the envelope and
nowhere else; what is public of them is `crypto.record.Coverage`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self

from crypto.errors import MalformedPayloadError
from crypto.manifest import Fields

ABOUT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "region": ("north", "middle", "south"),
        "age": ("under-30", "30-59", "60-up"),
        "sector": ("public", "private", "own", "study", "none"),
    }
)
"""The questions, and the words that answer each."""


@dataclass(frozen=True)
class About:
    """One word of `ABOUT` for each question, None where nothing is said."""

    region: str | None = None
    age: str | None = None
    sector: str | None = None

    def __post_init__(self) -> None:
        """Raise `MalformedPayloadError`."""
        for question, word in self.told().items():
            if word not in ABOUT[question]:
                raise MalformedPayloadError(f"{question}: not one of the known words")

    def told(self) -> dict[str, str]:
        """The answers that there are, by question."""
        return {name: word for name, word in vars(self).items() if word is not None}

    @classmethod
    def read(cls, fields: Fields | None) -> Self:
        """What a manifest says; without the field, nothing. Raise `MalformedPayloadError`."""
        if fields is None:
            return cls()
        about = cls(**{name: fields.text_if_any(name) for name in ABOUT})
        fields.end()
        if not about.told():
            raise MalformedPayloadError("nothing told has no field")
        return about


NOTHING_TOLD: Final = About()
