"""Files in, clean files and a report out.

`clean_bytes` for what is in memory, `FileCleaner` for what arrives in pieces,
`cleaner_for` for callers who have the first bytes at hand.
"""

from redaction.files.cleaner import FileCleaner, clean_bytes, cleaner_for
from redaction.files.errors import UnreadableFileError
from redaction.files.report import Report
from redaction.files.sniff import SNIFF_BYTES, neutral_name, sniff
from redaction.files.walker import Cleaner

__all__ = [
    "SNIFF_BYTES",
    "Cleaner",
    "FileCleaner",
    "Report",
    "UnreadableFileError",
    "clean_bytes",
    "cleaner_for",
    "neutral_name",
    "sniff",
]
