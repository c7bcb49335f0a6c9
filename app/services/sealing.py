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
from crypto.about import NOTHING_TOLD, About
from crypto.commitment import content_commit
from crypto.encoding import Random, encode_base64
from crypto.envelope import (
    Attachment,
    FollowUp,
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
    about: About = field(default=NOTHING_TOLD, repr=False)


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
        about=opinion.about,
    )
    return seal_submission(submission, keyring, random)


def posting(said: FollowUp, keys: CitizenKeys, random: Random) -> Posting:
    """Return what the server may know of a follow-up."""
    # The newest rating counts, so one that says what an earlier one said is no repeat of it.
    once = random(32) if said.is_rating else b""
    return Posting(
        name=keys.thread.name("citizen", said.index),
        auth_hash=keys.thread.auth_hash("citizen", said.index),
        request_tag=_tag(keys, [said.type, said.index, said.text, once.hex()]),
    )


def seal_message(said: FollowUp, keys: CitizenKeys, keyring: Keyring, random: Random) -> bytes:
    """Return the age file of a follow-up; raise `TooLargeError` if the text is too long."""
    return seal_follow_up(
        keys.thread, said.index, said.text, keyring, random, is_rating=said.is_rating
    )


def _said(opinion: Opinion) -> list[object]:
    digests = [encode_base64(each.digest) for each in opinion.attachments]
    sections = [list(each) for each in opinion.sections]
    return [opinion.topic, opinion.lang, sections, digests, opinion.about.told()]


def _tag(keys: CitizenKeys, said: list[object]) -> bytes:
    """32 bytes that only the holder of the code could have made of *said*."""
    canonical = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return hmac.digest(keys.retry_key, canonical, "sha256")
