"""What the sandbox runs: clean one file of the types that must be seen whole."""

from importlib import import_module
from typing import Final

from redaction.files.registry import WHOLE, clean_whole
from redaction.files.report import Report
from redaction.sandbox import Frame, Limits, run_or_refuse

_MIB: Final = 1 << 20
_COPIES: Final = 3
"""Input, the bytes being rewritten and output are in memory at once."""


def prepare() -> None:
    """Load every cleaner, before the walls go up."""
    for place in WHOLE.values():
        import_module(place.partition(":")[0])


def clean(untrusted: bytes, media: str, declared_name: str) -> Frame:
    """Answer with the report and the clean bytes; raise `UnreadableFileError`."""
    written, report = clean_whole(media, untrusted, declared_name)
    facts = {"media": report.media, "removed": report.removed, "warnings": report.warnings}
    return Frame(facts, (written,))


def clean_in_sandbox(media: str, untrusted: bytes, declared_name: str) -> tuple[bytes, Report]:
    """Clean one file in a process that can do nothing else; raise `UnreadableFileError`.

    Raises `NoSandboxError` on a machine that cannot have a sandbox.
    """
    limits = Limits(memory_bytes=512 * _MIB + _COPIES * len(untrusted))
    answer = run_or_refuse(
        f"{__name__}:clean", untrusted, arguments=(media, declared_name), limits=limits
    )
    return answer.parts[0], Report.parse(answer.facts)
