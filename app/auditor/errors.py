"""Why an audit ends without a verdict, named for what the auditor can do.

What a log did wrong is never an exception: it is a `Found` (`app.auditor.findings`).
"""


class AuditError(Exception):
    """Nothing can be said about the log; the message is a sentence for the auditor."""


class CouldNotCheckError(AuditError):
    """Try again later, or from elsewhere."""


class UnreachableError(CouldNotCheckError):
    """No complete answer came back."""


class MissingFileError(CouldNotCheckError):
    """The place answered, and says that it does not have this file; `path` names it."""

    def __init__(self, place: str, path: str) -> None:
        super().__init__(f"{place} has no {path}")
        self.path = path


class DamagedError(CouldNotCheckError):
    """A file of the auditor's own is not what it was when it was verified."""


class BusyError(CouldNotCheckError):
    """Another process works in this state folder."""


class SetupError(AuditError):
    """Correct the command, the policy, or the files that were given."""
