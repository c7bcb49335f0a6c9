"""What an agency answered, sealed to the reviewers by the site that took it (SPEC.md §14)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from crypto.age import OpensAge, decrypt, encrypt, pad_recipients
from crypto.encoding import SYSTEM_RANDOM, Random, decode_base64, encode_base64
from crypto.errors import MalformedPayloadError
from crypto.keyring import Keyring
from crypto.manifest import Fields, encode_manifest, parse_manifest
from crypto.padding import MESSAGE_CLASSES, pad_payload, unpad_payload
from crypto.record import RELAY_ID_BYTES
from crypto.status import ANSWERS
from crypto.weeks import decode_date

_TYPE: Final = "wasl/agency-answer/v1"
MAX_ANSWER_LETTERS: Final = 1500


@dataclass(frozen=True)
class Document:
    """A file that came with an answer: `digest` is H of its age file, `size` true bytes."""

    digest: bytes
    size: int
    name: str
    media: str


@dataclass(frozen=True)
class AgencyAnswer:
    """`answer` is one of `crypto.status.ANSWERS`, `decided` the day of the decision."""

    relay: bytes
    answer: int
    decided: date | None
    document: Document | None
    words: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raise `MalformedPayloadError`."""
        if len(self.relay) != RELAY_ID_BYTES or self.answer not in ANSWERS:
            raise MalformedPayloadError("not an answer")
        if not 0 < len(self.words) <= MAX_ANSWER_LETTERS:
            raise MalformedPayloadError("an answer has words, and not too many")


def seal_answer(answer: AgencyAnswer, keyring: Keyring, random: Random = SYSTEM_RANDOM) -> bytes:
    """The age file for all reviewers of *keyring*. Raise `TooLargeError`."""
    document = answer.document
    manifest = {
        "type": _TYPE,
        "relay": encode_base64(answer.relay),
        "answer": answer.answer,
        "decided": answer.decided.isoformat() if answer.decided else "",
        "documents": []
        if document is None
        else [
            {
                "digest": encode_base64(document.digest),
                "size": document.size,
                "name": document.name,
                "media": document.media,
            }
        ],
    }
    payload = pad_payload(encode_manifest(manifest), answer.words.encode(), MESSAGE_CLASSES)
    return encrypt(payload, pad_recipients(keyring.recipients, random), random)


def open_answer(untrusted: bytes, identities: Iterable[OpensAge]) -> AgencyAnswer:
    """Raise `MalformedPayloadError` and the errors of `Decryptor`."""
    return _read(*unpad_payload(decrypt(untrusted, identities), MESSAGE_CLASSES))


def _read(manifest: bytes, words: bytes) -> AgencyAnswer:
    fields = parse_manifest(manifest, _TYPE)
    relay, answer, decided = fields.text("relay"), fields.integer("answer"), fields.text("decided")
    documents = [_read_document(each) for each in fields.objects("documents")]
    fields.end()
    if len(documents) > 1:
        raise MalformedPayloadError("one document at most")
    try:
        return AgencyAnswer(
            decode_base64(relay, RELAY_ID_BYTES),
            answer,
            decode_date(decided) if decided else None,
            documents[0] if documents else None,
            words.decode(),
        )
    except ValueError as exc:
        raise MalformedPayloadError("not an answer") from exc


def _read_document(fields: Fields) -> Document:
    document = Document(
        fields.hash("digest"),
        fields.integer("size"),
        fields.text("name"),
        fields.text("media"),
    )
    fields.end()
    return document
