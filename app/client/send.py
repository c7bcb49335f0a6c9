"""Sending an opinion: seal here, upload, hand in, check what the site promises."""

from __future__ import annotations

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
from app.client.site import Accepted, Intake, Site, Upload
from app.client.trust import Trusted, trust
from crypto.about import NOTHING_TOLD, About
from crypto.commitment import Promise
from crypto.counterfoil import Counterfoil
from crypto.encoding import Random
from crypto.envelope import Attachment, Section
from crypto.errors import CryptoError, TooLargeError
from crypto.handing import Words, seal_handing
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
class Promised:
    """An opinion that the site has promised to publish in its log."""

    commitment: bytes
    promise: str
    merge_by: date


@dataclass(frozen=True)
class Sent(Promised):
    """One whose code was made here."""

    code: ReceiptCode


class ForeignFormError(ClientError):
    """A paper form of another instance: its slip would open nothing at this one."""


@dataclass(frozen=True)
class Sender:
    """Sends to one site. *roots* is the roots text the user holds, if any."""

    site: Site
    today: date
    roots: str | None = None
    progress: Progress = silent
    random: Random = secrets.token_bytes
    pause: Pause = time.sleep

    def send(
        self,
        topic: str,
        text: str,
        files: Sequence[PreparedFile] = (),
        about: About = NOTHING_TOLD,
    ) -> Sent:
        """Hand in *text* under *topic* and return the receipt. *about* is told of its writer.

        Raises `SiteUnreachableError` (nothing was handed in), `UncertainDeliveryError`,
        `SiteRefusedError`, `SiteOddError`, `UnknownTopicError`, `AttachmentError`,
        `crypto.errors.TooLargeError` and `StaleKeyringError`.
        """
        code = ReceiptCode.generate(self.random)
        promised = self._send(code, _words(topic, text, "program", about), files)
        return Sent(**vars(promised), code=code)

    def send_form(
        self,
        form: Counterfoil,
        topic: str,
        text: str,
        files: Sequence[PreparedFile] = (),
        about: About = NOTHING_TOLD,
    ) -> Promised:
        """Hand in what stands on a paper form; its slip opens the case.

        Raises as `send`, and `ForeignFormError`. After `SiteUnreachableError` the same form may
        be sent again: a site that has it already refuses it.
        """
        return self._send(form, _words(topic, text, "paper", about), files)

    def _send(
        self, under: ReceiptCode | Counterfoil, words: Words, files: Sequence[PreparedFile]
    ) -> Promised:
        try:
            return self._attempt(under, words, files)
        except SiteRefusedError as refusal:
            if refusal.problem.code != STALE_KEYRING:
                raise
        # The week turned while we were sealing: take the new keyring and seal again.
        return self._attempt(under, words, files)

    def _attempt(
        self, under: ReceiptCode | Counterfoil, words: Words, files: Sequence[PreparedFile]
    ) -> Promised:
        intake = patiently(self.site.intake, self.pause)
        check_topic(intake, words.topic, self.today)
        over = sum(len(each.text.encode()) for each in words.sections) - intake.text_bytes
        if over > 0:
            raise TooLargeError(over)
        trusted = trust(intake, self.roots, today=self.today)
        half = _half(under, trusted)
        uploads = self._upload(trusted, files)
        handing = seal_handing(
            half,
            words,
            tuple(attachment for _, attachment in uploads),
            trusted.keyring,
            self.random,
        )
        request = handing.request([(place.id, file.digest) for place, file in uploads])
        try:
            accepted = patiently(lambda: self.site.submit(request, handing.envelope), self.pause)
        except SiteUnreachableError as exc:
            if isinstance(under, ReceiptCode):
                raise UncertainDeliveryError(under) from exc
            raise
        check_promise(accepted, handing.commitment, trusted)
        return Promised(handing.commitment, accepted.promise, accepted.merge_by)

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


def _words(topic: str, text: str, sealed_by: str, about: About) -> Words:
    return Words(topic, language_of(text), (Section("problem", text),), sealed_by, about)


def _half(under: ReceiptCode | Counterfoil, trusted: Trusted) -> Counterfoil:
    """What to seal under."""
    roots = trusted.roots.hash
    if isinstance(under, ReceiptCode):
        return Counterfoil.of(CitizenKeys(derive_root(under, roots)), roots)
    if not under.belongs_to(roots):
        raise ForeignFormError("a form of another site")
    return under


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
