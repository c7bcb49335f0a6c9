"""What the cleaner says when it will not pass a file on."""

from redaction.errors import UnreadableFileError

__all__ = ["UnreadableFileError"]
