"""Whatever a file is, looking at it ends soon, and in a rendering or in a refusal."""

import random
import time
import zlib
from collections.abc import Iterator

import pytest

from redaction.errors import UnreadableFileError
from redaction.render import Rendering, render
from redaction.render.finding import propose
from redaction.render.jobs import bitmaps
from redaction.render.rendering import Page
from redaction.sandbox import Frame
from tests.corpus.check import leaks
from tests.corpus.entry import Entry, seed
from tests.corpus.make import corpus
from tests.units.redaction.render.samples import pdf

DAMAGED = ["photo.jpg", "progressive.jpg", "photo.heic", "photo.avif", "lossy.webp", "anim.gif",
           "lzw.tif", "jpeg.tif", "fax.tif", "libreoffice.pdf", "chromium.pdf"]  # fmt: skip
# LibreOffice takes seconds for each document; one of a kind is enough here.
SLOW = {"docx", "xlsx", "pptx", "odt", "ods", "odp", "svg", "html", "rtf", "doc", "docm"}


def damages(whole: bytes) -> Iterator[bytes]:
    """Yield *whole* cut short, and with some of its bytes changed, added or taken."""
    chance = random.Random(len(whole))  # noqa: S311 - damage, not secrets
    for _ in range(6):
        yield whole[: chance.randrange(1, len(whole))]
    for _ in range(14):
        broken = bytearray(whole)
        for _ in range(chance.choice((1, 3, 30))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        if chance.random() < 0.3:
            at = chance.randrange(len(broken))
            broken[at:at] = chance.randbytes(chance.randrange(1, 40))
        yield bytes(broken)


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_are_shown_or_refused(name: str) -> None:
    for damaged in damages(seed(name)):
        before = time.monotonic()
        try:
            assert isinstance(render(damaged), Rendering)
        except UnreadableFileError as exc:
            assert exc.code
        assert time.monotonic() - before < 10


def bomb_of_streams() -> bytes:
    """Return a PDF of 3 KB whose page unpacks twice, to 1 GB."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(1024)) + packer.flush()
    twice = zlib.compress(once, 9)
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
        b"4 0 obj<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n%b\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>" % (len(twice), twice)
    )


def test_a_bomb_of_streams_ends_soon() -> None:
    bomb = bomb_of_streams()
    assert len(bomb) < 20_000
    before = time.monotonic()
    try:
        render(bomb)
    except UnreadableFileError as exc:
        assert exc.code in ("file-too-complex", "file-crashes-reader", "pdf-malformed")
    assert time.monotonic() - before < 20


def test_a_bomb_of_words_is_refused_at_once() -> None:
    words = b'<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "%b">' % (name + 1, b"&%c;" % name * 10) for name in range(97, 110)
    )
    bomb = b"<?xml version='1.0'?><!DOCTYPE svg [%b]><svg xmlns='x'>&n;</svg>" % words
    before = time.monotonic()
    with pytest.raises(UnreadableFileError) as caught:
        render(bomb, "a.svg")

    assert caught.value.code == "xml-dtd"
    assert time.monotonic() - before < 2


def test_pages_that_draw_each_other_end() -> None:
    loop = pdf(b"/X Do").replace(b"/Resources", b"/Resources ", 1)

    assert render(loop).kind == "pages"


QUICK = [entry for entry in corpus() if entry.declared.rpartition(".")[2] not in SLOW]
WRITTEN = list({entry.family: entry for entry in corpus() if entry not in QUICK}.values())


@pytest.mark.parametrize("entry", QUICK + WRITTEN, ids=lambda entry: entry.name)
def test_no_planted_word_reaches_the_desk(entry: Entry) -> None:
    """Every place of every format, and none of it in what is shown."""
    try:
        rendering = render(entry.data, entry.declared)
    except UnreadableFileError:
        assert entry.expect != "clean" or entry.name == "mp3-ape"  # which has no known beginning
        return
    shown = rendering.played + b"".join(page.data for page in rendering.pages)

    assert rendering.kind in ("text", "archive") or shown
    assert [leak for leak in leaks(entry, shown) if leak.marker != "Lavf"] == []


@pytest.mark.parametrize(
    ("facts", "parts"),
    [
        ({"sizes": [[2, 2]], "next": None, "notes": []}, (b"x" * 11,)),
        ({"sizes": [[2, 2]], "next": None, "notes": []}, (b"x" * 13,)),
        ({"sizes": [[-2, -2]], "next": None, "notes": []}, (b"x" * 12,)),
        ({"sizes": [[0, 5]], "next": None, "notes": []}, (b"",)),
        ({"sizes": [[2.0, 2]], "next": None, "notes": []}, (b"x" * 12,)),
        ({"sizes": [], "next": None, "notes": []}, ()),
        ({"sizes": [[1, 1]], "next": None, "notes": []}, ()),
        ({"sizes": "1", "next": None, "notes": []}, (b"xxx",)),
        ({"sizes": [[1, 1]], "next": None}, (b"xxx",)),
        ([], (b"xxx",)),
    ],
)
def test_a_captured_decoder_is_not_believed(
    facts: object, parts: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redaction.render.jobs.run_or_refuse", lambda *_, **__: Frame(facts, parts))

    with pytest.raises(UnreadableFileError) as caught:
        list(bitmaps("decode_picture", b"", set()))

    assert caught.value.code == "file-crashes-reader"


def test_a_captured_decoder_cannot_invent_warnings_or_go_on_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    facts = {"sizes": [[1, 1]], "next": 1, "notes": ["moving-picture", "a private word"]}
    answer = Frame(facts, (b"xxx",))
    monkeypatch.setattr("redaction.render.jobs.run_or_refuse", lambda *_, **__: answer)
    notes: set[str] = set()

    with pytest.raises(UnreadableFileError) as caught:
        list(bitmaps("decode_picture", b"", notes))

    assert caught.value.code == "file-too-complex"
    assert notes == {"moving-picture"}


@pytest.mark.parametrize(
    "told",
    [
        [["face", 0.5, 0.5, 0.4, 0.6]],
        [["face", -1.0, 0.0, 1.0, 1.0]],
        [["name", 0.1, 0.1, 0.2, 0.2]],
        [["face", 0, 0, 1, 1]],
        [["face", 0.1, 0.1, 0.2, 0.2]] * 101,
        "face",
    ],
)
def test_a_captured_finder_is_not_believed(told: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redaction.render.finding.run_or_refuse", lambda *_, **__: Frame(told))

    with pytest.raises(UnreadableFileError):
        propose(Page("image/png", b"", 1, 1))


@pytest.mark.parametrize(
    "told",
    [
        [[0, "a", -1, False]],
        [[0, "a", 1 << 40, False]],
        [[0, b"a".hex(), 1, 1]],
        [[0, 1, 1, False]],
        [[0, "a", 1, False]] * 5001,
        None,
    ],
)
def test_a_captured_lister_is_not_believed(told: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redaction.render.jobs.run_or_refuse", lambda *_, **__: Frame(told))

    with pytest.raises(UnreadableFileError):
        render(b"\x1f\x8b")
