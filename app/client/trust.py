"""What a client believes of a site: its roots, and through them the keyring of the week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.client.errors import SiteOddError
from app.client.site import Intake
from crypto.errors import CryptoError, StaleKeyringError
from crypto.keyring import Keyring, Roots, open_keyring
from crypto.note import VerifierKey


class RootsChangedError(SiteOddError):
    """The site shows other roots than those the user holds: stop, and ask somebody."""


@dataclass(frozen=True)
class Trusted:
    """A site whose keyring was verified; `pinned` tells whether the user brought the roots."""

    origin: str
    roots: Roots
    keyring: Keyring
    promise_key: VerifierKey
    pinned: bool


def trust(
    intake: Intake, pinned_roots: str | None, *, today: date, at_least_serial: int = 0
) -> Trusted:
    """Verify the keyring of *intake*.

    Raises `RootsChangedError`, `StaleKeyringError` (not valid today, or older than one already
    seen) or `SiteOddError`. Without *pinned_roots* the site's own are believed: that protects
    against a keyring for one victim no better than the connection does.
    """
    if pinned_roots is not None and pinned_roots != intake.roots_text:
        raise RootsChangedError("the site shows other roots than the given ones")
    try:
        roots = Roots.parse(intake.roots_text)
        keyring = open_keyring(
            intake.keyring_note,
            roots,
            origin=intake.origin,
            today=today,
            at_least_serial=at_least_serial,
        )
        promise_key = VerifierKey.parse(intake.promise_key)
    except StaleKeyringError:
        raise
    except CryptoError as exc:
        raise SiteOddError("the keyring is not signed by the roots") from exc
    return Trusted(intake.origin, roots, keyring, promise_key, pinned_roots is not None)
