"""What a file looks like: pixels, sound or words that were made anew, never a byte of the file."""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["image", "pages", "sound", "video", "archive", "text"]

# In the order a reader cares about.
WARNINGS: Final = (
    "pages-left-out",
    "moving-picture",
    "hidden-content",
    "colours-may-change",
    "invisible-characters",
)
WHITE: Final = (255, 255, 255)
CHANNELS: Final = 3


@dataclass(frozen=True)
class Bitmap:
    """Rows of red, green and blue from the top, one byte each: what crosses the sandbox.

    Pixels cannot be malformed: a parser that was captured can lie with them, but can attack
    nobody who looks at them.
    """

    width: int
    height: int
    pixels: bytes


@dataclass(frozen=True)
class Page:
    """One picture, encoded by us; *width* and *height* in pixels."""

    media: Literal["image/png", "image/jpeg"]
    data: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Member:
    """What stands in an archive; *name* is fit to be shown, *size* is what it would unpack to."""

    index: int
    name: str
    size: int
    encrypted: bool


@dataclass(frozen=True)
class Rendering:
    """What may be shown of a file whose media type by content is *media*.

    *kind* says which field holds it: `pages` for "image" and "pages", `played` (WebM or Ogg
    Opus) for "sound" and "video", `members` for "archive", `text` for "text".
    """

    kind: Kind
    media: str
    pages: tuple[Page, ...] = ()
    played: bytes = b""
    members: tuple[Member, ...] = ()
    text: str = ""
    warnings: tuple[str, ...] = ()


def in_order(found: set[str]) -> tuple[str, ...]:
    """Return what of `WARNINGS` was *found*."""
    return tuple(code for code in WARNINGS if code in found)
