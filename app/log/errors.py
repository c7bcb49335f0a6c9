"""Why the log does not go on, named for what the operator can do."""


class LogError(Exception):
    """The message is for the operator."""


class NotReadyError(LogError):
    """Something must be put right before a batch is sealed: rules, keys, the clock."""


class UnwitnessedError(LogError):
    """Too few witnesses can be reached, or agree: try again later."""


class RestoredError(LogError):
    """Somebody knows a later or another tree of this log: nothing may be signed any more."""
