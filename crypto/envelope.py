"""What is inside the age files: submissions, follow-ups, replies, attachments (SPEC.md §5).

Every type can be sealed and opened, and checks itself when it is made, so that nothing is
sealed which nobody could open. What opens has the type it claims, its one spelling, and is
by the holder of the thread (follow-ups) or of a device key (replies). A submission has no
author to check: its thread key makes one.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final, Self

from crypto.about import NOTHING_TOLD, About
from crypto.age import Decryptor, Encryptor, OpensAge, Recipient, decrypt, encrypt, pad_recipients
from crypto.age_stream import CHUNK_BYTES
from crypto.encoding import (
    HASH_BYTES,
    SYSTEM_RANDOM,
    Random,
    decode_base64,
    decode_decimal,
    encode_base64,
)
from crypto.errors import (
    MalformedKeyError,
    MalformedPayloadError,
    TamperedMessageError,
    TamperedPayloadError,
    UnverifiedError,
)
from crypto.keyring import Keyring, device_name
from crypto.keys import Thread
from crypto.manifest import Fields, encode_manifest, parse_any_manifest, parse_manifest
from crypto.note import SigningKey, VerifierKey, is_key_name, open_note, sign
from crypto.padding import (
    MESSAGE_CLASSES,
    REPLY_CLASSES,
    pad_payload,
    padded_size,
    unpad_payload,
)
from crypto.status import RATINGS, STATUSES

LANGUAGES: Final = ("ar", "en")
SECTION_NAMES: Final = ("problem", "why", "proposal", "place")
SEALERS: Final = ("browser", "server", "program", "tablet", "paper")
ASSISTED: Final = frozenset({"tablet", "paper"})
"""Taken down with a field partner's help, on an offline page or a paper form."""
_SUBMISSION_TYPE: Final = "wasl/submission/v1"
_MESSAGE_TYPE: Final = "wasl/message/v1"
_RATING_TYPE: Final = "wasl/rating/v1"
_REPLY_TYPE: Final = "wasl/reply/v1"
_SLUG: Final = re.compile(r"[a-z0-9-]{1,64}")
_MEDIA: Final = re.compile(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,128}")
# A name becomes a file on a reviewer's disk and a line on her screen: no separators, no
# leading dot, no control characters, none of the marks that turn the direction of writing.
_FILE_NAME: Final = re.compile(
    "(?!\\.)[^/\\\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]{1,120}"
)
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")


@dataclass(frozen=True)
class Section:
    """One answer; not empty."""

    name: str
    text: str = field(repr=False)

    def __post_init__(self) -> None:
        _require(self.name in SECTION_NAMES and self.text, "not a section")
        _encode_text(self.text)


@dataclass(frozen=True)
class Attachment:
    """What the manifest tells about one attachment.

    `digest` is that of its age file, `size` the true bytes; `cleaned` says whether
    metadata was removed.
    """

    digest: bytes
    size: int
    name: str = field(repr=False)
    media: str
    cleaned: bool

    def __post_init__(self) -> None:
        _require(len(self.digest) == HASH_BYTES and self.size >= 0, "not an attachment")
        _require(_FILE_NAME.fullmatch(self.name), "not a file name")
        _require(_MEDIA.fullmatch(self.media), "not a media type")

    @classmethod
    def _read(cls, fields: Fields) -> Self:
        attachment = cls(
            digest=fields.hash("digest"),
            size=fields.integer("size"),
            name=fields.text("name"),
            media=fields.text("media"),
            cleaned=fields.boolean("cleaned"),
        )
        fields.end()
        return attachment

    def _manifest(self) -> dict[str, object]:
        return {
            "digest": encode_base64(self.digest),
            "size": self.size,
            "name": self.name,
            "media": self.media,
            "cleaned": self.cleaned,
        }


@dataclass(frozen=True)
class Submission:
    """The first message of a case. `keyring` is the serial it is sealed to.

    `thread` is the 32-byte key of the case's mailbox, `reply_to` where replies go.
    """

    topic: str
    lang: str
    thread: bytes = field(repr=False)
    reply_to: Recipient = field(repr=False)
    keyring: int
    sealed_by: str
    sections: tuple[Section, ...] = field(repr=False)
    attachments: tuple[Attachment, ...] = ()
    about: About = field(default=NOTHING_TOLD, repr=False)

    def __post_init__(self) -> None:
        """Raise `MalformedPayloadError`."""
        _require(_SLUG.fullmatch(self.topic), "not a topic")
        _require(self.lang in LANGUAGES and self.sealed_by in SEALERS, "not a known word")
        _require(len(self.thread) == HASH_BYTES and self.keyring >= 1, "not a thread or serial")
        names = [section.name for section in self.sections]
        in_order = [name for name in SECTION_NAMES if name in names]
        _require(names == in_order and "problem" in names, "the sections are not in order")

    def manifest(self) -> bytes:
        told = self.about.told()
        return encode_manifest(
            {
                "type": _SUBMISSION_TYPE,
                "topic": self.topic,
                "lang": self.lang,
                "thread": encode_base64(self.thread),
                "reply_to": self.reply_to.encode(),
                "keyring": self.keyring,
                "sealed_by": self.sealed_by,
                "sections": [
                    {"name": section.name, "bytes": len(section.text.encode())}
                    for section in self.sections
                ],
                "attachments": [attachment._manifest() for attachment in self.attachments],
            }
            | ({"about": told} if told else {})
        )

    def text(self) -> bytes:
        return "".join(section.text for section in self.sections).encode()

    @classmethod
    def read(cls, untrusted_manifest: bytes, untrusted_text: bytes) -> Self:
        """Raise `MalformedPayloadError`."""
        fields = parse_manifest(untrusted_manifest, _SUBMISSION_TYPE)
        submission = cls(
            topic=fields.text("topic"),
            lang=fields.text("lang"),
            thread=fields.hash("thread"),
            reply_to=_read_recipient(fields.text("reply_to")),
            keyring=fields.integer("keyring"),
            sealed_by=fields.text("sealed_by"),
            sections=tuple(_cut_sections(fields.objects("sections"), untrusted_text)),
            attachments=tuple(map(Attachment._read, fields.objects("attachments"))),
            about=About.read(fields.object_if_any("about")),
        )
        fields.end()
        return submission


def seal_submission(
    submission: Submission, keyring: Keyring, random: Random = SYSTEM_RANDOM
) -> bytes:
    """The age file for all reviewers of *keyring*. Raise `TooLargeError`."""
    if submission.keyring != keyring.serial:
        raise ValueError("the submission names another keyring")
    payload = pad_payload(submission.manifest(), submission.text(), MESSAGE_CLASSES)
    return _seal_for_reviewers(payload, keyring, random)


def open_submission(untrusted: bytes, identities: Iterable[OpensAge]) -> Submission:
    """Raise `MalformedPayloadError` or any error of `crypto.age.Decryptor`."""
    return Submission.read(*unpad_payload(decrypt(untrusted, identities), MESSAGE_CLASSES))


@dataclass(frozen=True)
class FollowUp:
    """A later message by the holder of the receipt code; *index* 1 and up.

    One that `is_rating` says whether an answer helped, in one of the words of `RATINGS`.
    """

    index: int
    text: str = field(repr=False)
    is_rating: bool = False

    def __post_init__(self) -> None:
        """Raise `MalformedPayloadError`."""
        _require(self.index >= 1 and self.text, "not a follow-up")
        _require(not self.is_rating or self.text in RATINGS, "not a rating")

    @property
    def type(self) -> str:
        return _RATING_TYPE if self.is_rating else _MESSAGE_TYPE


def seal_follow_up(
    thread: Thread,
    index: int,
    text: str,
    keyring: Keyring,
    random: Random = SYSTEM_RANDOM,
    *,
    is_rating: bool = False,
) -> bytes:
    """The age file for all reviewers of *keyring*. Raise `TooLargeError`.

    A rating has the size of a short message, so whoever stores it cannot tell which it is.
    """
    follow_up = FollowUp(index, text, is_rating)
    encoded = _encode_text(follow_up.text)
    manifest = encode_manifest(
        {
            "type": follow_up.type,
            "index": follow_up.index,
            "mac": encode_base64(thread.mac(follow_up.index, encoded, follow_up.type)),
        }
    )
    return _seal_for_reviewers(pad_payload(manifest, encoded, MESSAGE_CLASSES), keyring, random)


def open_follow_up(
    untrusted: bytes,
    identities: Iterable[OpensAge],
    thread: Thread,
    *,
    index: int | None = None,
) -> FollowUp:
    """Raise `TamperedMessageError` unless the holder of *thread* wrote it (for *index*).

    A server can put a true message under another name: either pass the *index* of the name
    it was found under, or compare. Also `MalformedPayloadError` and the errors of `Decryptor`.
    """
    manifest, text = unpad_payload(decrypt(untrusted, identities), MESSAGE_CLASSES)
    fields = parse_any_manifest(manifest)
    type_ = fields.one_of("type", (_MESSAGE_TYPE, _RATING_TYPE))
    own_index, mac = fields.integer("index", at_least=1), fields.hash("mac")
    fields.end()
    if not hmac.compare_digest(thread.mac(own_index, text, type_), mac):
        raise TamperedMessageError("not by the holder of this thread")
    if index not in (None, own_index):
        raise TamperedMessageError("a message from another place of this thread")
    return FollowUp(own_index, _decode_text(text), type_ == _RATING_TYPE)


@dataclass(frozen=True)
class Reply:
    """A reviewer's answer, number *index* of the case whose `slot("citizen", 0)` is *slot*.

    `signed_by` is the reviewer's id in an opened reply, and None before it is signed.
    """

    origin: str
    slot: bytes
    index: int
    status: str
    lang: str
    text: str = field(repr=False)
    signed_by: str | None = None

    def __post_init__(self) -> None:
        """Raise `MalformedPayloadError`."""
        _require(is_key_name(self.origin) and len(self.slot) == HASH_BYTES, "not a case")
        _require(self.index >= 0, "not an index")
        _require(self.status in STATUSES and self.lang in LANGUAGES, "not a known word")
        _require(self.text and self.text == plain_text(self.text), "not plain lines")

    def encode(self) -> str:
        """The text of the note."""
        slot = encode_base64(self.slot)
        lines = [_REPLY_TYPE, self.origin, slot, self.index, self.status, self.lang, "", self.text]
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedPayloadError`."""
        try:
            _, origin, slot, index, status, lang, _, text = untrusted.split("\n", 7)
            reply = cls(
                origin,
                decode_base64(slot, HASH_BYTES),
                decode_decimal(index),
                status,
                lang,
                text.removesuffix("\n"),
            )
        except ValueError as exc:
            raise MalformedPayloadError("not a reply") from exc
        _require(reply.encode() == untrusted, "not a reply")
        return reply


def plain_text(text: str) -> str:
    """*text* as lines that a note can hold: LF only, tabs as spaces, nothing at the ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _CONTROL.sub("", lines).strip(" \n")


def seal_reply(
    reply: Reply,
    device_key: SigningKey,
    reply_to: Recipient,
    random: Random = SYSTEM_RANDOM,
) -> bytes:
    """The age file for the citizen alone: one stanza. Raise `TooLargeError`."""
    return encrypt(_signed_payload(reply, device_key, REPLY_CLASSES), [reply_to], random)


def seal_reply_copy(
    reply: Reply, device_key: SigningKey, keyring: Keyring, random: Random = SYSTEM_RANDOM
) -> bytes:
    """The same signed reply for the colleagues. Raise `TooLargeError`."""
    payload = _signed_payload(reply, device_key, MESSAGE_CLASSES)
    return _seal_for_reviewers(payload, keyring, random)


def open_reply(
    untrusted: bytes,
    identity: OpensAge,
    devices: Sequence[VerifierKey],
    *,
    origin: str,
    slot: bytes,
) -> Reply:
    """Raise `UnverifiedError` unless one of *devices* signed it for this case.

    A server can put a true reply under another name: compare `index` with the name's. Also
    `MalformedPayloadError`, `MalformedNoteError` and the errors of `Decryptor`.
    """
    payload = decrypt(untrusted, [identity])
    return _open_signed_payload(payload, REPLY_CLASSES, devices, origin, slot)


def open_reply_copy(
    untrusted: bytes,
    identities: Iterable[OpensAge],
    devices: Sequence[VerifierKey],
    *,
    origin: str,
    slot: bytes,
) -> Reply:
    """As `open_reply`, for a colleague of the one who wrote it."""
    payload = decrypt(untrusted, identities)
    return _open_signed_payload(payload, MESSAGE_CLASSES, devices, origin, slot)


def _signed_payload(reply: Reply, device_key: SigningKey, classes: Sequence[int]) -> bytes:
    note = sign(reply.encode(), device_key)
    return pad_payload(encode_manifest({"type": _REPLY_TYPE}), note.encode(), classes)


def _open_signed_payload(
    untrusted: bytes,
    classes: Sequence[int],
    devices: Sequence[VerifierKey],
    origin: str,
    slot: bytes,
) -> Reply:
    manifest, note = unpad_payload(untrusted, classes)
    parse_manifest(manifest, _REPLY_TYPE).end()
    opened = open_note(note, devices)
    reply, signer = Reply.parse(opened.text), opened.verified[0]
    if (reply.origin, reply.slot) != (origin, slot):
        raise UnverifiedError("a reply to another case")
    return replace(reply, signed_by=signer.name.removeprefix(device_name(origin, "")))


class AttachmentSealer:
    """Encrypts and pads an attachment whose size is not known in advance.

    Push with `update`; `finish` gives the rest, at most 8 MiB of padding. `size` counts what
    was pushed; `digest`, that of the age file, is there after `finish`.
    """

    def __init__(self, recipients: Iterable[Recipient], random: Random = SYSTEM_RANDOM) -> None:
        self._encryptor = Encryptor(recipients, random)
        self._hash = hashlib.sha256()
        self._finished = False
        self.size = 0

    @property
    def digest(self) -> bytes:
        """32 bytes, for the manifest."""
        if not self._finished:
            raise ValueError("the attachment is not finished")
        return self._hash.digest()

    def update(self, data: bytes) -> bytes:
        self.size += len(data)
        return self._seal(data)

    def finish(self) -> bytes:
        return b"".join(self.finish_in_pieces())

    def finish_in_pieces(self) -> Iterator[bytes]:
        """As `finish`, in pieces of about 64 KiB."""
        missing = padded_size(self.size) - self.size
        for at in range(0, missing, CHUNK_BYTES):
            yield self._seal(bytes(min(CHUNK_BYTES, missing - at)))
        last = self._encryptor.finish()
        self._hash.update(last)
        self._finished = True
        yield last

    def _seal(self, data: bytes) -> bytes:
        sealed = self._encryptor.update(data)
        self._hash.update(sealed)
        return sealed


def open_attachment(
    reader: BinaryIO,
    writer: BinaryIO,
    identities: Iterable[OpensAge],
    size: int,
    *,
    digest: bytes | None = None,
) -> None:
    """Write the *size* true bytes; after an error, throw away what *writer* was given.

    Raise `MalformedPayloadError` unless zeros pad them to the size they should have,
    `TamperedPayloadError` unless the age file has that *digest* (where given), and the
    errors of `Decryptor`.
    """
    decryptor, hashed, opened = Decryptor(identities), hashlib.sha256(), 0
    while untrusted := reader.read(CHUNK_BYTES):
        hashed.update(untrusted)
        opened += _write_true_bytes(decryptor.update(untrusted), writer, size - opened)
    opened += _write_true_bytes(decryptor.finish(), writer, size - opened)
    if opened != padded_size(size):
        raise MalformedPayloadError("the attachment has another size")
    if digest not in (None, hashed.digest()):
        raise TamperedPayloadError("another attachment")


def _write_true_bytes(data: bytes, writer: BinaryIO, left: int) -> int:
    true_bytes = max(0, left)
    writer.write(data[:true_bytes])
    if any(data[true_bytes:]):
        raise MalformedPayloadError("the padding is not zero")
    return len(data)


def _seal_for_reviewers(payload: bytes, keyring: Keyring, random: Random) -> bytes:
    return encrypt(payload, pad_recipients(keyring.recipients, random), random)


def _cut_sections(untrusted: Iterable[Fields], untrusted_text: bytes) -> Iterator[Section]:
    at = 0
    for fields in untrusted:
        name, size = fields.text("name"), fields.integer("bytes", at_least=1)
        fields.end()
        # A cut through a letter is not UTF-8.
        yield Section(name, _decode_text(untrusted_text[at : at + size]))
        at += size
    _require(at == len(untrusted_text), "the sections do not add up")


def _read_recipient(untrusted: str) -> Recipient:
    try:
        return Recipient.parse(untrusted)
    except MalformedKeyError as exc:
        raise MalformedPayloadError("not a recipient") from exc


def _encode_text(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as exc:
        raise MalformedPayloadError("not text") from exc


def _decode_text(untrusted: bytes) -> str:
    try:
        return untrusted.decode()
    except UnicodeDecodeError as exc:
        raise MalformedPayloadError("not UTF-8") from exc


def _require(condition: object, otherwise: str) -> None:
    if not condition:
        raise MalformedPayloadError(otherwise)
