"""Every other format: a value survives its round trip, and what parses has one spelling."""

import io
import itertools
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.age import sealed_size
from crypto.commitment import Disposition, Promise
from crypto.envelope import AttachmentSealer, Reply, Submission, open_attachment, plain_text
from crypto.errors import CryptoError, MalformedNoteError, MalformedPayloadError, UnverifiedError
from crypto.keyring import Keyring, Roots
from crypto.note import SigningKey, VerifierKey, open_note, sign
from crypto.padding import (
    MESSAGE_CLASSES,
    pad_payload,
    padded_size,
    unpad_payload,
)
from tests.properties.crypto import strategies as some

ALICE = SigningKey.generate("a.example", some.seeded(8))
BOB = SigningKey.generate("b.example", some.seeded(9))
MIB = 1 << 20


@given(submission=some.submissions)
def test_a_submission_reads_back(submission: Submission) -> None:
    assert Submission.read(submission.manifest(), submission.text()) == submission


@given(reply=some.replies)
def test_a_reply_reads_back(reply: Reply) -> None:
    assert Reply.parse(reply.encode()) == reply


@given(promise=some.promises)
def test_a_promise_reads_back(promise: Promise) -> None:
    assert Promise.parse(promise.encode()) == promise


@given(disposition=some.dispositions)
def test_a_disposition_reads_back(disposition: Disposition) -> None:
    assert Disposition.parse(disposition.encode()) == disposition


@given(roots=some.roots)
def test_roots_read_back(roots: Roots) -> None:
    assert Roots.parse(roots.encode()) == roots


@given(keyring=some.keyrings())
def test_a_keyring_reads_back(keyring: Keyring) -> None:
    assert Keyring.parse(keyring.encode()) == keyring


Edit = tuple[int, int, str]
edits = st.tuples(
    st.integers(0, 10_000),
    st.integers(0, 2),
    st.text(max_size=2) | st.sampled_from(["\n", " ", "0", "+", "-", "=", "A", "٣", "\u00a0"]),
)


def edited(text: str, edit: Edit) -> str:
    at, removed, added = edit
    at %= len(text) + 1
    return text[:at] + added + text[at + removed :]


PARSER_NAMES = ["promise", "disposition", "reply", "roots"]
PARSERS: list[tuple[Callable[[str], Promise | Disposition | Reply | Roots | Keyring], str]] = [
    (Promise.parse, Promise("wasl.example", bytes(32), date(2026, 11, 27)).encode()),
    (Disposition.parse, Disposition("wasl.example", bytes(32), "read", "2026-W48").encode()),
    (Reply.parse, Reply("wasl.example", bytes(32), 10, "read", "ar", "شكرا\n\nلكم").encode()),
    (Roots.parse, Roots.of([ALICE.verifier, BOB.verifier], 2).encode()),
]


@pytest.mark.parametrize(
    ("parse", "text"), PARSERS, ids=["promise", "disposition", "reply", "roots"]
)
@given(edit=edits)
def test_a_text_that_parses_has_one_spelling(
    parse: Callable[[str], Promise], text: str, edit: Edit
) -> None:
    changed = edited(text, edit)
    try:
        parsed = parse(changed)
    except CryptoError:
        return
    assert parsed.encode() == changed


@given(keyring=some.keyrings(), edit=edits)
def test_a_keyring_that_parses_has_one_spelling(keyring: Keyring, edit: Edit) -> None:
    changed = edited(keyring.encode(), edit)
    try:
        parsed = Keyring.parse(changed)
    except CryptoError:
        return
    assert parsed.encode() == changed


@given(submission=some.submissions, edit=edits)
def test_a_manifest_that_parses_has_one_spelling(submission: Submission, edit: Edit) -> None:
    changed = edited(submission.manifest().decode(), edit).encode()
    try:
        read = Submission.read(changed, submission.text())
    except MalformedPayloadError:
        return
    assert read.manifest() == changed


@given(untrusted=st.binary(max_size=100))
def test_no_parser_crashes_on_noise(untrusted: bytes) -> None:
    text = untrusted.decode("utf-8", "surrogateescape")
    for parse in (
        Promise.parse,
        Disposition.parse,
        Reply.parse,
        Roots.parse,
        Keyring.parse,
        VerifierKey.parse,
        SigningKey.parse,
    ):
        with pytest.raises(CryptoError):
            parse(text)
    for open_ in (
        lambda: Submission.read(untrusted, b""),
        lambda: unpad_payload(untrusted, MESSAGE_CLASSES),
        lambda: open_note(untrusted, [ALICE.verifier]),
        lambda: open_note(text, [ALICE.verifier]),
    ):
        with pytest.raises(CryptoError):
            open_()


@given(manifest=st.binary(max_size=200), text=st.binary(max_size=70_000))
def test_a_padded_payload_reads_back(manifest: bytes, text: bytes) -> None:
    payload = pad_payload(manifest, text, MESSAGE_CLASSES)

    assert len(payload) in MESSAGE_CLASSES
    assert unpad_payload(payload, MESSAGE_CLASSES) == (manifest, text)


@given(at=st.integers(0, 65_535), value=st.integers(1, 255))
def test_no_changed_byte_hides_in_the_padding(at: int, value: int) -> None:
    payload = bytearray(pad_payload(b"{}", b"text", MESSAGE_CLASSES))
    payload[at] ^= value
    try:
        manifest, text = unpad_payload(bytes(payload), MESSAGE_CLASSES)
    except MalformedPayloadError:
        return
    assert pad_payload(manifest, text, MESSAGE_CLASSES) == payload
    assert at < 14


@given(size=st.integers(0, 600 * MIB))
def test_padding_is_never_short_and_seldom_long(size: int) -> None:
    padded = padded_size(size)

    assert padded >= size
    assert padded_size(padded) == padded
    assert padded <= 4_096 or padded < 2 * size
    assert size <= 16 * MIB or padded <= 1.035 * size


@given(one=st.integers(0, 600 * MIB), other=st.integers(0, 600 * MIB))
def test_a_larger_file_is_never_padded_to_less(one: int, other: int) -> None:
    assert padded_size(min(one, other)) <= padded_size(max(one, other))


note_texts = some.texts.map(lambda text: plain_text(text) + "\n")


@given(text=note_texts)
def test_a_note_opens_to_what_was_signed(text: str) -> None:
    opened = open_note(sign(text, ALICE, BOB), [BOB.verifier, ALICE.verifier])

    assert opened.text == text
    assert opened.verified == (ALICE.verifier, BOB.verifier)


@given(text=note_texts, at=st.integers(0, 10_000), letter=st.characters(codec="utf-8"))
def test_no_changed_letter_of_a_note_verifies(text: str, at: int, letter: str) -> None:
    note = sign(text, ALICE)
    at %= len(note)
    changed = note[:at] + letter + note[at + 1 :]
    if changed == note:
        return
    with pytest.raises((MalformedNoteError, UnverifiedError)):
        open_note(changed, [ALICE.verifier])


@given(text=some.texts)
def test_plain_text_is_plain(text: str) -> None:
    assert plain_text(plain_text(text)) == plain_text(text)
    assert not any(letter < " " and letter != "\n" for letter in plain_text(text))


@given(content=st.binary(max_size=9_000), cuts=st.lists(st.integers(0, 9_000), max_size=4))
def test_an_attachment_comes_out_as_it_went_in(content: bytes, cuts: list[int]) -> None:
    sealer = AttachmentSealer([some.identity(1).recipient])
    edges = [0, *sorted(cut % (len(content) + 1) for cut in cuts), len(content)]
    sealed = b"".join(sealer.update(content[a:b]) for a, b in itertools.pairwise(edges))
    sealed += sealer.finish()
    opened = io.BytesIO()
    open_attachment(
        io.BytesIO(sealed), opened, [some.identity(1)], sealer.size, digest=sealer.digest
    )

    assert opened.getvalue() == content
    assert len(sealed) == sealed_size(padded_size(len(content)), 1)
