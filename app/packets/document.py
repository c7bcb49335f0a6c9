"""What is printed, before it is a page or a PDF: headings, paragraphs, facts and tables."""

from dataclasses import dataclass

from crypto.record import Lang


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Paragraph:
    """`is_quoted` are words of others, which may run in another direction than the document."""

    text: str
    is_quoted: bool = False


@dataclass(frozen=True)
class Facts:
    """Labels and values, in the order of reading."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """`widths` are shares of the line, in the order of reading; empty cells are to be filled in.

    A row is at least `lines` lines high.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    lines: int = 1


@dataclass(frozen=True)
class Rule:
    """A line across the page."""


Block = Heading | Paragraph | Facts | Table | Rule


@dataclass(frozen=True)
class Document:
    """One text to print, in one language; `note` is the sentence below the title."""

    lang: Lang
    title: str
    note: str
    blocks: tuple[Block, ...]


def is_rtl(text: str, otherwise: bool) -> bool:
    """Whether *text* runs from the right, by its first letter that has a direction."""
    for char in text:
        if "\u0590" <= char <= "\u08ff" or "\ufb1d" <= char <= "\ufefc":
            return True
        if char.isalpha():
            return False
    return otherwise
