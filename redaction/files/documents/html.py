"""Pages of the web: a small page of today's HTML comes out, with the same words.

Only pictures that lie in the page itself stay, and are cleaned; links stay that lead to
public pages and mail addresses, without what tracks people. See `page` for the rest.
"""

from base64 import b64encode
from typing import ClassVar

from redaction.files.documents.invisible import unified
from redaction.files.documents.page import TITLE, PageWriter, data_picture
from redaction.files.documents.plain import decoded
from redaction.files.documents.verify_html import verify_html
from redaction.files.errors import UnreadableFileError
from redaction.files.links import clean_link
from redaction.files.policy import LIMITS
from redaction.files.registry import clean_inner
from redaction.files.whole import WholeFile


class HtmlCleaner(WholeFile):
    """The cleaner of text/html."""

    media: ClassVar[str] = "text/html"

    def _rewrite(self, untrusted: bytes) -> bytes:
        if len(untrusted) > LIMITS["text_bytes"]:
            raise UnreadableFileError("file-too-large")
        writer = PageWriter(clean_link, self._picture, lambda _: None)
        body = writer.read(unified(decoded(untrusted)))
        self._note(*writer.removed)
        self._warn(*(["hidden-content"] if writer.hidden else []))
        self._warn(*(["files-dropped"] if writer.lost else []))
        language = f' lang="{writer.language}"' if writer.language else ""
        direction = f' dir="{writer.direction}"' if writer.direction else ""
        head = f'<head><meta charset="utf-8"><title>{TITLE}</title></head>'
        page = f"<!DOCTYPE html>\n<html{language}{direction}>{head}<body>{body}</body></html>\n"
        return page.encode()

    def _verify(self, written: bytes) -> None:
        verify_html(written)

    def _picture(self, untrusted: str) -> str | None:
        picture = data_picture(untrusted)
        if picture is None:
            return None
        try:
            clean, report = clean_inner(picture, "", self.depth)
        except UnreadableFileError:
            self._warn("files-dropped")
            return None
        if not report.media.startswith("image/"):
            return None
        self._note(*report.removed)
        self._warn(*report.warnings)
        return f"data:{report.media};base64,{b64encode(clean).decode()}"
