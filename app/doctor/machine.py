"""What the kernel says about the machine: mounts, swap, core dumps. Linux only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_ESCAPED: Final = re.compile(r"\\([0-7]{3})")
_CORE_LIMIT: Final = re.compile(r"^Max core file size\s+(\S+)\s+(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Mount:
    """`device` is what is mounted, `kind` the file system."""

    device: str
    point: Path
    kind: str
    options: frozenset[str]


@dataclass(frozen=True)
class Machine:
    """Read once. `core_limit` is that of the process that serves the folder, in bytes or
    `unlimited`; None if none does."""

    mounts: tuple[Mount, ...]
    swaps: tuple[str, ...]
    encrypted: frozenset[str]
    core_pattern: str
    core_limit: str | None

    @classmethod
    def read(cls, lock: Path, *, proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> Self:
        """*lock* is the file that a running server has locked."""
        return cls(
            mounts=tuple(map(_mount, _lines(proc / "self" / "mounts"))),
            swaps=tuple(line.split()[0] for line in _lines(proc / "swaps")[1:]),
            encrypted=frozenset(_encrypted(sys)),
            core_pattern=_text(proc / "sys" / "kernel" / "core_pattern").strip(),
            core_limit=_core_limit(proc, lock),
        )

    def mount_of(self, path: Path) -> Mount | None:
        """The mount that *path*, an absolute one, is on; of two at one point the later."""
        over = [each for each in self.mounts if path.is_relative_to(each.point)]
        return max(
            enumerate(over), key=lambda each: (len(each[1].point.parts), each[0]), default=(0, None)
        )[1]

    def is_encrypted(self, device: str) -> bool:
        return device in self.encrypted

    def keeps(self, swap: str) -> bool:
        """Whether what is swapped out to *swap* can be read on a disk later."""
        if swap.startswith("/dev/zram") or self.is_encrypted(swap):
            return False
        mount = None if swap.startswith("/dev/") else self.mount_of(Path(swap))
        return mount is None or not self.is_encrypted(mount.device)


def _mount(line: str) -> Mount:
    device, point, kind, options = line.split()[:4]
    place = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), point)
    return Mount(device, Path(place), kind, frozenset(options.split(",")))


def _encrypted(sys: Path) -> list[str]:
    """Both names of each dm-crypt device."""
    names = []
    for folder in sorted((sys / "block").glob("dm-*/dm")):
        if _text(folder / "uuid").startswith("CRYPT-"):
            names += [f"/dev/{folder.parent.name}", f"/dev/mapper/{_text(folder / 'name').strip()}"]
    return names


def _core_limit(proc: Path, lock: Path) -> str | None:
    holder = _holder(proc, lock)
    found = _CORE_LIMIT.search(_text(proc / holder / "limits")) if holder else None
    return found[1] if found else None


def _holder(proc: Path, lock: Path) -> str | None:
    """The id of the process that has locked the file, as the kernel lists it."""
    try:
        inode = f":{lock.stat().st_ino}"
    except OSError:
        return None
    for line in _lines(proc / "locks"):
        words = line.split()
        if "->" not in words and words[5].endswith(inode):
            return words[4]
    return None


def _lines(path: Path) -> list[str]:
    return [line for line in _text(path).splitlines() if line.strip()]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
