"""Archives of files: every file is cleaned as if it had come alone, or nothing passes.

Names become numbers in the order of the archive, for files and for folders; extensions come
from what a file is. What systems leave in folders goes. Dates, comments and fields of
programs are never copied (see `archive`).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from redaction.files.documents.archive import Archive
from redaction.files.documents.package import Package
from redaction.files.errors import UnreadableFileError
from redaction.files.policy import TYPES
from redaction.files.registry import clean_inner
from redaction.files.sniff import UNKNOWN, neutral_name, sniff

# What macOS and Windows leave in folders: no file of a person.
_LEFT_BY_SYSTEMS: Final = re.compile(
    r"(?:.*/)?(?:__MACOSX/.*|\._[^/]*|\.DS_Store|Thumbs\.db|ehthumbs\.db|desktop\.ini|\.directory)",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"(?:folder-[1-9][0-9]*/)*file-[1-9][0-9]*\.([a-z0-9]{2,4})")


class ZipCleaner(Package):
    """The cleaner of plain ZIP files."""

    media = "application/zip"

    def _repack(self, archive: Archive) -> Iterable[tuple[str, bytes]]:
        self._folders: dict[str, str] = {}
        members: list[tuple[str, bytes]] = []
        for name in archive.names:
            data = archive.read(name)
            if not data or _LEFT_BY_SYSTEMS.fullmatch(name):
                self._note("file-name")
                continue
            clean, media = self._cleaned(data, name)
            new_name = self._folder(name) + neutral_name(len(members) + 1, media)
            self._note(*(["file-name"] if new_name != name else []))
            members.append((new_name, clean))
        if not members:
            raise UnreadableFileError("file-empty")
        return members

    def _check(self, members: Mapping[str, bytes]) -> None:
        for name, data in members.items():
            place = _NAME.fullmatch(name)
            known = {known.media for known in TYPES if place and known.extension == place[1]}
            if not known or (sniff(data, name) not in known and not data.startswith(b"PK\3\4")):
                raise UnreadableFileError("archive-malformed")

    def _cleaned(self, data: bytes, name: str) -> tuple[bytes, str]:
        """Return a member clean, with its type; raise `UnreadableFileError`."""
        try:
            clean, report = clean_inner(data, name, self.depth)
        except UnreadableFileError as exc:
            code = exc.code if exc.code == "too-deep" else "archive-member"
            raise UnreadableFileError(code) from exc
        if report.media == UNKNOWN:
            raise UnreadableFileError("archive-member")
        self._note(*report.removed)
        self._warn(*report.warnings)
        return clean, report.media

    def _folder(self, name: str) -> str:
        """Return the new path of the folder that a member lies in."""
        path, old = "", ""
        for step in name.split("/")[:-1]:
            old += f"{step}/"
            path = self._folders.setdefault(old, f"{path}folder-{len(self._folders) + 1}/")
        return path
