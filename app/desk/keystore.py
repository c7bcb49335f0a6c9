"""The one file that opens everything else: a desk's keys, under a passphrase.

The file is JSON of one line:

    {"format": "wasl/keystore/v1",
     "kdf": {"name": "argon2id", "memory_kib": …, "passes": …, "lanes": …, "salt": base64 16},
     "nonce": base64 24, "sealed": base64}

`sealed` is XChaCha20-Poly1305 under Argon2id of the passphrase (NFKC, UTF-8). Its associated data
are the encoded `format` and `kdf`, so nobody can exchange them. Inside is JSON, filled with spaces
to a multiple of 8 KiB so that the size does not count the keys.

Who the reviewer is and which site the desk talks to is inside as well: a stolen disk shows that
there is a desk, not whose.

A destroyed key must not live on in older versions of the file. Writing therefore overwrites the
former file in place after the new one has taken its name. Copy-on-write file systems and the spare
cells of flash can still keep it: put the folder on an encrypted disk, and out of backups.
"""

from __future__ import annotations

import base64
import json
import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, Self

from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw
from nacl.exceptions import CryptoError as NaclError
from nacl.secret import Aead

from app.desk.errors import (
    DeskExistsError,
    MalformedKeystoreError,
    NoDeskError,
    WeakPassphraseError,
    WrongPassphraseError,
)
from app.desk.files import locked, replace_file
from app.domain.weeks import monday_of, week_of, weeks_from
from crypto.age import Identity
from crypto.encoding import Random
from crypto.note import SigningKey

FILE_NAME: Final = "keystore.json"
FORMAT: Final = "wasl/keystore/v1"
SALT_BYTES: Final = 16
FILL_BYTES: Final = 8192
MAX_FILE_BYTES: Final = 1 << 20
LEAST_PASSPHRASE: Final = 12
WEEKS_AHEAD: Final = 8
# A keyring is used for 14 days from the Monday of its week; 14 more remain to fetch what came.
DAYS_KEPT_AFTER_WEEK: Final = 21


@dataclass(frozen=True)
class Argon2Profile:
    """Costs of one guess at the passphrase."""

    memory_kib: int
    passes: int
    lanes: int

    def __post_init__(self) -> None:
        # The header is read before it is authenticated: it must not be able to ask for everything.
        fits = 8 * self.lanes <= self.memory_kib <= 4 << 20
        if not (fits and 1 <= self.passes <= 64 and 1 <= self.lanes <= 64):
            raise MalformedKeystoreError("costs out of range")


# RFC 9106 §4 asks for 64 MiB where memory is short; a laptop has four times as much to spare.
PRODUCTION: Final = Argon2Profile(memory_kib=256 << 10, passes=3, lanes=4)
CHEAP: Final = Argon2Profile(memory_kib=64, passes=1, lanes=1)
"""Where the passphrase lies beside the keys anyway, as in a demo: it protects nothing."""


@dataclass(frozen=True)
class Profile:
    """Whose desk this is, and the site it talks to once it is connected."""

    org: str
    name_ar: str
    name_en: str
    reviewer: str
    origin: str
    url: str | None = None
    socks: str | None = None
    roots: str | None = None
    courier: str | None = None
    """The key of who carries a stick between this desk and its site, where there is no network."""


@dataclass(frozen=True)
class Secrets:
    """Everything that the passphrase protects. `epochs` maps ISO weeks to identities.

    `storage` opens what the desk keeps. It is another one each week: what is still needed is
    sealed to the new one, then the `former` one is destroyed, and with it all that was left.
    """

    profile: Profile
    device: SigningKey = field(repr=False)
    storage: Identity = field(repr=False)
    epochs: Mapping[str, Identity] = field(repr=False)
    storage_week: str
    former: Identity | None = field(default=None, repr=False)

    @classmethod
    def generate(cls, profile: Profile, random: Random, today: date) -> Self:
        name = f"{profile.origin}/device/{profile.reviewer}"
        secrets = cls(
            profile=profile,
            device=SigningKey.generate(name, random),
            storage=Identity.generate(random),
            epochs={},
            storage_week=week_of(today),
        )
        return secrets.rotated(random, today)[0]

    def rotated(self, random: Random, today: date) -> tuple[Self, list[str], list[str]]:
        """Return secrets with keys for this week and the coming ones and without dead ones.

        Also returns the weeks that were added and the weeks whose identity is gone.
        """
        wanted = weeks_from(week_of(today), WEEKS_AHEAD + 1)
        added = [week for week in wanted if week not in self.epochs]
        gone = sorted(week for week in self.epochs if dies_on(week) <= today)
        epochs = {week: key for week, key in self.epochs.items() if week not in gone}
        epochs |= {week: Identity.generate(random) for week in added}
        return replace(self._stored_anew(random, today), epochs=epochs), added, gone

    def _stored_anew(self, random: Random, today: date) -> Self:
        """A storage identity for the week, unless the last change is still under way."""
        week = week_of(today)
        if week <= self.storage_week or self.former is not None:
            return self
        return replace(
            self, storage=Identity.generate(random), former=self.storage, storage_week=week
        )

    @property
    def storage_identities(self) -> list[Identity]:
        """What opens the desk's files, the one that new files are sealed to first."""
        return [self.storage] if self.former is None else [self.storage, self.former]

    def encode(self) -> str:
        return json.dumps(
            {
                "profile": vars(self.profile),
                "device": self.device.encode(),
                "storage": self.storage.encode(),
                "storage_week": self.storage_week,
                "former": self.former.encode() if self.former else "",
                "epochs": {week: key.encode() for week, key in sorted(self.epochs.items())},
            },
            ensure_ascii=False,
            sort_keys=True,
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `encode` wrote; the AEAD has vouched for every byte."""
        document = json.loads(text)
        return cls(
            profile=Profile(**document["profile"]),
            device=SigningKey.parse(document["device"]),
            storage=Identity.parse(document["storage"]),
            storage_week=document["storage_week"],
            former=Identity.parse(document["former"]) if document["former"] else None,
            epochs={week: Identity.parse(key) for week, key in document["epochs"].items()},
        )


def dies_on(week: str) -> date:
    """The day on which the private half of *week*'s key is destroyed."""
    return monday_of(week) + timedelta(days=7 + DAYS_KEPT_AFTER_WEEK)


class Keystore:
    """An open keystore. It keeps the derived key, so writing asks for no passphrase."""

    def __init__(self, path: Path, header: Mapping[str, Any], box: Aead, secrets: Secrets) -> None:
        self._path = path
        self._header = header
        self._box = box
        self.secrets = secrets

    @classmethod
    def create(
        cls,
        folder: Path,
        secrets: Secrets,
        passphrase: str,
        random: Random,
        costs: Argon2Profile = PRODUCTION,
    ) -> Self:
        """Write a first keystore. Raises `DeskExistsError`, `WeakPassphraseError`."""
        path = folder / FILE_NAME
        if path.exists():
            raise DeskExistsError
        check_passphrase(passphrase)
        header = _header(costs, random(SALT_BYTES))
        keystore = cls(path, header, Aead(_derive(passphrase, header)), secrets)
        keystore._write(random)
        return keystore

    @classmethod
    def unlock(cls, folder: Path, passphrase: str) -> Self:
        """Raises `NoDeskError`, `MalformedKeystoreError`, `WrongPassphraseError`."""
        path = folder / FILE_NAME
        header, nonce, sealed = _parse_file(_read(path))
        box = Aead(_derive(passphrase, header))
        return cls(path, header, box, _open(box, header, nonce, sealed))

    def refresh(self) -> None:
        """Take over what another process of this desk has changed.

        Raises `WrongPassphraseError` if the passphrase is another one now.
        """
        header, nonce, sealed = _parse_file(_read(self._path))
        if header != self._header:
            raise WrongPassphraseError
        self.secrets = _open(self._box, header, nonce, sealed)

    def change(self, step: Callable[[Secrets], Secrets], random: Random) -> None:
        """Apply *step* to the secrets as they are now, and keep the result."""
        with locked(self._path.parent):
            self.refresh()
            after = step(self.secrets)
            if after != self.secrets:
                self.secrets = after
                self._write(random)

    def change_passphrase(
        self, passphrase: str, random: Random, costs: Argon2Profile = PRODUCTION
    ) -> None:
        """Protect the same secrets by another passphrase, with a fresh salt."""
        check_passphrase(passphrase)
        header = _header(costs, random(SALT_BYTES))
        box = Aead(_derive(passphrase, header))
        with locked(self._path.parent):
            self.refresh()
            self._header, self._box = header, box
            self._write(random)

    def _write(self, random: Random) -> None:
        """Replace the file by one with the present secrets; wipe the former file."""
        plain = self.secrets.encode().encode("utf-8")
        plain += b" " * (-len(plain) % FILL_BYTES)
        nonce = random(Aead.NONCE_SIZE)
        box = self._box.encrypt(plain, _associated_data(self._header), nonce)
        document = {
            **self._header,
            "nonce": _encode(nonce),
            "sealed": _encode(box.ciphertext),
        }
        with _wiped_afterwards(self._path):
            replace_file(self._path, json.dumps(document).encode("ascii") + b"\n")


def _open(box: Aead, header: Mapping[str, Any], nonce: bytes, sealed: bytes) -> Secrets:
    try:
        text = box.decrypt(sealed, _associated_data(header), nonce)
    except NaclError:
        raise WrongPassphraseError from None
    return Secrets.parse(text.decode("utf-8"))


def check_passphrase(passphrase: str) -> None:
    """Raise `WeakPassphraseError` if *passphrase* is shorter than a few words."""
    if len(unicodedata.normalize("NFKC", passphrase).strip()) < LEAST_PASSPHRASE:
        raise WeakPassphraseError


def _derive(passphrase: str, header: Mapping[str, Any]) -> bytes:
    kdf = header["kdf"]
    return hash_secret_raw(
        unicodedata.normalize("NFKC", passphrase).encode("utf-8"),
        base64.b64decode(kdf["salt"]),
        time_cost=kdf["passes"],
        memory_cost=kdf["memory_kib"],
        parallelism=kdf["lanes"],
        hash_len=Aead.KEY_SIZE,
        type=Type.ID,
        version=ARGON2_VERSION,
    )


def _header(costs: Argon2Profile, salt: bytes) -> dict[str, Any]:
    return {"format": FORMAT, "kdf": {"name": "argon2id", **vars(costs), "salt": _encode(salt)}}


def _associated_data(header: Mapping[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode("ascii")


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise NoDeskError from None


def _parse_file(untrusted: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    try:
        document = json.loads(untrusted)
        kdf = document["kdf"]
        costs = Argon2Profile(
            memory_kib=int(kdf["memory_kib"]), passes=int(kdf["passes"]), lanes=int(kdf["lanes"])
        )
        salt = base64.b64decode(kdf["salt"], validate=True)
        nonce = base64.b64decode(document["nonce"], validate=True)
        sealed = base64.b64decode(document["sealed"], validate=True)
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise MalformedKeystoreError("not a keystore") from exc
    header = _header(costs, salt)
    expected = {**header, "nonce": document["nonce"], "sealed": document["sealed"]}
    if document != expected or len(salt) != SALT_BYTES or len(nonce) != Aead.NONCE_SIZE:
        raise MalformedKeystoreError("not a keystore of this version")
    return header, nonce, sealed


@contextmanager
def _wiped_afterwards(path: Path) -> Iterator[None]:
    """Hold on to the file now at *path*; when another has taken its name, overwrite it."""
    try:
        former = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        yield
        return
    try:
        yield
        os.pwrite(former, bytes(os.fstat(former).st_size), 0)
        os.fsync(former)
    finally:
        os.close(former)
