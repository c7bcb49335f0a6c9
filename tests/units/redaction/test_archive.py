"""A ZIP is read without trust and written in one spelling."""

import random
import struct
import time
import tracemalloc
import zlib
from io import BytesIO, RawIOBase
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction.cases.zips import CENTRAL, END, LOCAL, changed, packed
from redaction.files.documents.archive import Archive, write_archive
from redaction.files.documents.verify_archive import verify_archive
from redaction.files.errors import UnreadableFileError
from redaction.files.policy import LIMITS

TEXT = b"the same words again and again " * 20
MEMBERS = {"mimetype": b"application/test", "folder/text.txt": TEXT, "empty": b""}
names = st.from_regex(r"[a-zA-Zء-ي0-9 ._-]{1,12}(/[a-z0-9]{1,8}){0,2}", fullmatch=True).filter(
    lambda name: all(part.strip(".") for part in name.split("/"))
)


class Pipe(RawIOBase):
    """Somewhere to write where nobody can go back, as on the web."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.written += data
        return len(data)


@given(st.dictionaries(names, st.binary(max_size=400), max_size=5))
def test_what_is_written_other_programs_read(members: dict[str, bytes]) -> None:
    written = write_archive(members.items())

    with ZipFile(BytesIO(written)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == members
    ours = Archive(written)
    assert {name: ours.read(name) for name in ours.names} == members
    assert ours.seen == set()
    assert verify_archive(written) == members


def test_the_same_members_give_the_same_bytes() -> None:
    """No clock, no system, no random number is asked."""
    first = write_archive(MEMBERS.items(), frozenset({"mimetype"}))

    assert write_archive(MEMBERS.items(), frozenset({"mimetype"})) == first
    assert first.startswith(b"PK\3\4\x14\0\0\0\0\0\0\0\x21\0")
    assert first[38:54] == b"application/test"


def test_what_an_archive_tells_is_reported() -> None:
    archive = Archive(packed(MEMBERS, b"a comment", telling=True) + b"behind")

    assert archive.seen == {"comment", "identifier", "time", "trailer"}
    assert {name: archive.read(name) for name in archive.names} == MEMBERS


def test_sizes_behind_the_data_are_understood() -> None:
    """Programs that write to the web know the sizes only afterwards."""
    pipe = Pipe()
    with ZipFile(pipe, "w", ZIP_DEFLATED) as out:
        for name, data in MEMBERS.items():
            out.writestr(ZipInfo(name), data)
    archive = Archive(bytes(pipe.written))

    assert {name: archive.read(name) for name in archive.names} == MEMBERS
    assert archive.seen == set()


def test_folders_and_links_are_no_members() -> None:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("folder/", b"")
        link = ZipInfo("link")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, b"/home/somebody")
        archive.writestr(ZipInfo("folder\\file"), b"1")
    read = Archive(out.getvalue())

    assert read.names == ("folder/file",)
    assert "file-name" in read.seen


def test_names_that_are_no_utf_8_are_read_all_the_same() -> None:
    archive = packed({"aaaa": b"1"})
    renamed = archive.replace(b"aaaa", b"\xe9a\xff.")

    assert Archive(renamed).names == ("éaÿ.",)


def test_an_empty_archive_has_no_members() -> None:
    assert Archive(write_archive([])).names == ()


PLAIN = packed(MEMBERS)
TELLING = packed(MEMBERS, telling=True)
BAD = {
    "nothing": (b"", "archive-malformed"),
    "no end": (PLAIN[:-22], "archive-malformed"),
    "cut": (PLAIN[:-1], "archive-malformed"),
    "a disk of several": (changed(PLAIN, END, 4, b"\1\0"), "archive-malformed"),
    "a directory elsewhere": (changed(PLAIN, END, 16, b"\xff\xff\0\0"), "archive-malformed"),
    "a directory that is shorter": (changed(PLAIN, END, 12, b"\x30\0\0\0"), "archive-malformed"),
    "wide fields": (changed(PLAIN, END, 8, b"\xff\xff\xff\xff"), "archive-unsupported"),
    "a wide size": (changed(PLAIN, CENTRAL, 24, b"\xff\xff\xff\xff"), "archive-unsupported"),
    "a password": (changed(PLAIN, CENTRAL, 8, b"\1\0"), "archive-encrypted"),
    "a password in front only": (changed(PLAIN, LOCAL, 6, b"\1\0"), "archive-malformed"),
    "a strong password": (changed(PLAIN, CENTRAL, 10, b"\x63\0"), "archive-encrypted"),
    "a rare method": (changed(PLAIN, CENTRAL, 10, b"\x0e\0"), "archive-unsupported"),
    "two methods": (changed(PLAIN, LOCAL, 8, b"\x08\0"), "archive-malformed"),
    "two names": (changed(PLAIN, LOCAL, 30, b"other"), "archive-malformed"),
    "two sizes": (changed(PLAIN, LOCAL, 22, b"\1\0\0\0"), "archive-malformed"),
    "overlapping": (changed(PLAIN, CENTRAL, 42, b"\0\0\0\0"), "archive-malformed"),
    "data in the directory": (changed(PLAIN, CENTRAL, 20, b"\xff\0\0\0"), "archive-malformed"),
    "a way out": (packed({"a/../../b": b""}), "archive-malformed"),
    "an absolute name": (packed({"/a": b""}), "archive-malformed"),
    "a name of nothing": (packed({"a//b": b""}), "archive-malformed"),
    "a folder with data": (packed({"a/": b"1"}), "archive-malformed"),
    "too many": (packed({str(n): b"" for n in range(5001)}), "archive-bomb"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_two_readers_could_read_differently_is_refused(name: str) -> None:
    data, code = BAD[name]

    with pytest.raises(UnreadableFileError) as caught:
        Archive(data)

    assert caught.value.code == code


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused() -> None:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("a", b"1")
        archive.writestr("a", b"2")

    with pytest.raises(UnreadableFileError, match="archive-malformed"):
        Archive(out.getvalue())


@pytest.mark.parametrize(
    "wrong",
    [changed(TELLING, CENTRAL, 16, b"abcd"), changed(PLAIN, CENTRAL, 16, b"abcd")],
    ids=["of a field", "of a checksum"],
)
def test_a_member_that_is_not_what_it_should_be_is_not_given_out(wrong: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="archive-malformed"):
        Archive(wrong).read("empty")


def lying(declared: int, real: int) -> bytes:
    """An archive whose one member unpacks to *real* bytes and says *declared*."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(bytes(real)) + packer.flush()
    sizes = struct.pack("<3L2H", 0, len(data), declared, 1, 0)
    local = b"PK\3\4\x14\0\0\0\x08\0\0\0\x21\0" + sizes + b"a" + data
    central = b"PK\1\2\x14\0\x14\0\0\0\x08\0\0\0\x21\0" + sizes + bytes(14) + b"a"
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def test_a_bomb_is_not_unpacked() -> None:
    """Neither one that says how large it is, nor one that lies."""
    honest, liar = lying(500_000_000, 1000), lying(1000, 100_000_000)
    tracemalloc.start()
    start = time.process_time()

    with pytest.raises(UnreadableFileError, match="archive-bomb"):
        Archive(honest)
    with pytest.raises(UnreadableFileError, match="archive-malformed"):
        Archive(liar).read("a")

    spent, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 0.5
    assert peak < 10_000_000


def test_small_things_may_be_packed_well() -> None:
    """A page of spaces is no bomb."""
    members = {"a": b" " * LIMITS["zip_ratio"] * 1000}
    written = write_archive(members.items())

    assert Archive(written).read("a") == members["a"]


def test_no_flipped_bit_gives_out_other_data() -> None:
    """Each member comes out as it was, or not at all."""
    whole = {name: zlib.crc32(data) for name, data in MEMBERS.items()}
    chance = random.Random(5)  # noqa: S311 - repeatable
    for _ in range(3000):
        damaged = bytearray(TELLING)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        try:
            archive = Archive(bytes(damaged))
            read = {name: zlib.crc32(archive.read(name)) for name in archive.names}
        except UnreadableFileError:
            continue
        assert set(read.values()) <= set(whole.values())


@given(st.binary(max_size=120), st.sampled_from([b"PK\3\4", b"PK\5\6", b"PK\1\2", b""]))
def test_no_bytes_make_it_stumble(data: bytes, beginning: bytes) -> None:
    try:
        archive = Archive(beginning + data)
        for name in archive.names:
            archive.read(name)
    except UnreadableFileError as refusal:
        assert refusal.code.startswith("archive-")


@pytest.mark.parametrize(
    "wrong",
    [
        TELLING,
        packed(MEMBERS, b"a comment"),
        write_archive(MEMBERS.items()) + b"\0",
        b"\0" + write_archive(MEMBERS.items()),
        changed(write_archive(MEMBERS.items()), CENTRAL, 38, b"\1\0\0\0"),
        changed(write_archive(MEMBERS.items()), LOCAL, 14, b"abcd"),
        b"",
    ],
    ids=["dates", "a comment", "a tail", "a head", "attributes", "a checksum", "nothing"],
)
def test_the_verifier_refuses_what_the_writer_would_not_write(wrong: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="archive-malformed"):
        verify_archive(wrong)
