"""What reviewers tell each other about a case (SPEC.md §15).

One age file per note, to everybody on the keyring: the server sees neither what it is about
nor what it says. Inside is a signed note, so that a colleague's word is her own.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from crypto.age import OpensAge, decrypt, encrypt, pad_recipients
from crypto.encoding import HASH_BYTES, SYSTEM_RANDOM, Random, decode_base64, encode_base64
from crypto.errors import MalformedPayloadError, UnverifiedError
from crypto.keyring import Keyring, device_name
from crypto.manifest import encode_manifest, parse_manifest
from crypto.note import SigningKey, VerifierKey, is_key_name, open_note, sign
from crypto.padding import MESSAGE_CLASSES, pad_payload, unpad_payload
from crypto.weeks import monday_of

_TYPE: Final = "wasl/team/v1"
_KIND: Final = re.compile(r"[a-z]{1,16}", re.ASCII)


@dataclass(frozen=True)
class TeamNote:
    """A reviewer's word to her colleagues.

    `slot` is the case's, None for what concerns none. `body` is one line, JSON by convention
    of the desk. `signed_by` is the reviewer's id in an opened note, None before.
    """

    origin: str
    slot: bytes | None
    kind: str
    week: str
    body: str = field(repr=False)
    signed_by: str | None = None

    def __post_init__(self) -> None:
        """Raise `MalformedPayloadError`."""
        try:
            monday_of(self.week)
        except ValueError as exc:
            raise MalformedPayloadError("not a week") from exc
        slot_is_right = self.slot is None or len(self.slot) == HASH_BYTES
        if not slot_is_right or not is_key_name(self.origin) or not _KIND.fullmatch(self.kind):
            raise MalformedPayloadError("not a team note")
        if not self.body or "\n" in self.body:
            raise MalformedPayloadError("the body is one line")

    def encode(self) -> str:
        """The text of the note."""
        slot = "-" if self.slot is None else encode_base64(self.slot)
        return f"{_TYPE}\n{self.origin}\n{slot}\n{self.kind}\n{self.week}\n{self.body}\n"

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedPayloadError`."""
        try:
            heading, origin, slot, kind, week, body, end = untrusted.split("\n")
            parsed = None if slot == "-" else decode_base64(slot, HASH_BYTES)
        except ValueError as exc:
            raise MalformedPayloadError("not a team note") from exc
        if heading != _TYPE or end:
            raise MalformedPayloadError("not a team note")
        return cls(origin, parsed, kind, week, body)


def seal_team_note(
    team_note: TeamNote, device_key: SigningKey, keyring: Keyring, random: Random = SYSTEM_RANDOM
) -> bytes:
    """The age file for all reviewers of *keyring*. Raise `TooLargeError`."""
    note = sign(team_note.encode(), device_key)
    payload = pad_payload(encode_manifest({"type": _TYPE}), note.encode(), MESSAGE_CLASSES)
    return encrypt(payload, pad_recipients(keyring.recipients, random), random)


def open_team_note(
    untrusted: bytes,
    identities: Iterable[OpensAge],
    devices: Sequence[VerifierKey],
    *,
    origin: str,
) -> TeamNote:
    """Raise `UnverifiedError` unless one of *devices* signed it for *origin*.

    Also `MalformedPayloadError`, `MalformedNoteError` and the errors of `Decryptor`.
    """
    manifest, note = unpad_payload(decrypt(untrusted, identities), MESSAGE_CLASSES)
    parse_manifest(manifest, _TYPE).end()
    opened = open_note(note, devices)
    parsed = TeamNote.parse(opened.text)
    if parsed.origin != origin:
        raise UnverifiedError("a team note of another instance")
    signer = opened.verified[0].name.removeprefix(device_name(origin, ""))
    return TeamNote(
        parsed.origin, parsed.slot, parsed.kind, parsed.week, parsed.body, signed_by=signer
    )
