"""Messages inside their envelopes: who can read them, and whose they are."""

import io
from dataclasses import replace

import pytest

from crypto.age import (
    check_envelope,
    decrypt,
    encrypt,
    pad_recipients,
    read_header,
    sealed_size,
    stanza_count,
)
from crypto.encoding import sha256
from crypto.envelope import (
    Attachment,
    AttachmentSealer,
    Section,
    Submission,
    open_attachment,
    open_follow_up,
    open_reply,
    open_reply_copy,
    open_submission,
    plain_text,
    seal_follow_up,
    seal_reply,
    seal_reply_copy,
    seal_submission,
)
from crypto.errors import (
    MalformedPayloadError,
    NoMatchError,
    TamperedMessageError,
    TamperedPayloadError,
    TooLargeError,
    UnverifiedError,
)
from crypto.keyring import Keyring
from crypto.note import SigningKey
from crypto.padding import MESSAGE_CLASSES, REPLY_CLASSES, pad_payload, padded_size
from tests.units.crypto.people import (
    ANSWER,
    CASE,
    HUDA,
    HUDA_DEVICE,
    KEYRING,
    LINA,
    OPINION,
    ORIGIN,
    OTHER_CITIZEN,
    SAMI,
    STRANGER,
)

SEALED = seal_submission(OPINION, KEYRING)
SEALED_ANSWER = seal_reply(ANSWER, HUDA_DEVICE, LINA.reply_identity.recipient)


def with_text(text: str) -> Submission:
    return replace(OPINION, sections=(Section("problem", text),))


def test_every_reviewer_reads_a_submission_and_nobody_else() -> None:
    assert open_submission(SEALED, [HUDA]) == open_submission(SEALED, [SAMI]) == OPINION
    with pytest.raises(NoMatchError):
        open_submission(SEALED, [STRANGER])


def test_a_short_and_a_long_text_look_the_same() -> None:
    one, other = (seal_submission(with_text("ا" * size), KEYRING) for size in (1, 30_000))
    assert len(one) == len(other) == sealed_size(65_536, 8)
    check_envelope(one, 8, MESSAGE_CLASSES)
    assert len(read_header(one).stanzas) == 8


def test_a_text_that_fits_no_class_is_not_cut() -> None:
    with pytest.raises(TooLargeError) as caught:
        seal_submission(with_text("x" * 262_144), KEYRING)
    shorter = "x" * (262_144 - caught.value.over)
    assert open_submission(seal_submission(with_text(shorter), KEYRING), [HUDA])


def test_a_submission_is_sealed_to_the_keyring_it_names() -> None:
    with pytest.raises(ValueError, match="keyring"):
        seal_submission(replace(OPINION, keyring=2), KEYRING)


@pytest.mark.parametrize(
    "changes",
    [
        {"topic": ""},
        {"topic": "Water"},
        {"topic": "a" * 65},
        {"lang": "fr"},
        {"thread": b""},
        {"keyring": 0},
        {"sealed_by": "printer"},
        {"sections": ()},
        {"sections": (Section("why", "x"),)},
        {"sections": (Section("proposal", "x"), Section("problem", "x"))},
        {"sections": (Section("problem", "x"), Section("problem", "x"))},
    ],
)
def test_nothing_is_sealed_that_nobody_could_open(changes: dict[str, object]) -> None:
    with pytest.raises(MalformedPayloadError):
        replace(OPINION, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".profile", "a/b", "a\\b", "a\0", "a\n", "x\u202egpj.exe", "\ud800", "x" * 121],
)
def test_a_file_name_cannot_leave_its_folder_or_lie_about_itself(name: str) -> None:
    with pytest.raises(MalformedPayloadError):
        Attachment(bytes(32), 1, name, "image/jpeg", cleaned=True)


@pytest.mark.parametrize("text", ["", "\ud800"])
def test_a_section_has_text(text: str) -> None:
    with pytest.raises(MalformedPayloadError):
        Section("problem", text)


def test_what_people_wrote_does_not_show_in_errors_and_logs() -> None:
    for value in (OPINION, ANSWER, OPINION.attachments[0]):
        assert "ماء" not in repr(value)
        assert "file-1" not in repr(value)
        assert LINA.thread.key.hex() not in repr(value)


# Follow-ups.


def test_a_follow_up_is_by_the_holder_of_the_code() -> None:
    sealed = seal_follow_up(LINA.thread, 3, "منذ أسبوع", KEYRING)
    opened = open_follow_up(sealed, [HUDA], LINA.thread, index=3)

    assert (opened.index, opened.text) == (3, "منذ أسبوع")
    assert len(sealed) == len(SEALED)


def test_a_follow_up_by_somebody_else_is_noticed() -> None:
    forged = seal_follow_up(OTHER_CITIZEN.thread, 1, "forged", KEYRING)
    with pytest.raises(TamperedMessageError):
        open_follow_up(forged, [HUDA], LINA.thread)


def test_a_follow_up_put_in_another_place_is_noticed() -> None:
    sealed = seal_follow_up(LINA.thread, 1, "first", KEYRING)
    with pytest.raises(TamperedMessageError):
        open_follow_up(sealed, [HUDA], LINA.thread, index=2)


def test_a_submission_is_not_a_follow_up() -> None:
    with pytest.raises(MalformedPayloadError):
        open_follow_up(SEALED, [HUDA], LINA.thread)


@pytest.mark.parametrize(("index", "text"), [(0, "x"), (-1, "x"), (1, "")])
def test_a_follow_up_has_a_place_and_a_text(index: int, text: str) -> None:
    with pytest.raises(MalformedPayloadError):
        seal_follow_up(LINA.thread, index, text, KEYRING)


# Replies.


def read_answer(sealed: bytes, keyring: Keyring = KEYRING, slot: bytes = CASE) -> str:
    reply = open_reply(sealed, LINA.reply_identity, keyring.devices, origin=ORIGIN, slot=slot)
    assert reply == replace(ANSWER, signed_by="huda")
    return reply.text


def test_only_the_citizen_reads_the_reply_and_knows_who_wrote_it() -> None:
    assert read_answer(SEALED_ANSWER) == ANSWER.text
    with pytest.raises(NoMatchError):
        decrypt(SEALED_ANSWER, [HUDA, SAMI, OTHER_CITIZEN.reply_identity])


def test_all_replies_have_one_size() -> None:
    long = replace(ANSWER, text="ا" * 8_000)
    sealed = seal_reply(long, HUDA_DEVICE, LINA.reply_identity.recipient)
    assert len(sealed) == len(SEALED_ANSWER) == sealed_size(16_384, 1)
    check_envelope(sealed, 1, REPLY_CLASSES, exactly=1)


def test_a_reply_that_fits_no_class_is_not_cut() -> None:
    with pytest.raises(TooLargeError):
        seal_reply(replace(ANSWER, text="x" * 16_384), HUDA_DEVICE, LINA.reply_identity.recipient)


def test_a_reply_by_somebody_who_is_no_reviewer_is_refused() -> None:
    impostor = SigningKey.generate(HUDA_DEVICE.name)
    forged = seal_reply(ANSWER, impostor, LINA.reply_identity.recipient)
    with pytest.raises(UnverifiedError):
        read_answer(forged)


def test_a_reply_to_another_case_or_instance_is_refused() -> None:
    with pytest.raises(UnverifiedError):
        read_answer(SEALED_ANSWER, slot=OTHER_CITIZEN.thread.slot("citizen", 0))
    elsewhere = replace(ANSWER, origin="other.example")
    sealed = seal_reply(elsewhere, HUDA_DEVICE, LINA.reply_identity.recipient)
    with pytest.raises(UnverifiedError):
        read_answer(sealed)


def test_colleagues_read_a_copy_of_the_reply() -> None:
    copy = seal_reply_copy(ANSWER, HUDA_DEVICE, KEYRING)
    opened = open_reply_copy(copy, [SAMI], KEYRING.devices, origin=ORIGIN, slot=CASE)

    assert opened == replace(ANSWER, signed_by="huda")
    assert len(copy) == len(SEALED)


@pytest.mark.parametrize(
    "changes",
    [
        {"index": -1},
        {"status": "lost"},
        {"lang": "fr"},
        {"slot": b""},
        {"text": ""},
        {"text": "a\r\nb"},
        {"text": "a\tb"},
        {"text": "a "},
        {"text": "\na"},
        {"text": "a\ud800"},
        {"origin": "a b"},
    ],
)
def test_a_reply_is_plain_lines_with_known_words(changes: dict[str, object]) -> None:
    with pytest.raises(MalformedPayloadError):
        replace(ANSWER, **changes)  # type: ignore[arg-type]


def test_what_a_browser_sends_becomes_plain_lines() -> None:
    assert plain_text(" one\r\n\ttwo\rthree\x00\n\n") == "one\n two\nthree"


# Attachments.


def test_an_attachment_is_opened_by_stock_age_but_for_the_zeros_at_its_end() -> None:
    sealer = AttachmentSealer([HUDA.recipient])
    sealed = sealer.update(b"photo") + sealer.finish()

    assert decrypt(sealed, [HUDA]) == b"photo" + bytes(4_096 - 5)
    assert (sealer.size, sealer.digest) == (5, sha256(sealed))


def test_the_size_of_a_sealed_attachment_is_known_in_advance() -> None:
    recipients = pad_recipients(KEYRING.recipients)
    for size in (0, 4_097, 300_000):
        sealer = AttachmentSealer(recipients)
        sealed = sealer.update(bytes(size)) + sealer.finish()
        assert len(sealed) == sealed_size(padded_size(size), stanza_count(2))


def test_a_digest_before_the_end_would_be_wrong() -> None:
    with pytest.raises(ValueError, match="finished"):
        _ = AttachmentSealer([HUDA.recipient]).digest


def opened_attachment(sealed: bytes, size: int, digest: bytes | None = None) -> bytes:
    out = io.BytesIO()
    open_attachment(io.BytesIO(sealed), out, [HUDA], size, digest=digest)
    return out.getvalue()


def test_an_attachment_with_another_size_or_padding_is_refused() -> None:
    zeros = encrypt(b"photo" + bytes(4_091), [HUDA.recipient])
    assert opened_attachment(zeros, 5) == b"photo"
    for size in (4, 4_097, 0):
        with pytest.raises(MalformedPayloadError):
            opened_attachment(zeros, size)
    for payload in (b"photo" + bytes(4_090), b"photo" + bytes(4_090) + b"\1", b"photo"):
        with pytest.raises(MalformedPayloadError):
            opened_attachment(encrypt(payload, [HUDA.recipient]), 5)


def test_another_file_in_the_place_of_the_attachment_is_noticed() -> None:
    other = encrypt(b"other" + bytes(4_091), [HUDA.recipient])
    assert opened_attachment(other, 5, sha256(other)) == b"other"
    with pytest.raises(TamperedPayloadError):
        opened_attachment(other, 5, bytes(32))


def test_a_payload_of_another_type_does_not_pass_for_a_reply() -> None:
    payload = pad_payload(b'{"type":"wasl/message/v1"}', b"x", REPLY_CLASSES)
    with pytest.raises(MalformedPayloadError):
        read_answer(encrypt(payload, [LINA.reply_identity.recipient]))
