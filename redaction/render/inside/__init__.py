"""What runs inside the sandbox: decoders of pictures and pages, readers of archives.

Every function takes hostile bytes and answers with pixels or names; `redaction.render`
calls them by path and believes nothing they say.
"""

from redaction.render.inside import archives, pages, pictures
from redaction.render.inside.archives import kind_of_zip, list_members, unpack
from redaction.render.inside.pages import decode_pages
from redaction.render.inside.pictures import decode_picture

__all__ = ["decode_pages", "decode_picture", "kind_of_zip", "list_members", "prepare", "unpack"]


def prepare() -> None:
    """Load what the libraries load late, before the walls go up."""
    pictures.prepare()
    pages.prepare()
    archives.prepare()
