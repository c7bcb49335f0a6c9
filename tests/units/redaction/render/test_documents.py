"""Documents of office programs are read by LibreOffice in a box and leave it as pictures."""

import shutil
import socket
from pathlib import Path

import pytest

from redaction.errors import UnreadableFileError
from redaction.render import office, render
from redaction.sandbox.programs import MissingProgramError
from tests.corpus.entry import seed
from tests.corpus.make import corpus
from tests.units.redaction.render.samples import image_of, ink

RTF = rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0\fs48 Hello, this is a letter.\par}"
HTML = "<!doctype html><meta charset=utf-8><h1>Hello مرحبا</h1><p>This is a page.</p>".encode()
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200">'
    b'<rect x="20" y="20" width="160" height="160" fill="black"/></svg>'
)


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("writer.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("calc.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (
            "impress.pptx",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ),
        ("writer.odt", "application/vnd.oasis.opendocument.text"),
        ("calc.ods", "application/vnd.oasis.opendocument.spreadsheet"),
        ("impress.odp", "application/vnd.oasis.opendocument.presentation"),
    ],
)
def test_a_document_is_shown_whatever_its_name_says(name: str, media: str) -> None:
    rendering = render(seed(name), "picture.jpg")

    assert rendering.kind == "pages"
    assert rendering.media == media
    assert ink(rendering.pages[0]) > 0.0005


@pytest.mark.parametrize(
    ("file", "media"),
    [(RTF, "application/rtf"), (HTML, "text/html"), (SVG, "image/svg+xml")],
    ids=["rtf", "html", "svg"],
)
def test_simpler_documents_are_shown(file: bytes, media: str) -> None:
    rendering = render(file)

    assert rendering.media == media
    assert ink(rendering.pages[0]) > 0.0005


def test_a_document_cannot_tell_anybody_that_it_was_opened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        beacon = f"http://127.0.0.1:{listener.getsockname()[1]}/beacon.png"
        rendering = render(HTML + f'<img src="{beacon}"><iframe src="{beacon}">'.encode())
        with pytest.raises(TimeoutError):
            listener.accept()

    assert rendering.kind == "pages"


def test_a_document_cannot_show_files_of_this_machine(tmp_path: Path) -> None:
    """It looks the same as with a link to a file that is nowhere."""
    picture = tmp_path / "picture.png"
    picture.write_bytes(render(SVG).pages[0].data)
    tmp_path.chmod(0o755)

    def page(path: str) -> bytes:
        link = f'<img width=300 height=300 src="file://{path}">'
        return render(HTML + link.encode()).pages[0].data

    assert page(str(picture)) == page("/no/such/picture.png")


def test_the_letters_of_the_country_can_be_drawn() -> None:
    """Missing fonts would show boxes, all alike."""
    pages = [
        render(f"<!doctype html><meta charset=utf-8><h1>{letter * 20}</h1>".encode()).pages[0]
        for letter in "بجس"
    ]

    assert len({image_of(page).tobytes() for page in pages}) == 3


def test_a_document_that_crashes_its_reader_is_shown_as_it_was_cleaned() -> None:
    """LibreOffice 7.4 dies of this one's signature."""
    (signed,) = (entry for entry in corpus() if entry.name == "docx-controls")

    assert ink(render(signed.data).pages[0]) > 0.0005


def test_a_document_that_is_none_is_refused() -> None:
    with pytest.raises(UnreadableFileError):
        render(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def test_a_machine_without_the_program_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("bwrap", "prlimit"):
        (tmp_path / program).symlink_to(shutil.which(program) or "")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingProgramError, match="apt install libreoffice-writer-nogui"):
        office.as_pdf(RTF, "rtf")
