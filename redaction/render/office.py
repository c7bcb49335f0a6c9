"""Documents of office programs to PDF, by LibreOffice in bubblewrap; no macro, no link is run."""

import re
from typing import Final

from redaction.errors import UnreadableFileError
from redaction.files import clean_bytes
from redaction.sandbox import CrashError, Limits, SandboxError
from redaction.sandbox.limits import MIB
from redaction.sandbox.programs import run_program

# The reader is named, so that a file cannot choose one by its content.
_WRITER: Final = "writer_pdf_Export"
_CALC: Final = "calc_pdf_Export"
_IMPRESS: Final = "impress_pdf_Export"
_DRAW: Final = "draw_pdf_Export"
_READERS: Final = {
    "docx": ("MS Word 2007 XML", _WRITER),
    "doc": ("MS Word 97", _WRITER),
    "rtf": ("Rich Text Format", _WRITER),
    "odt": ("writer8", _WRITER),
    "html": ("HTML (StarWriter)", _WRITER),
    "xlsx": ("Calc MS Excel 2007 XML", _CALC),
    "xls": ("MS Excel 97", _CALC),
    "ods": ("calc8", _CALC),
    "pptx": ("Impress MS PowerPoint 2007 XML", _IMPRESS),
    "ppt": ("MS PowerPoint 97", _IMPRESS),
    "odp": ("impress8", _IMPRESS),
    "odg": ("draw8", _DRAW),
    "svg": ("svg_Import", _DRAW),
}
# Entities made of entities grow without end; those of a single word are in many drawings.
_BOMB: Final = re.compile(rb"<!ENTITY\s[^>]{0,1000}?&\w")
_CLEANED: Final = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp"})
_LIMITS: Final = Limits(seconds=60, cpu_seconds=60, memory_bytes=3072 * MIB, output_bytes=256 * MIB)
_PACKAGES: Final = "libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui"


def as_pdf(untrusted: bytes, extension: str) -> bytes:
    """Return the document as a PDF that is as hostile as it was; raise `UnreadableFileError`."""
    if _BOMB.search(untrusted):
        raise UnreadableFileError("xml-dtd")
    try:
        return _converted(untrusted, extension)
    except UnreadableFileError as exc:
        if exc.code != CrashError.code or extension not in _CLEANED:
            raise
    # What crashes it is seldom what is read: damaged signatures, controls, macros.
    clean, _ = clean_bytes(untrusted)
    return _converted(clean, extension)


def _converted(untrusted: bytes, extension: str) -> bytes:
    reader, writer = _READERS[extension]
    command = [
        "soffice",
        "--headless",
        "--norestore",
        "--nologo",
        "-env:UserInstallation=file:///box/profile",
        f"--infilter={reader}",
        "--convert-to",
        f"pdf:{writer}",
        "--outdir",
        "out",
        f"in.{extension}",
    ]
    try:
        return run_program(
            command,
            untrusted,
            name=f"in.{extension}",
            result="out/in.pdf",
            package=_PACKAGES,
            limits=_LIMITS,
        )
    except SandboxError as exc:
        raise UnreadableFileError(exc.code) from exc
