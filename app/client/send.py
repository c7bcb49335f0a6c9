"""Sending an opinion: seal here, upload, hand in, check what the site promises."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from app.client import attachments
from app.client.attachments import PreparedFile
from app.client.errors import (
    ClientError,
    SiteOddError,
    SiteRefusedError,
    SiteUnreachableError,
    UnknownTopicError,
)
from app.client.patience import Pause, patiently
from app.client.progress import Progress, silent
from app.client.site import Accepted, Intake, Site, Upload, encode_bytes
from app.client.trust import Trusted, trust
from crypto.commitment import Promise, accept_commitment, content_commit, roll_commit
from crypto.encoding import Random
from crypto.envelope import Attachment, Section, Submission, seal_submission
from crypto.errors import CryptoError, TooLargeError
from crypto.keys import CitizenKeys, derive_root
from crypto.receipt import ReceiptCode

STALE_KEYRING: Final = "stale-keyring"
_ARABIC: Final = re.compile("[\u0600-\u06ff]")


class UncertainDeliveryError(ClientError):
    """The submission may or may not have arrived; following *code* tells."""

    def __init__(self, code: ReceiptCode) -> None:
        super().__init__("the site stopped answering at the last step")
        self.code = code


@dataclass(frozen=True)
class Sent:
    """An opinion that the site has promised to publish in its log."""

    code: ReceiptCode
    commitment: bytes
    promise: str
    merge_by: date


@dataclass(frozen=True)
class Sender:
    """Sends to one site. *roots* is the roots text the user holds, if any."""

    site: Site
    today: date
    roots: str | None = None
    progress: Progress = silent
    random: Random = secrets.token_bytes
    pause: Pause = time.sleep

    def send(self, topic: str, text: str, files: Sequence[PreparedFile] = ()) -> Sent:
        """Hand in *text* under *topic* and return the receipt.

        Raises `SiteUnreachableError` (nothing was handed in), `UncertainDeliveryError`,
        `SiteRefusedError`, `SiteOddError`, `UnknownTopicError`, `AttachmentError`,
        `crypto.errors.TooLargeError` and `StaleKeyringError`.
        """
        code = ReceiptCode.generate(self.random)
        try:
            return self._attempt(code, topic, text, files)
        except SiteRefusedError as refusal:
            if refusal.problem.code != STALE_KEYRING:
                raise
        # The week turned while we were sealing: take the new keyring and seal again.
        return self._attempt(code, topic, text, files)

    def _attempt(
        self, code: ReceiptCode, topic: str, text: str, files: Sequence[PreparedFile]
    ) -> Sent:
        intake = patiently(self.site.intake, self.pause)
        check_topic(intake, topic, self.today)
        over = len(text.encode("utf-8")) - intake.text_bytes
        if over > 0:
            raise TooLargeError(over)
        trusted = trust(intake, self.roots, today=self.today)
        keys = CitizenKeys(derive_root(code, trusted.roots.hash))
        uploads = self._upload(trusted, files)
        submission = Submission(
            topic=topic,
            lang=language_of(text),
            thread=keys.thread.key,
            reply_to=keys.reply_identity.recipient,
            keyring=trusted.keyring.serial,
            sealed_by="program",
            sections=(Section("problem", text),),
            attachments=tuple(attachment for _, attachment in uploads),
        )
        envelope = seal_submission(submission, trusted.keyring, self.random)
        content = content_commit(keys.content_salt, hashlib.sha256(envelope).digest())
        commitment = accept_commitment(keys.log_salt, content, roll_commit(keys.roll_seed))
        request = {
            "name": encode_bytes(keys.thread.name("citizen", 0)),
            "auth_hash": encode_bytes(keys.thread.auth_hash("citizen", 0)),
            "log_salt": encode_bytes(keys.log_salt),
            "content_commit": encode_bytes(content),
            "roll_seed": encode_bytes(keys.roll_seed),
            "keyring": trusted.keyring.serial,
            "envelope": encode_bytes(envelope),
            "attachments": [
                {"upload": place.id, "digest": encode_bytes(attachment.digest)}
                for place, attachment in uploads
            ],
        }
        try:
            accepted = patiently(lambda: self.site.submit(request), self.pause)
        except SiteUnreachableError as exc:
            raise UncertainDeliveryError(code) from exc
        check_promise(accepted, commitment, trusted)
        return Sent(code, commitment, accepted.promise, accepted.merge_by)

    def _upload(
        self, trusted: Trusted, files: Sequence[PreparedFile]
    ) -> list[tuple[Upload, Attachment]]:
        recipients = trusted.keyring.recipients
        sizes = [attachments.sealed_bytes(file, len(recipients)) for file in files]
        uploads = []
        for index, file in enumerate(files):
            before = sum(sizes[:index])
            uploads.append(
                attachments.upload(
                    self.site,
                    file,
                    index + 1,
                    recipients,
                    advance=partial(self._advance, before, sum(sizes)),
                    random=self.random,
                    pause=self.pause,
                )
            )
        return uploads

    def _advance(self, before: int, total: int, sent: int) -> None:
        self.progress("sending", before + sent, total)


def check_topic(intake: Intake, slug: str, today: date) -> None:
    """Raise `UnknownTopicError` unless *slug* takes opinions today."""
    for topic in intake.topics:
        if topic.slug == slug and (topic.closes is None or today <= topic.closes):
            return
    raise UnknownTopicError(", ".join(topic.slug for topic in intake.topics))


def check_promise(accepted: Accepted, commitment: bytes, trusted: Trusted) -> None:
    """Raise `SiteOddError` unless the site promised exactly what it was given."""
    if accepted.commitment != commitment:
        raise SiteOddError("the site committed itself to something else")
    try:
        promise = Promise.open(accepted.promise, trusted.promise_key)
    except CryptoError as exc:
        raise SiteOddError("the promise is not signed by the site") from exc
    if (promise.origin, promise.commitment) != (trusted.origin, commitment):
        raise SiteOddError("the promise is about something else")


def language_of(text: str) -> str:
    """`ar` if *text* has an Arabic letter, else `en`."""
    return "ar" if _ARABIC.search(text) else "en"
