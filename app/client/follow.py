"""Following a submission by its code: read the replies, answer them.

The mailbox is asked for a window of one-time names at a time and answers with a fixed number of
slots, so neither the question nor the answer shows how much there is to read.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final, Literal

from app.client.errors import ClientError, SiteRefusedError
from app.client.log import SiteTiles, check_log
from app.client.patience import Pause, patiently
from app.client.site import Mailbox, Site, encode_bytes
from app.client.trust import Trusted, trust
from app.domain.cases import UNKNOWN_STATUS
from crypto.encoding import Random
from crypto.envelope import open_reply, seal_follow_up
from crypto.errors import CryptoError, UnverifiedError
from crypto.keyring import Keyring, Organisation
from crypto.keys import CitizenKeys, Thread, derive_root
from crypto.receipt import ReceiptCode
from crypto.status import answer
from crypto.tlog.case import Verdict

WINDOW: Final = 16
SLOTS: Final = 4
MOST_MESSAGES: Final = 64
ALREADY_SENT: Final = "already-sent"

Problem = Literal["unverified", "damaged", "moved"]
Rating = Literal["yes", "partly", "no"]


class UnknownCodeError(ClientError):
    """The site has no message of this code, or has deleted it."""


class NothingToRateError(ClientError):
    """There is no answer yet of which one could say whether it helped."""


class MailboxFullError(ClientError):
    """This thread has as many messages as one may have."""


@dataclass(frozen=True)
class ReadReply:
    """A reply of the team; `org…` come from the verified keyring.

    With a `problem` everything else is empty, because what nobody vouches for is not shown:
    `unverified` (no device of this week's keyring signed it), `damaged` (changed on its way) or
    `moved` (it belongs to another place).
    """

    index: int
    problem: Problem | None = None
    status: str = ""
    lang: str = ""
    text: str = ""
    org: str = ""
    org_ar: str = ""
    org_en: str = ""


@dataclass(frozen=True)
class Followed:
    """What a receipt code opens: the site's word for the status, and the team's replies."""

    status: str
    replies: tuple[ReadReply, ...]
    sent_index: int | None = None
    rated: Rating | None = None
    verdict: Verdict | None = None
    """What the public log says, where it was asked."""


@dataclass(frozen=True)
class Follower:
    """Reads and writes one thread at one site."""

    site: Site
    today: date
    roots: str | None = None
    random: Random = secrets.token_bytes
    pause: Pause = time.sleep
    now: Callable[[], int] = lambda: int(time.time())

    def follow(
        self,
        code: ReceiptCode,
        message: str | None = None,
        *,
        rating: Rating | None = None,
        verify: bool = False,
        promise: str | None = None,
    ) -> Followed:
        """Read everything; then leave *rating* and *message*, where there is one.

        With *verify* the public log is read too; *promise* is the note from the day of sending.
        Raises `UnknownCodeError`, `SiteUnreachableError`, `SiteRefusedError`, `SiteOddError`,
        `MailboxFullError`, `NothingToRateError`, `crypto.errors.TooLargeError`.
        """
        intake = patiently(self.site.intake, self.pause)
        trusted = trust(intake, self.roots, today=self.today)
        keys = CitizenKeys(derive_root(code, trusted.roots.hash))
        box, replies = self._read(keys, trusted)
        if box.status == UNKNOWN_STATUS:
            raise UnknownCodeError
        if rating is not None:
            if answer(box.status) is None:
                raise NothingToRateError
            self._leave(keys.thread, trusted.keyring, rating, is_rating=True)
        index = None if message is None else self._leave(keys.thread, trusted.keyring, message)
        verdict = None
        if verify:
            verdict = check_log(
                SiteTiles(self.site, self.pause),
                trusted,
                keys,
                box,
                policy=intake.log_policy,
                now=self.now(),
                promise_note=promise,
            )
        return Followed(box.status, tuple(replies), index, rating, verdict)

    def _read(self, keys: CitizenKeys, trusted: Trusted) -> tuple[Mailbox, list[ReadReply]]:
        replies: list[ReadReply] = []
        while True:
            start = replies[-1].index + 1 if replies else 0
            box = patiently(partial(self._ask, keys.thread, start), self.pause)
            found = list(self._open(box, start, keys, trusted))
            replies += found
            if len(found) < SLOTS:
                return box, replies

    def _ask(self, thread: Thread, start: int) -> Mailbox:
        return self.site.mailbox(
            {
                "case": {
                    "name": encode_bytes(thread.name("citizen", 0)),
                    "auth": encode_bytes(thread.auth("citizen", 0)),
                },
                "names": [
                    {
                        "name": encode_bytes(thread.name("team", index)),
                        "auth": encode_bytes(thread.auth("team", index)),
                    }
                    for index in range(start, start + WINDOW)
                ],
            }
        )

    def _open(
        self, box: Mailbox, start: int, keys: CitizenKeys, trusted: Trusted
    ) -> Iterator[ReadReply]:
        """Yield the replies of one window in order; slots of other names are filling."""
        asked = {keys.thread.name("team", i): i for i in range(start, start + WINDOW)}
        envelopes = {asked[slot.name]: slot.envelope for slot in box.slots if slot.name in asked}
        for index in sorted(envelopes):
            yield self._open_one(index, envelopes[index], keys, trusted)

    def _open_one(
        self, index: int, envelope: bytes, keys: CitizenKeys, trusted: Trusted
    ) -> ReadReply:
        try:
            reply = open_reply(
                envelope,
                keys.reply_identity,
                trusted.keyring.devices,
                origin=trusted.origin,
                slot=keys.thread.slot("citizen", 0),
            )
        except UnverifiedError:
            return ReadReply(index, "unverified")
        except CryptoError:
            return ReadReply(index, "damaged")
        if reply.index != index:
            return ReadReply(index, "moved")
        organisation = _organisation_of(trusted.keyring, reply.signed_by or "")
        return ReadReply(
            index=index,
            status=reply.status,
            lang=reply.lang,
            text=reply.text,
            org=organisation.slug,
            org_ar=organisation.name_ar,
            org_en=organisation.name_en,
        )

    def _leave(
        self, thread: Thread, keyring: Keyring, text: str, *, is_rating: bool = False
    ) -> int:
        """Leave *text* under the next free name; nothing here remembers how many are taken."""
        for index in range(1, MOST_MESSAGES + 1):
            sealed = seal_follow_up(thread, index, text, keyring, self.random, is_rating=is_rating)
            request = {
                "name": encode_bytes(thread.name("citizen", index)),
                "auth_hash": encode_bytes(thread.auth_hash("citizen", index)),
                "keyring": keyring.serial,
            }
            try:
                patiently(partial(self.site.deposit, request, sealed), self.pause)
            except SiteRefusedError as refusal:
                if refusal.problem.code != ALREADY_SENT:
                    raise
            else:
                return index
        raise MailboxFullError


def _organisation_of(keyring: Keyring, reviewer_id: str) -> Organisation:
    for organisation in keyring.orgs:
        if any(reviewer.id == reviewer_id for reviewer in organisation.reviewers):
            return organisation
    raise AssertionError("a device of the keyring belongs to nobody")
