"""Handing in what was sealed offline: in no order, one circuit each, with long random pauses.

Nothing readable passes through here. A batch may be handed in again at any time: what the site
accepted is remembered by hashes, and accepts the same bytes once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from random import Random as Order
from random import SystemRandom
from typing import Final

from app.client.errors import ClientError, SiteRefusedError
from app.client.patience import Pause, patiently
from app.client.progress import Progress, silent
from app.client.send import check_promise
from app.client.site import Site
from app.client.trust import Trusted, trust
from crypto.encoding import sha256
from crypto.handing import Batch, Handing

STALE: Final = "stale-keyring"


class WrongSiteError(ClientError):
    """The batch was sealed for another instance."""


@dataclass
class Outcome:
    """Counts: accepted now, accepted before, and by the problem's code those refused for good."""

    accepted: int = 0
    before: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return not self.refused


@dataclass(frozen=True)
class BatchSender:
    """Opens a new connection, with circuits of its own, for each envelope.

    *within* is in seconds: all are handed in at random moments of that time. *remember* is told
    the mark of each accepted one before the next goes out.
    """

    connect: Callable[[], Site]
    today: date
    within: float
    remember: Callable[[bytes], None]
    roots: str | None = None
    pause: Pause = time.sleep
    order: Order = field(default_factory=SystemRandom)
    progress: Progress = silent

    def send(self, batches: Iterable[Batch], accepted_before: frozenset[bytes]) -> Outcome:
        """Hand in what was not accepted before.

        Raises `SiteUnreachableError` (what is left can be sent later), `SiteOddError`,
        `RootsChangedError`, `StaleKeyringError`, `WrongSiteError`.
        """
        batches = list(batches)
        trusted = self._look(batches)
        handings = [handing for batch in batches for handing in batch.handings]
        waiting = [each for each in handings if each.mark not in accepted_before]
        outcome = Outcome(before=len(handings) - len(waiting))
        self.order.shuffle(waiting)
        pauses = self._pauses(len(waiting))
        for number, (handing, seconds) in enumerate(zip(waiting, pauses, strict=True)):
            self.progress("sending", number, len(waiting))
            self.pause(seconds)
            self._hand_in(handing, trusted, outcome)
        return outcome

    def _look(self, batches: list[Batch]) -> Trusted:
        with self.connect() as site:
            trusted = trust(patiently(site.intake, self.pause), self.roots, today=self.today)
        if any(batch.origin != trusted.origin for batch in batches):
            raise WrongSiteError("sealed for another site")
        return trusted

    def _pauses(self, count: int) -> list[float]:
        """Seconds before each: from one of *count* random moments to the next."""
        moments = sorted(self.order.uniform(0, self.within) for _ in range(count))
        return [later - earlier for earlier, later in zip([0.0, *moments], moments, strict=False)]

    def _hand_in(self, handing: Handing, trusted: Trusted, outcome: Outcome) -> None:
        try:
            with self.connect() as site:
                uploads = [(self._upload(site, file), sha256(file)) for file in handing.attachments]
                request = handing.request(uploads)
                accepted = patiently(lambda: site.submit(request, handing.envelope), self.pause)
        except SiteRefusedError as refusal:
            code = refusal.problem.code
            outcome.refused[code] = outcome.refused.get(code, 0) + 1
            return
        check_promise(accepted, handing.commitment, trusted)
        self.remember(handing.mark)
        outcome.accepted += 1

    def _upload(self, site: Site, sealed: bytes) -> str:
        place = patiently(lambda: site.create_upload(len(sealed)), self.pause)
        size = place.part_bytes
        for number in range(place.parts):
            part = sealed[number * size : (number + 1) * size]
            patiently(partial(site.put_part, place, number, part), self.pause)
        return place.id
