"""LibreOffice opens every clean document and shows what people had written.

One call converts all documents that were asked for; starting the program costs more than they do.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from pathlib import Path

import pypdfium2
import pytest

from redaction.files import clean_bytes
from tests.corpus.entry import Entry
from tests.corpus.make import corpus

FAMILIES = ("docx", "xlsx", "pptx", "odt", "ods", "odp")
DOCUMENTS = [e for e in corpus() if e.family in FAMILIES and e.expect == "clean"]
SHOWS = "test_a_clean_document_opens_and_shows_its_text"
WRAPPED = re.compile(r"\s+")


@pytest.fixture(scope="session")
def shown(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The text of the pages that LibreOffice makes of each document, by the entry's name."""
    asked = {item.name for item in request.session.items}
    entries = [entry for entry in DOCUMENTS if f"{SHOWS}[{entry.name}]" in asked]
    return converted(entries, tmp_path_factory.mktemp("office"))


def converted(entries: list[Entry], folder: Path) -> dict[str, str]:
    """Clean the documents and convert them to PDF, all in one call."""
    program = shutil.which("soffice")
    assert program, "LibreOffice is missing; `make test` says how to install it"
    for entry in entries:
        clean, _ = clean_bytes(entry.data, entry.declared)
        (folder / f"{entry.name}.{entry.family}").write_bytes(clean)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [program, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    command += [str(folder / f"{entry.name}.{entry.family}") for entry in entries]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return {path.stem: _text(path) for path in folder.glob("*.pdf")}


def _text(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


@functools.cache
def _without_breaks(text: str) -> str:
    """Narrow cells break words, so the spaces between letters do not count."""
    return WRAPPED.sub("", text)


@pytest.mark.parametrize("entry", DOCUMENTS, ids=[entry.name for entry in DOCUMENTS])
def test_a_clean_document_opens_and_shows_its_text(entry: Entry, shown: dict[str, str]) -> None:
    assert entry.name in shown, "LibreOffice could not open it"
    page = _without_breaks(shown[entry.name])
    assert [word for word in entry.content if word not in page] == []
