"""The square of a paper form, read from letters or from a picture."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Final

import click

from app.cli.secrets import read_text
from crypto.counterfoil import Counterfoil

_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*")
_NO_READER: Final = (
    "a picture needs the packages zxing-cpp and pillow; any QR reader's letters in a file will do"
)


def read_form(name: str) -> Counterfoil:
    """The counterfoil in the file *name*. Raises `MalformedCounterfoilError`."""
    if _is_picture(name):
        return Counterfoil.parse(_letters_of(Path(name)))
    return Counterfoil.parse(read_text(name))


def _is_picture(name: str) -> bool:
    path = Path(name)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4).startswith(_PICTURES)


def _letters_of(path: Path) -> str:
    try:
        import zxingcpp  # noqa: PLC0415 only who scans forms needs them
        from PIL import Image  # noqa: PLC0415
    except ImportError:
        raise click.UsageError(_NO_READER) from None
    with Image.open(BytesIO(path.read_bytes())) as picture:
        found = zxingcpp.read_barcodes(picture.convert("L"))
    texts = [each.text for each in found if each.text.startswith("WASL/FORM/")]
    if len(texts) != 1:
        raise click.UsageError(f"{path}: one form's square is wanted, {len(texts)} were found")
    return texts[0]
