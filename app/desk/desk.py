"""One unlocked desk: a folder, its keys, its cases."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final, Self

from app.client.site import Site
from app.desk.casebook import Case, Casebook
from app.desk.errors import NotConnectedError
from app.desk.files import make_folder
from app.desk.inbox import Inbox
from app.desk.keystore import PRODUCTION, Argon2Profile, Keystore, Profile, Secrets, dies_on
from app.desk.light_table import LightTable
from app.domain.cases import Status
from app.domain.weeks import monday_of
from crypto import note
from crypto.age import Identity
from crypto.encoding import Random
from crypto.keyring import Keyring, Roots, open_keyring

ENROLMENT_FORMAT: Final = "wasl/enrolment/v1"
SESSION_FORMAT: Final = "wasl/desk-session/v1"

OPEN: Final = frozenset({"received", "read", "question", "redacted"})
"""Cases that cannot be handled without their words; they are kept, and told to be late."""

OpenSite = Callable[[Profile], Site]


def open_site(profile: Profile) -> Site:
    """Return a connection to the site of *profile*. Raises `NotConnectedError`."""
    if profile.url is None:
        raise NotConnectedError
    return Site(profile.url, profile.socks)


def _without_dead_words(case: Case, today: date) -> Case:
    """A handled case keeps what the record needs once its week's key is gone, and no words."""
    if dies_on(case.week) > today or Status(case.status).word in OPEN:
        return case
    return case.without_words()


class Desk:
    """Keys and cases of one reviewer, open in memory."""

    def __init__(
        self,
        folder: Path,
        keystore: Keystore,
        random: Random = secrets.token_bytes,
        site: OpenSite = open_site,
    ) -> None:
        self.keystore = keystore
        self.random = random
        self.casebook = Casebook(folder, lambda: keystore.secrets.storage_identities, random)
        self.inbox = Inbox()
        self.light_table = LightTable()
        self.sending = threading.Lock()
        self._open_site = site

    @classmethod
    def create(
        cls,
        folder: Path,
        profile: Profile,
        passphrase: str,
        *,
        today: date,
        random: Random = secrets.token_bytes,
        costs: Argon2Profile = PRODUCTION,
        site: OpenSite = open_site,
    ) -> Self:
        """Make a desk with keys of its own. Raises `DeskExistsError`, `WeakPassphraseError`."""
        make_folder(folder)
        fresh = Secrets.generate(profile, random, today)
        return cls(folder, Keystore.create(folder, fresh, passphrase, random, costs), random, site)

    @classmethod
    def unlock(
        cls,
        folder: Path,
        passphrase: str,
        *,
        random: Random = secrets.token_bytes,
        site: OpenSite = open_site,
    ) -> Self:
        """Raises `NoDeskError`, `WrongPassphraseError`, `MalformedKeystoreError`."""
        return cls(folder, Keystore.unlock(folder, passphrase), random, site)

    @property
    def profile(self) -> Profile:
        return self.keystore.secrets.profile

    @property
    def device_key(self) -> str:
        """The public key of this device, to be compared aloud: `name+id+key`."""
        return self.keystore.secrets.device.verifier.encode()

    def connect(self, url: str, roots_text: str, socks: str | None = None) -> None:
        """Remember the site and the roots it must show.

        Raises `UnsafeAddressError`, `MalformedKeyringError` (not a roots text).
        """
        Roots.parse(roots_text)
        with Site(url, socks) as site:
            url = site.url

        def step(keys: Secrets) -> Secrets:
            profile = replace(keys.profile, url=url, socks=socks, roots=roots_text)
            return replace(keys, profile=profile)

        self.keystore.change(step, self.random)

    def site(self) -> Site:
        return self._open_site(self.profile)

    def keyring(self, today: date) -> Keyring:
        """Return the keyring of the last visit, verified again.

        Raises `NotConnectedError` before the first visit, `StaleKeyringError`.
        """
        state, roots = self.casebook.state, self.profile.roots
        if roots is None or not state.keyring_note:
            raise NotConnectedError
        return open_keyring(
            state.keyring_note, Roots.parse(roots), origin=self.profile.origin, today=today
        )

    def decides(self, keyring: Keyring) -> bool:
        """Whether this device's signature counts as one of two: not on probation."""
        return self.keystore.secrets.device.verifier in keyring.deciding_devices

    def sign_challenge(self, challenge: str) -> str:
        """Return the note that opens a session for this device."""
        text = f"{SESSION_FORMAT}\n{self.profile.origin}\n{challenge}\n"
        return note.sign(text, self.keystore.secrets.device)

    def identities(self, week: str) -> list[Identity]:
        """Return the epoch identities, those nearest to *week* first: they open most."""
        monday = monday_of(week)
        epochs = self.keystore.secrets.epochs
        return [epochs[each] for each in sorted(epochs, key=lambda w: abs(monday_of(w) - monday))]

    def rotate(self, today: date) -> tuple[list[str], list[str]]:
        """Make keys for the coming weeks, destroy dead ones; return both lists of weeks.

        What the desk keeps is sealed anew once a week, without the words of finished cases whose
        week's key has died.
        """
        changes: list[list[str]] = []

        def step(keys: Secrets) -> Secrets:
            rotated, *changes[:] = keys.rotated(self.random, today)
            return rotated

        self.keystore.change(step, self.random)
        if self.keystore.secrets.former is not None:
            self.casebook.seal_anew(lambda case: _without_dead_words(case, today))
            self.keystore.change(lambda keys: replace(keys, former=None), self.random)
        added, gone = changes
        return added, gone

    def enrolment(self) -> Mapping[str, Any]:
        """Return the public halves that the key officers put into the keyrings."""
        keys = self.keystore.secrets
        return {
            "format": ENROLMENT_FORMAT,
            "org": {
                "slug": self.profile.org,
                "name_ar": self.profile.name_ar,
                "name_en": self.profile.name_en,
            },
            "reviewer": self.profile.reviewer,
            "device": keys.device.verifier.encode(),
            "recipients": {
                week: identity.recipient.encode() for week, identity in sorted(keys.epochs.items())
            },
        }
