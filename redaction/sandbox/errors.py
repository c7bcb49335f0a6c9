"""What a sandboxed job can end with instead of an answer.

`code` is a key of `errors` in `redaction/words.json`: what the owner of the file is told.
"""

from typing import ClassVar


class SandboxError(Exception):
    """The job gave no answer that may be used."""

    code: ClassVar[str] = "file-crashes-reader"


class TimeLimitError(SandboxError):
    """The job used more seconds, of the processor or of the clock, than it was given."""

    code = "file-too-complex"


class MemoryLimitError(SandboxError):
    """The job asked for more memory than it was given."""

    code = "file-too-complex"


class OutputLimitError(SandboxError):
    """The answer is larger than the caller accepts."""

    code = "file-too-complex"


class CrashError(SandboxError):
    """The job died by a signal or by an exception; the message names which, never a value."""


class SandboxEndedError(CrashError):
    """The job's zygote ended under it; nothing is known about the job."""


class BrokenAnswerError(SandboxError):
    """What came out of the sandbox is not an answer."""


class NoSandboxError(Exception):
    """No sandbox could be built here, so nothing hostile may be read. An alarm, not a refusal."""
