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
    "history",
    "attachment",
    "script",
    "link",
    "identifier",
    "file-name",
    "invisible-text",
    "track",
    "colour-profile",
    "trailer",
    "unknown",
)
WARNINGS: Final = (
    "colours-may-change",
    "voice",
    "hidden-content",
    "changes-accepted",
    "notes-dropped",
    "forms-flattened",
    "files-dropped",
)


@dataclass(frozen=True)
class Report:
    """The media type by content, what went and what to know."""

    media: str
    removed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def in_order(found: set[str], known: tuple[str, ...] = CATEGORIES) -> tuple[str, ...]:
    """Return what of *known* was *found*, in the order of *known*."""
    return tuple(word for word in known if word in found)
