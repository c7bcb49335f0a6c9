"""One unlocked desk: a folder, its keys, its cases."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final, Self

from app.client.errors import ForeignStickError, UnsafeAddressError
from app.client.site import Site
from app.client.stick import Stick, StickSite, folder_of, give_pass
from app.desk.casebook import Case, Casebook
from app.desk.errors import NotConnectedError, OnlyTrainingError
from app.desk.files import make_folder
from app.desk.inbox import Inbox
from app.desk.keystore import PRODUCTION, Argon2Profile, Keystore, Profile, Secrets, dies_on
from app.desk.light_table import LightTable
from app.desk.team import Team
from app.desk.training.progress import Progress
from app.domain.cases import Status
from app.domain.weeks import monday_of
from crypto import note
from crypto.age import Identity
from crypto.courier import courier_key_name, session_text
from crypto.encoding import Random
from crypto.keyring import (
    Keyring,
    Reviewer,
    Roots,
    open_keyring,
    open_keyring_of_any_week,
)
from crypto.note import VerifierKey
from crypto.training import is_sandbox

ENROLMENT_FORMAT: Final = "wasl/enrolment/v1"

OPEN: Final = frozenset({"received", "read", "question", "redacted"})
"""Cases that cannot be handled without their words; they are kept, and told to be late."""

SANDBOX_MARK: Final = "training"
"""An empty file in the folder of a desk for training: its pages say so while it is locked, too."""

OpenSite = Callable[[Profile], Site]


def open_site(profile: Profile) -> Site:
    """Return a connection to the site of *profile*. Raises `NotConnectedError`."""
    if profile.url is None:
        raise NotConnectedError
    return Site(profile.url, profile.socks)


def _without_dead_words(case: Case, today: date, counted: Collection[str]) -> Case:
    """A handled case keeps what the record needs once its week's key is gone, and no words.

    *counted* are topics of which it is published who took part: nothing else needs that.
    """
    if case.topic in counted or case.status == Status.WITHDRAWN:
        case = replace(case, about={})
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
        keystore = Keystore.create(folder, fresh, passphrase, random, costs)
        if is_sandbox(profile.origin):
            (folder / SANDBOX_MARK).touch(0o600)
        return cls(folder, keystore, random, site)

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

        Raises `UnsafeAddressError`, `MalformedKeyringError` (not a roots text),
        `OnlyTrainingError` (a place for training and one that is not).
        """
        self._check_roots(roots_text)
        with Site(url, socks) as site:
            url = site.url

        self._change_profile(
            lambda profile: replace(profile, url=url, socks=socks, roots=roots_text, courier=None)
        )

    def connect_by_courier(self, url: str, roots_text: str, courier_text: str, today: date) -> None:
        """Remember the stick at the `file:` address *url* and the key of its courier.

        The stick gets a pass, with which the courier may fetch and hand in for this desk. Raises
        `UnsafeAddressError`, `MalformedKeyringError`, `OnlyTrainingError`, `MalformedKeyError`,
        `ForeignStickError` (a courier to another site), `SiteUnreachableError` (it is not
        plugged in).
        """
        self._check_roots(roots_text)
        courier, folder = VerifierKey.parse(courier_text), folder_of(url)
        if folder is None:
            raise UnsafeAddressError("a stick's address looks like file:///media/stick")
        if courier.name != courier_key_name(self.profile.origin):
            raise ForeignStickError
        device, known = self.keystore.secrets.device, self.profile.courier
        give_pass(Stick(folder), self.profile.origin, courier, device, today)
        self._change_profile(
            lambda profile: replace(
                profile, url=url, socks=None, roots=roots_text, courier=courier_text
            )
        )
        if courier_text != known:
            # Another courier counts her own trips.
            self.casebook.change_state(lambda now: replace(now, trip=0))

    def _check_roots(self, roots_text: str) -> None:
        """Roots of a place for training are for desks of such places, and no others."""
        ours = is_sandbox(self.profile.origin)
        if any(is_sandbox(key.name) != ours for key in Roots.parse(roots_text).keys):
            raise OnlyTrainingError

    def _change_profile(self, step: Callable[[Profile], Profile]) -> None:
        self.keystore.change(lambda keys: replace(keys, profile=step(keys.profile)), self.random)

    def site(self) -> Site:
        """The site, or the stick that stands for it. Raises as `StickSite`."""
        courier, folder = self.profile.courier, folder_of(self.profile.url or "")
        if courier is None or folder is None:
            return self._open_site(self.profile)
        device = self.keystore.secrets.device
        return StickSite(folder, self.profile.origin, VerifierKey.parse(courier), device)

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

    def trained_until(self) -> date | None:
        """The first day on which this reviewer's training no longer holds.

        Says the last keyring that the desk saw, of whatever week; None if it does not.
        """
        listed = self._listed()
        return listed.trained_until if listed else None

    def lacks_training(self, today: date) -> bool:
        """Whether the keyring lists this reviewer, and not as trained."""
        listed = self._listed()
        until = listed.trained_until if listed else None
        return listed is not None and (until is None or until <= today)

    def _listed(self) -> Reviewer | None:
        """This reviewer in the last keyring that the desk saw, of whatever week."""
        state, roots = self.casebook.state, self.profile.roots
        if roots is None or not state.keyring_note:
            return None
        keyring = open_keyring_of_any_week(
            state.keyring_note, Roots.parse(roots), origin=self.profile.origin
        )
        device = self.keystore.secrets.device.verifier
        return next((each for each in keyring.reviewers if each.device == device), None)

    @property
    def training(self) -> Progress:
        """How far the reviewer is with her exercises."""
        return Progress.read(self.casebook.state.training, self.device_key)

    def change_training(self, step: Callable[[Progress], Progress]) -> None:
        self.casebook.change_state(
            lambda now: replace(
                now, training=step(Progress.read(now.training, self.device_key)).table()
            )
        )

    def sign_challenge(self, challenge: str) -> str:
        """Return the note that opens a session for this device."""
        return note.sign(session_text(self.profile.origin, challenge), self.keystore.secrets.device)

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
            counted = Team(self.casebook.state.notes).covered
            self.casebook.seal_anew(lambda case: _without_dead_words(case, today, counted))
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
