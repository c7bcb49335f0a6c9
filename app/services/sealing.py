"""Sealing on the server, for whoever comes without JavaScript.

Pure functions of a text, a keyring and the keys of a receipt code: what a browser does on its
own device. Ciphertext comes out, and nothing is kept. Sealing is random, so a form that was sent
twice is recognised by a MAC over what it said, under a key that only the code's holder has.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.services.messages import Posting
from app.services.submissions import Claim
from crypto.commitment import content_commit
from crypto.encoding import Random, encode_base64
from crypto.envelope import (
    Attachment,
    Section,
    Submission,
    seal_follow_up,
    seal_submission,
)
from crypto.keyring import Keyring
from crypto.keys import CitizenKeys


@dataclass(frozen=True)
class Opinion:
    """What a citizen sends; `sections` pair a name with a text, none of them empty."""

    topic: str
    lang: Literal["ar", "en"]
    sections: Sequence[tuple[str, str]] = field(repr=False)
    attachments: Sequence[Attachment] = ()


def claim(opinion: Opinion, keys: CitizenKeys) -> Claim:
    """Return what the server may know of *opinion*; the same opinion claims the same."""
    thread = keys.thread
    return Claim(
        name=thread.name("citizen", 0),
        auth_hash=thread.auth_hash("citizen", 0),
        log_salt=keys.log_salt,
        roll_seed=keys.roll_seed,
        request_tag=_tag(keys, ["submission", *_said(opinion)]),
        content_commit=lambda digest: content_commit(keys.content_salt, digest),
    )


def seal(opinion: Opinion, keys: CitizenKeys, keyring: Keyring, random: Random) -> bytes:
    """Return the age file of a submission; raise `TooLargeError` if the text is too long."""
    submission = Submission(
        topic=opinion.topic,
        lang=opinion.lang,
        thread=keys.thread.key,
        reply_to=keys.reply_identity.recipient,
        keyring=keyring.serial,
        sealed_by="server",
        sections=tuple(Section(name, text) for name, text in opinion.sections),
        attachments=tuple(opinion.attachments),
    )
    return seal_submission(submission, keyring, random)


def posting(index: int, text: str, keys: CitizenKeys) -> Posting:
    """Return what the server may know of follow-up *index*, 1 or more."""
    return Posting(
        name=keys.thread.name("citizen", index),
        auth_hash=keys.thread.auth_hash("citizen", index),
        request_tag=_tag(keys, ["message", index, text]),
    )


def seal_message(
    index: int, text: str, keys: CitizenKeys, keyring: Keyring, random: Random
) -> bytes:
    """Return the age file of a follow-up; raise `TooLargeError` if the text is too long."""
    return seal_follow_up(keys.thread, index, text, keyring, random)


def _said(opinion: Opinion) -> list[object]:
    digests = [encode_base64(each.digest) for each in opinion.attachments]
    return [opinion.topic, opinion.lang, [list(each) for each in opinion.sections], digests]


def _tag(keys: CitizenKeys, said: list[object]) -> bytes:
    """32 bytes that only the holder of the code could have made of *said*."""
    canonical = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return hmac.digest(keys.retry_key, canonical, "sha256")
