"""What is loaded when the first PDF is asked for: a server starts without a type setter."""

from app.packets.content import Content
from app.packets.document import Document


def pdf_bytes(content: Content) -> bytes:
    """`app.packets.pdf.pdf_bytes`."""
    from app.packets import pdf  # noqa: PLC0415

    return pdf.pdf_bytes(content)


def print_bytes(document: Document) -> bytes:
    """`app.packets.pdf.print_bytes`."""
    from app.packets import pdf  # noqa: PLC0415

    return pdf.print_bytes(document)
