"""A packet as one page that prints well and needs nothing else."""

from html import escape
from typing import Final

from app.packets.content import Content

_STYLE: Final = (
    "body{font-family:'Noto Naskh Arabic','Noto Sans Arabic',Tahoma,system-ui,sans-serif;"
    "line-height:1.9;max-inline-size:42rem;margin:2rem auto;padding-inline:1rem}"
    "dt{font-weight:700}dd{margin:0 0 .5rem}hr{margin-block:1.5rem}"
)


def page_bytes(content: Content) -> bytes:
    """Return an HTML document in UTF-8, without scripts, pictures or links."""
    direction = "rtl" if content.lang == "ar" else "ltr"
    facts = "".join(
        f"<dt>{escape(label)}</dt><dd><bdi>{escape(value)}</bdi></dd>"
        for label, value in content.facts
    )
    words = "".join(f"<p dir=auto>{escape(each)}</p>" for each in content.paragraphs)
    heading = escape(content.label("heading"))
    return (
        f'<!DOCTYPE html>\n<html lang="{content.lang}" dir="{direction}"><head>'
        f'<meta charset="utf-8"><title>{heading}</title><style>{_STYLE}</style></head><body>'
        f"<h1>{heading}</h1><p>{escape(content.label('note'))}</p><dl>{facts}</dl><hr>"
        f"<h2>{escape(content.label('words'))}</h2>{words}</body></html>\n"
    ).encode()
