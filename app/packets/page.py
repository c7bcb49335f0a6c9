"""A document as one page that prints well and needs nothing else."""

from functools import singledispatch
from html import escape
from typing import Final

from app.packets.content import Content
from app.packets.document import Block, Document, Facts, Heading, Paragraph, Rule, Table

_STYLE: Final = (
    "body{font-family:'Noto Naskh Arabic','Noto Sans Arabic',Tahoma,system-ui,sans-serif;"
    "line-height:1.9;max-inline-size:42rem;margin:2rem auto;padding-inline:1rem}"
    "h1,h2{line-height:1.5}dt{font-weight:700}dd{margin:0 0 .5rem}hr{margin-block:1.5rem}"
    "table{inline-size:100%;border-collapse:collapse;table-layout:fixed;margin-block:1rem}"
    "th,td{border:1px solid;padding:.2rem .5rem;text-align:start;vertical-align:top;"
    "overflow-wrap:break-word}blockquote{margin:0 0 1rem;padding-inline-start:1rem;"
    "border-inline-start:3px solid}"
    "@media screen and (max-width:40rem){table{table-layout:auto}col[class]{inline-size:auto}}"
    "@media print,(min-width:30rem){dl{display:grid;column-gap:1rem;"
    "grid-template-columns:max-content 1fr}}"
    "@media print{@page{size:A4;margin:18mm}body{margin:0;padding:0;max-inline-size:none;"
    "font-size:11pt;line-height:1.7}h2,dl{break-after:avoid}"
    "dl,tr,blockquote{break-inside:avoid}}"
)


def page_bytes(content: Content) -> bytes:
    """A packet as an HTML document in UTF-8, without scripts, pictures or links."""
    return html_bytes(content.document)


def html_bytes(document: Document) -> bytes:
    """An HTML document in UTF-8, without scripts, pictures or links."""
    direction = "rtl" if document.lang == "ar" else "ltr"
    title = escape(document.title)
    widths = {each for block in document.blocks for each in _percents(block)}
    columns = "".join(f".w{each}{{inline-size:{each}%}}" for each in sorted(widths))
    return (
        f'<!DOCTYPE html>\n<html lang="{document.lang}" dir="{direction}"><head>'
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}{columns}</style></head><body>"
        f"<h1>{title}</h1><p>{escape(document.note)}</p>{body(document)}</body></html>\n"
    ).encode()


def body(document: Document) -> str:
    """What is below title and note, as markup."""
    return "".join(_markup(block) for block in document.blocks)


@singledispatch
def _markup(block: Block) -> str:
    raise TypeError(block)


@_markup.register
def _heading(block: Heading) -> str:
    return f"<h2>{escape(block.text)}</h2>"


@_markup.register
def _paragraph(block: Paragraph) -> str:
    if not block.is_quoted:
        return f"<p>{escape(block.text)}</p>"
    return f"<blockquote dir=auto>{escape(block.text)}</blockquote>"


@_markup.register
def _facts(block: Facts) -> str:
    pairs = "".join(
        f"<dt>{escape(label)}</dt><dd><bdi>{escape(value)}</bdi></dd>"
        for label, value in block.pairs
    )
    return f"<dl>{pairs}</dl>"


@_markup.register
def _table(block: Table) -> str:
    columns = "".join(f"<col class=w{each}>" for each in _percents(block))
    heads = "".join(f"<th scope=col>{escape(each)}</th>" for each in block.header)
    rows = "".join(_row(row, block.lines) for row in block.rows)
    return (
        f"<table><colgroup>{columns}</colgroup><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _percents(block: Block) -> list[int]:
    """How wide the columns of a table are."""
    if not isinstance(block, Table):
        return []
    return [100 * each // sum(block.widths) for each in block.widths]


def _row(cells: tuple[str, ...], lines: int) -> str:
    blank = "<br>" * max(1, lines)
    told = (f"<bdi>{escape(each)}</bdi>" if each else blank for each in cells)
    return f"<tr>{''.join(f'<td>{each}</td>' for each in told)}</tr>"


@_markup.register
def _rule(_block: Rule) -> str:
    return "<hr>"
