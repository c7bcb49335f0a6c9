"""What a cleaner tells about its work: categories only, never a value."""

from dataclasses import dataclass
from typing import Any, Final, Self

from redaction.errors import UnreadableFileError
from redaction.files.policy import MEDIA_TYPES

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

    @classmethod
    def parse(cls, untrusted: Any) -> Self:
        """Read what a sandbox says; raise `UnreadableFileError` for any word unknown to us."""
        try:
            media = untrusted["media"]
            removed, warnings = set(untrusted["removed"]), set(untrusted["warnings"])
            known = media in MEDIA_TYPES and removed <= {*CATEGORIES} and warnings <= {*WARNINGS}
        except (KeyError, TypeError):
            known = False
        if not known:
            raise UnreadableFileError("file-crashes-reader")
        return cls(media, in_order(removed), in_order(warnings, WARNINGS))


def in_order(found: set[str], known: tuple[str, ...] = CATEGORIES) -> tuple[str, ...]:
    """Return what of *known* was *found*, in the order of *known*."""
    return tuple(word for word in known if word in found)
