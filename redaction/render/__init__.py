"""Hostile files, seen safely: pictures, pages, sound and film made anew, and true redaction.

Nothing of the file itself is ever shown or relayed. What parses it runs in
`redaction.sandbox`; pictures and pages leave it as bare pixels and are encoded outside.
"""

from redaction.render.boxes import Box
from redaction.render.members import list_members
from redaction.render.pdf import flatten
from redaction.render.rendering import Member, Page, Rendering
from redaction.render.views import redact, redact_pages, render, render_member

__all__ = [
    "Box",
    "Member",
    "Page",
    "Rendering",
    "flatten",
    "list_members",
    "redact",
    "redact_pages",
    "render",
    "render_member",
]
