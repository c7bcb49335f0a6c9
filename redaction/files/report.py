"""What a cleaner tells about its work: categories only, never a value."""

from dataclasses import dataclass
from typing import Final

# In the order a reader cares about. Words for them stand in redaction/words.json.
CATEGORIES: Final = (
    "location",
    "time",
    "device",
    "author",
    "software",
    "thumbnail",
    "comment",
    "colour-profile",
    "trailer",
    "unknown",
)
WARNINGS: Final = ("not-cleaned", "colours-may-change")


@dataclass(frozen=True)
class Report:
    """The media type by content, whether we cleaned it, what went and what to know."""

    media: str
    cleaned: bool
    removed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def in_order(found: set[str], known: tuple[str, ...] = CATEGORIES) -> tuple[str, ...]:
    """Return what of *known* was *found*, in the order of *known*."""
    return tuple(word for word in known if word in found)
