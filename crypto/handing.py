"""A sealed submission on its way: what a client hands in, and batches of them (SPEC.md §5, §22)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Self

from crypto.about import NOTHING_TOLD, About
from crypto.commitment import accept_commitment, content_commit, roll_commit
from crypto.counterfoil import Counterfoil
from crypto.encoding import SYSTEM_RANDOM, Random, decode_base64, encode_base64, sha256
from crypto.envelope import Attachment, Section, Submission, seal_submission
from crypto.errors import MalformedPayloadError
from crypto.keyring import Keyring
from crypto.manifest import Fields, encode_manifest, parse_manifest
from crypto.note import is_key_name
from crypto.weeks import decode_date

MAX_BATCH_BYTES: Final = 512 << 20
_BATCH_TYPE: Final = "wasl/batch/v1"


@dataclass(frozen=True)
class Handing:
    """What the site gets. `until` is the first day on which it takes this no more."""

    name: bytes = field(repr=False)
    auth_hash: bytes = field(repr=False)
    log_salt: bytes = field(repr=False)
    content_commit: bytes = field(repr=False)
    roll_seed: bytes = field(repr=False)
    keyring: int
    until: date
    envelope: bytes = field(repr=False)
    attachments: tuple[bytes, ...] = field(default=(), repr=False)
    """The age files themselves, in a batch; they are uploaded before the rest is handed in."""

    @property
    def commitment(self) -> bytes:
        """The 32 bytes that the site must promise."""
        return accept_commitment(self.log_salt, self.content_commit, roll_commit(self.roll_seed))

    def request(self, uploads: Sequence[tuple[str, bytes]]) -> dict[str, object]:
        """What comes before the envelope at `/submissions`; *uploads* are ids and digests."""
        return {
            **self._said(),
            "attachments": [
                {"upload": id_, "digest": encode_base64(digest)} for id_, digest in uploads
            ],
        }

    def _said(self) -> dict[str, object]:
        return {
            "name": encode_base64(self.name),
            "auth_hash": encode_base64(self.auth_hash),
            "log_salt": encode_base64(self.log_salt),
            "content_commit": encode_base64(self.content_commit),
            "roll_seed": encode_base64(self.roll_seed),
            "keyring": self.keyring,
        }

    def in_batch(self) -> dict[str, object]:
        return {
            **self._said(),
            "envelope": encode_base64(self.envelope),
            "until": self.until.isoformat(),
            "attachments": [{"file": encode_base64(file)} for file in self.attachments],
        }

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Raise `MalformedPayloadError`."""
        handing = cls(
            name=fields.hash("name"),
            auth_hash=fields.hash("auth_hash"),
            log_salt=fields.hash("log_salt"),
            content_commit=fields.hash("content_commit"),
            roll_seed=fields.hash("roll_seed"),
            keyring=fields.integer("keyring", at_least=1),
            until=_day(fields.text("until")),
            envelope=_bytes(fields.text("envelope")),
            attachments=tuple(map(_file, fields.objects("attachments"))),
        )
        fields.end()
        return handing

    @property
    def mark(self) -> bytes:
        """32 bytes by which a sender remembers that it was accepted, and nothing else."""
        return sha256(b"wasl/batch-sent/v1\n", encode_manifest(self.in_batch()))


@dataclass(frozen=True)
class Batch:
    """Sealed submissions for one instance, in the order of their names, which are random."""

    origin: str
    handings: tuple[Handing, ...]

    @classmethod
    def of(cls, origin: str, handings: Iterable[Handing]) -> Self:
        return cls(origin, tuple(sorted(handings, key=lambda handing: handing.name)))

    def __post_init__(self) -> None:
        """Raise `MalformedPayloadError`."""
        names = [handing.name for handing in self.handings]
        if not is_key_name(self.origin) or not names or names != sorted(set(names)):
            raise MalformedPayloadError("not a batch")

    def encode(self) -> bytes:
        items = [handing.in_batch() for handing in self.handings]
        return encode_manifest({"type": _BATCH_TYPE, "origin": self.origin, "items": items})

    @classmethod
    def parse(cls, untrusted: bytes) -> Self:
        """Raise `MalformedPayloadError`."""
        if len(untrusted) > MAX_BATCH_BYTES:
            raise MalformedPayloadError("longer than a batch may be")
        fields = parse_manifest(untrusted, _BATCH_TYPE)
        origin = fields.text("origin")
        handings = tuple(map(Handing.read, fields.objects("items")))
        fields.end()
        return cls(origin, handings)


@dataclass(frozen=True)
class Words:
    """What somebody says about a topic, and how it was taken down (`sealed_by`, SPEC.md §5)."""

    topic: str
    lang: str
    sections: tuple[Section, ...] = field(repr=False)
    sealed_by: str
    about: About = field(default=NOTHING_TOLD, repr=False)


def seal_handing(
    half: Counterfoil,
    words: Words,
    attachments: tuple[Attachment, ...],
    keyring: Keyring,
    random: Random = SYSTEM_RANDOM,
) -> Handing:
    """Seal *words* so that the code of *half* opens the case. Raise `TooLargeError`."""
    submission = Submission(
        topic=words.topic,
        lang=words.lang,
        thread=half.thread.key,
        reply_to=half.reply_to,
        keyring=keyring.serial,
        sealed_by=words.sealed_by,
        sections=words.sections,
        attachments=attachments,
        about=words.about,
    )
    envelope = seal_submission(submission, keyring, random)
    return Handing(
        name=half.thread.name("citizen", 0),
        auth_hash=half.thread.auth_hash("citizen", 0),
        log_salt=half.log_salt,
        content_commit=content_commit(half.content_salt, sha256(envelope)),
        roll_seed=half.roll_seed,
        keyring=keyring.serial,
        until=keyring.not_after,
        envelope=envelope,
    )


def _file(fields: Fields) -> bytes:
    data = _bytes(fields.text("file"))
    fields.end()
    return data


def _bytes(untrusted: str) -> bytes:
    try:
        return decode_base64(untrusted)
    except ValueError as exc:
        raise MalformedPayloadError("base64 expected") from exc


def _day(untrusted: str) -> date:
    try:
        return decode_date(untrusted)
    except ValueError as exc:
        raise MalformedPayloadError("a date expected") from exc
