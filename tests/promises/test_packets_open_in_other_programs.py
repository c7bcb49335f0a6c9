"""What an agency gets opens in programs that others wrote: spreadsheets, PDF readers, verifiers."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import pypdfium2
import pytest
from cryptography.exceptions import InvalidSignature
from fpdf import FPDF
from tlog_scales.signing import NoteSignature, Vkey
from tlog_scales.tlog import Checkpoint

from app.packets.paper import set_up, without_marks
from crypto.keyring import Keyring
from crypto.note import SigningKey
from tests.promises.test_an_agency_answers_by_its_code import Office, office
from tests.world import ORIGIN

__all__ = ["office"]

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
PARAGRAPH = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
AS_CREDULOUS_AS_CAN_BE = "CSV:44,34,76,1,,0,false,true,false,false,false,-1,true"
"""Comma, quotes, UTF-8; whatever looks like a number or a formula is one."""
BOTH = {f"{ORIGIN}/device/amal", f"{ORIGIN}/device/basil"}


@dataclass
class Signed:
    """A packet's note as an office keeps it, and the keyring as the public log has it."""

    note: str
    keyring: Keyring

    @property
    def keys(self) -> list[str]:
        return [key.encode() for key in self.keyring.deciding_devices]

    @property
    def changed(self) -> str:
        return self.note.replace("كل", "بعض")


@pytest.fixture
def signed(office: Office) -> Signed:
    fields = {"code": office.code, "kind": "note"}
    note = office.world.client.post("/agency/download", data=fields).data.decode()
    return Signed(note, office.world.keyring)


def test_ten_lines_without_anything_of_ours_verify_a_packet(signed: Signed) -> None:
    script = Path(__file__).parents[2] / "docs" / "verify_packet.py"
    source = script.read_text("utf-8")
    code = source.split('"""')[2]
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) <= 10
    imported = {line.split()[1].partition(".")[0] for line in lines if " import " in line}
    assert imported == {"base64", "cryptography"}
    namespace: dict[str, Any] = {}
    exec(compile(source, str(script), "exec"), namespace)  # noqa: S102
    verify = namespace["verify"]
    keyring, known = signed.keyring.encode(), signed.keys[0]
    stranger = SigningKey.generate(f"{ORIGIN}/device/amal").verifier.encode()

    assert set(verify(signed.note, keyring)) == BOTH
    assert set(verify(signed.note, keyring.replace(known, stranger))) < BOTH
    with pytest.raises(InvalidSignature):
        list(verify(signed.changed, keyring))
    (mizan,) = signed.keyring.orgs
    newcomer = replace(mizan, slug="yaman", probation=date(2027, 2, 22))
    amal, basil = mizan.reviewers
    members = (replace(mizan, reviewers=(amal,)), replace(newcomer, reviewers=(basil,)))
    on_probation = replace(signed.keyring, orgs=members)
    assert set(verify(signed.note, on_probation.encode())) == {f"{ORIGIN}/device/amal"}


@dataclass
class Text:
    """What the other library signs and verifies; elsewhere it is a checkpoint."""

    text: str

    def serialize_body(self) -> str:
        return self.text


def test_a_library_that_others_wrote_verifies_a_packet(signed: Signed) -> None:
    text, _, block = signed.note.rpartition("\n\n")
    signatures = [NoteSignature.from_line(line) for line in block.splitlines()]
    verifiers = [Vkey.from_string(key).get_verifier() for key in signed.keys]
    made = [(each, s) for each in verifiers for s in signatures if each.vkey.match(s)]

    assert {each.vkey.name for each, _ in made} == BOTH
    for verifier, signature in made:
        verifier.verify_note(signature, cast(Checkpoint, Text(text + "\n")))
        with pytest.raises(InvalidSignature):
            verifier.verify_note(signature, cast(Checkpoint, Text(text)))


# The forms, as offices open them.


def pulled(office: Office, tmp_path: Path, kind: str, name: str) -> Path:
    fields = {"code": office.code, "kind": kind}
    path = tmp_path / name
    path.write_bytes(office.world.client.post("/agency/download", data=fields).data)
    return path


def test_the_table_opens_in_a_spreadsheet_with_its_arabic_whole_and_no_formula(
    office: Office, tmp_path: Path
) -> None:
    table = pulled(office, tmp_path, "table", "packet.csv")
    rows = list(csv.reader(io.StringIO(table.read_text("utf-8-sig"))))

    cells = cells_in_libreoffice(table)

    assert [text for _, text, _ in cells] == [cell for row in rows for cell in row]
    assert {kind for kind, _, _ in cells} == {"string"}, "no number, no date"
    assert all(formula is None for _, _, formula in cells)
    assert "CANARY-packet الحافلة تتأخر كل يوم." in [text for _, text, _ in cells]


def test_without_the_mark_before_it_the_same_cell_is_a_formula(tmp_path: Path) -> None:
    """Else the test before this one would prove nothing."""
    table = tmp_path / "packet.csv"
    table.write_text('\ufeff"=1+1",00412345\r\n', "utf-8")

    (_, _, formula), (kind, _, _) = cells_in_libreoffice(table)

    assert formula is not None
    assert kind == "float"


def cells_in_libreoffice(table: Path) -> list[tuple[str | None, str, str | None]]:
    """Type, text and formula of every cell that LibreOffice reads from the table."""
    program = shutil.which("soffice")
    assert program, "LibreOffice is missing; `make test` says how to install it"
    folder = table.parent
    command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    command += [f"--infilter={AS_CREDULOUS_AS_CAN_BE}", "--convert-to", "fods"]
    command += ["--outdir", str(folder), str(table)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    sheet = ElementTree.parse(table.with_suffix(".fods"))  # noqa: S314 LibreOffice wrote it
    return [
        (
            cell.get(f"{OFFICE}value-type"),
            "\n".join("".join(line.itertext()) for line in cell.iter(f"{PARAGRAPH}p")),
            cell.get(f"{TABLE}formula"),
        )
        for cell in sheet.iter(f"{TABLE}table-cell")
        if cell.get(f"{OFFICE}value-type")
    ]


def test_words_can_be_selected_and_copied_out_of_the_pdf(office: Office, tmp_path: Path) -> None:
    """In the order in which they are read, whole letters and not the shapes of letters."""
    path = pulled(office, tmp_path, "pdf", "packet.pdf")
    with pypdfium2.PdfDocument(path) as document:
        text = "\n".join(page.get_textpage().get_text_bounded() for page in document)

    lines = [line.strip() for line in text.splitlines()]
    assert "نقترح حافلة ثانية." in lines
    assert "الحافلة تتأخر كل يوم" in text, "beside Latin letters too"
    assert "المطلوب: حافلة في الصباح" in lines
    shapes = [char for char in text if "\ufb50" <= char <= "\ufefc"]
    assert shapes == []


def test_vowel_signs_take_no_word_apart() -> None:
    """What is copied out of the PDF is one word, set once."""
    pdf = FPDF()
    set_up(pdf, "ar", "")
    pdf.add_page()
    pdf.set_font("arabic", size=20)
    pdf.cell(text=without_marks("قُرِئَت آراؤُهم"))
    with pypdfium2.PdfDocument(bytes(pdf.output())) as document:
        text = document[0].get_textpage().get_text_bounded()

    assert text == "قرئت آراؤهم"
