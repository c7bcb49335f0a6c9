"""Where parsers of hostile files run: no files, no network, no programs, little memory and time."""

from redaction.sandbox.errors import (
    BrokenAnswerError,
    CrashError,
    MemoryLimitError,
    NoSandboxError,
    OutputLimitError,
    SandboxError,
    TimeLimitError,
)
from redaction.sandbox.frames import Frame
from redaction.sandbox.limits import Limits
from redaction.sandbox.runner import protections, run, run_or_refuse

__all__ = [
    "BrokenAnswerError",
    "CrashError",
    "Frame",
    "Limits",
    "MemoryLimitError",
    "NoSandboxError",
    "OutputLimitError",
    "SandboxError",
    "TimeLimitError",
    "protections",
    "run",
    "run_or_refuse",
]
