"""An archive is listed; a member is unpacked only when somebody asks for it, and only so far."""

import bz2
import gzip
import lzma
import tarfile
import time
import zipfile
from io import BytesIO

import pytest

from redaction.errors import UnreadableFileError
from redaction.render import list_members, render, render_member
from redaction.render.members import shown_name, unpack
from tests.units.redaction.render.samples import coded, corners, pdf, writing

PICTURE = coded(corners(), "PNG")


def zipped(**members: bytes) -> bytes:
    return zipped_names({name.replace("_", "."): data for name, data in members.items()})


def zipped_names(members: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(mode: str = "w", **members: bytes) -> bytes:
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name.replace("_", "."))
            info.size = len(data)
            archive.addfile(info, BytesIO(data))
    return buffer.getvalue()


def refusal(untrusted: bytes, index: int | None = None) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        render(untrusted) if index is None else render_member(untrusted, index)
    return caught.value.code


@pytest.mark.parametrize(
    "archive",
    [
        zipped(a_png=PICTURE, b_pdf=pdf(writing("b"))),
        *(tarred(mode, a_png=PICTURE, b_pdf=pdf(writing("b"))) for mode in
          ("w", "w:gz", "w:bz2", "w:xz")),
    ],
    ids=["zip", "tar", "gz", "bz2", "xz"],
)  # fmt: skip
def test_members_are_listed_and_shown(archive: bytes) -> None:
    rendering = render(archive)

    assert rendering.kind == "archive"
    assert [member.name for member in rendering.members] == ["a.png", "b.pdf"]
    assert rendering.members[0].size == len(PICTURE)
    assert render_member(archive, 0).pages == render(PICTURE).pages
    assert render_member(archive, 1).kind == "pages"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_single_packed_file_is_an_archive_of_one(pack: object) -> None:
    assert callable(pack)
    packed = pack(PICTURE)

    assert [(member.name, member.size) for member in render(packed).members] == [("", len(PICTURE))]
    assert render_member(packed, 0).kind == "image"


def test_folders_links_and_devices_are_not_listed() -> None:
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind in [("d", tarfile.DIRTYPE), ("l", tarfile.SYMTYPE), ("h", tarfile.LNKTYPE),
                           ("c", tarfile.CHRTYPE), ("f", tarfile.REGTYPE)]:  # fmt: skip
            info = tarfile.TarInfo(name)
            info.type = kind
            info.linkname = "/etc/passwd"
            archive.addfile(info)

    assert [member.name for member in list_members(buffer.getvalue())] == ["f"]
    assert [m.name for m in list_members(zipped_names({"folder/": b"", "folder/f": b"x"}))] == ["f"]


@pytest.mark.parametrize(
    ("untrusted", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\somebody\\letter.docx", "letter.docx"),
        ("/absolute/photo.jpg", "photo.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\x00b\x1b[31m\n.txt", "ab[31m.txt"),
        ("  a \u2028\u00a0 b  ", "a b"),
        ("صورة.jpg", "صورة.jpg"),
        ("x" * 300, "x" * 119 + "…"),
        ("folder/", "folder"),
        ("..", ".."),
    ],
)
def test_a_name_is_made_fit_to_be_shown(untrusted: str, shown: str) -> None:
    assert shown_name(untrusted) == shown


def test_an_archive_in_an_archive_is_not_opened() -> None:
    assert refusal(zipped(a_zip=zipped(a_png=PICTURE)), 0) == "too-deep"
    assert refusal(zipped(a_gz=gzip.compress(PICTURE)), 0) == "too-deep"


def test_a_document_in_an_archive_is_a_document() -> None:
    inner = zipped_names({"word/document.xml": b"<w/>", "[Content_Types].xml": b"<t/>"})

    assert render(zipped(a_docx=inner)).kind == "archive"
    assert refusal(inner) != "type-unknown"  # it was read as a letter, and is none


def test_a_locked_member_is_listed_and_not_opened() -> None:
    archive = bytearray(zipped(a_png=PICTURE, b_png=PICTURE))
    archive[6] |= 1
    archive[archive.index(b"PK\x01\x02") + 8] |= 1

    assert [member.encrypted for member in list_members(bytes(archive))] == [True, False]
    assert refusal(bytes(archive), 0) == "archive-encrypted"
    assert render_member(bytes(archive), 1).kind == "image"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_bomb_of_one_stream_is_refused_before_it_grows(pack: object) -> None:
    assert callable(pack)
    bomb = pack(bytes(300_000_000))
    before = time.monotonic()

    assert refusal(bomb) == "archive-bomb"
    assert time.monotonic() - before < 5


def test_a_zip_bomb_is_refused() -> None:
    assert refusal(zipped(a=bytes(30_000_000))) == "archive-bomb"
    assert refusal(zipped(**{f"m{number}": bytes(600_000) for number in range(20)})) == (
        "archive-bomb"
    )


def test_a_zip_that_lies_about_its_sizes_is_stopped_while_it_unpacks() -> None:
    bomb = bytearray(zipped(a=bytes(30_000_000)))
    directory = bomb.index(b"PK\x01\x02")
    bomb[directory + 24 : directory + 28] = (1000).to_bytes(4, "little")

    assert [member.size for member in list_members(bytes(bomb))] == [1000]
    with pytest.raises(UnreadableFileError):
        unpack(bytes(bomb), 0)


def test_what_is_dense_and_small_is_no_bomb() -> None:
    assert render_member(zipped(a_txt=b" " * 900_000), 0, "a.txt").kind == "text"


def test_an_archive_of_too_many_files_is_refused() -> None:
    assert len(list_members(zipped_names({str(n): b"" for n in range(5000)}))) == 5000
    assert refusal(zipped_names({str(number): b"" for number in range(5001)})) == (
        "file-too-complex"
    )


@pytest.mark.parametrize(
    "damaged",
    [
        zipped(a_png=PICTURE)[:-30],
        gzip.compress(PICTURE)[:40],
        lzma.compress(PICTURE)[:60],
        b"PK\x03\x04" + bytes(100),
    ],
    ids=["zip", "gzip", "xz", "empty"],
)
def test_a_damaged_archive_is_refused(damaged: bytes) -> None:
    assert refusal(damaged) == "archive-malformed"


def test_a_member_that_is_not_there_is_refused() -> None:
    assert refusal(zipped(a_png=PICTURE), 7) == "archive-malformed"
