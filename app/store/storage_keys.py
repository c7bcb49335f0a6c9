"""The keys under which stored ciphertext lies, one for each week: `DIR/keys/storage`.

Deleting a file leaves its blocks on the disk. So whatever is stored is sealed once more, to the
identity of its week; destroying that identity is what deletes it. The identities are in one file
of fixed size that is never replaced, only overwritten in place and made durable, because a copy
of a key anywhere else on the disk would open everything again (crypto/SPEC.md §18).

In place holds for ext4 (not with `data=journal`), XFS, and btrfs with `nodatacow`. The spare cells
of flash may keep what was there: put the file, or the whole folder, on an encrypted disk.
"""

import fcntl
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from crypto.age import SEED_BYTES, Identity, Recipient
from crypto.encoding import SYSTEM_RANDOM, Random, sha256

SLOTS: Final = 64
_SLOT: Final = struct.Struct("8s32s24x")
"""A week and the seed of its identity."""
SLOT_BYTES: Final = _SLOT.size
FILE_BYTES: Final = SLOTS * SLOT_BYTES
_EMPTY: Final = bytes(SLOT_BYTES)


class StorageKeysError(Exception):
    """The message is for the operator."""


class StorageKeys:
    """The file of slots. It is read each time: another process may have destroyed a key."""

    def __init__(self, path: Path, random: Random = SYSTEM_RANDOM) -> None:
        self._path = path
        self._random = random
        self._recipients: dict[bytes, Recipient] = {}
        """By the hash of the seed. They are public: what outlives a destroyed key opens nothing."""

    @property
    def exists(self) -> bool:
        return self._path.exists()

    def create(self) -> None:
        """Lay the file out with all slots empty, durably."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, bytes(FILE_BYTES))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def weeks(self) -> list[str]:
        """The weeks that have a key, the newest first."""
        return sorted(self.seeds(), reverse=True)

    def seeds(self) -> dict[str, bytes]:
        """The 32-byte seed of each week's identity."""
        with self._open(os.O_RDONLY) as descriptor:
            return {week: seed for week, seed in _slots(descriptor) if week}

    def find(self, week: str) -> Identity | None:
        """The identity of *week*, unless it was destroyed or never needed."""
        seed = self.seeds().get(week)
        return None if seed is None else Identity(seed)

    def of(self, week: str) -> Identity:
        """The identity of *week*, made now if this is the first time it is needed."""
        return self.find(week) or self.add({week: self._random(SEED_BYTES)})[week]

    def recipient(self, week: str) -> Recipient:
        """What seals to *week*: the recipient of its identity, worked out once."""
        identity = self.of(week)
        known = sha256(identity.seed)
        if known not in self._recipients:
            self._recipients[known] = identity.recipient
        return self._recipients[known]

    def add(self, seeds: Mapping[str, bytes]) -> dict[str, Identity]:
        """Keep *seeds* of weeks that have none; return the identity that each week has now."""
        with self._open(os.O_RDWR) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            slots = _slots(descriptor)
            known = {week: seed for week, seed in slots if week}
            free = [number for number, (week, _) in enumerate(slots) if not week]
            new = sorted(seeds.keys() - known.keys())
            if len(new) > len(free):
                raise StorageKeysError(f"{self._path} is full: is `wasl retention` running?")
            for week, number in zip(new, free, strict=False):
                _overwrite(descriptor, number, _SLOT.pack(week.encode("ascii"), seeds[week]))
            return {week: Identity(known.get(week, seed)) for week, seed in seeds.items()}

    def destroy_before(self, week: str) -> list[str]:
        """Overwrite the keys of all weeks before *week*; return those weeks."""
        with self._open(os.O_RDWR) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            slots = _slots(descriptor)
            dead = {number: slot[0] for number, slot in enumerate(slots) if "" < slot[0] < week}
            for number in dead:
                _overwrite(descriptor, number, _EMPTY)
            return sorted(dead.values())

    @contextmanager
    def _open(self, flags: int) -> Iterator[int]:
        try:
            descriptor = os.open(self._path, flags)
        except FileNotFoundError:
            raise StorageKeysError(
                f"{self._path} is not there: without it nothing that is stored can be read"
            ) from None
        try:
            yield descriptor
        finally:
            # Closing gives the lock back.
            os.close(descriptor)


def _slots(descriptor: int) -> list[tuple[str, bytes]]:
    """Week and seed of every slot; the week of an empty one is ""."""
    content = os.pread(descriptor, FILE_BYTES, 0)
    if len(content) != FILE_BYTES:
        raise StorageKeysError(f"a file of storage keys has {FILE_BYTES} bytes")
    slots = _SLOT.iter_unpack(content)
    return [(week.rstrip(b"\0").decode("ascii"), seed) for week, seed in slots]


def _overwrite(descriptor: int, number: int, slot: bytes) -> None:
    """Write one slot where it is, and wait until the disk has it."""
    os.pwrite(descriptor, slot, number * SLOT_BYTES)
    os.fsync(descriptor)
