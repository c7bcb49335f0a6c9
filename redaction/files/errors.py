"""What the cleaner says when it will not pass a file on."""

from collections.abc import Callable

from redaction.errors import UnreadableFileError

__all__ = ["UnreadableFileError", "demanding"]


def demanding(code: str) -> Callable[[object], None]:
    """Return a check that raises `UnreadableFileError` with *code* for whatever is false."""

    def demand(condition: object) -> None:
        if not condition:
            raise UnreadableFileError(code)

    return demand
