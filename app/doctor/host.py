"""The machine underneath: where data may stay that should be gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from app.doctor.checks import Check, Sighting
from app.doctor.folder import Instance

_OVERWRITES: Final = frozenset({"ext4", "ext3", "xfs"})
_MEMORY: Final = frozenset({"tmpfs", "ramfs"})


def _file_system(instance: Instance) -> Iterator[Sighting]:
    mount = instance.machine.mount_of(instance.data)
    if mount and mount.kind not in _OVERWRITES:
        yield Sighting(str(mount.point), f"{mount.kind} keeps old copies, or none")
    elif mount and "data=journal" in mount.options:
        yield Sighting(str(mount.point), "data=journal keeps old copies")


def _access_times(instance: Instance) -> Iterator[Sighting]:
    mount = instance.machine.mount_of(instance.data)
    if mount and "noatime" not in mount.options:
        yield Sighting(str(mount.point), "access times are written")


def _disk(instance: Instance) -> Iterator[Sighting]:
    mount = instance.machine.mount_of(instance.data)
    if mount and not instance.machine.is_encrypted(mount.device):
        yield Sighting(mount.device, f"holds {instance.data}, not encrypted as far as can be seen")


def _temporary(instance: Instance) -> Iterator[Sighting]:
    mount = instance.machine.mount_of(instance.temporary)
    if mount and mount.kind not in _MEMORY:
        yield Sighting(str(instance.temporary), f"on a disk ({mount.kind})")


def _swap(instance: Instance) -> Iterator[Sighting]:
    for swap in instance.machine.swaps:
        if instance.machine.keeps(swap):
            yield Sighting(swap, "swap that is not encrypted")


def _core_pattern(instance: Instance) -> Iterator[Sighting]:
    pattern = instance.machine.core_pattern
    if pattern and not pattern.startswith("|/bin/false"):
        yield Sighting("kernel.core_pattern", pattern)


def _core_limit(instance: Instance) -> Iterator[Sighting]:
    limit = instance.machine.core_limit
    if limit not in {None, "0"}:
        yield Sighting("wasl serve", f"may dump {limit} bytes of its memory")


OF_THE_MACHINE: Final[tuple[Check[Instance], ...]] = (
    Check(
        "file-system",
        "high",
        "Put the data on ext4 (data=ordered) or xfs: others keep what was overwritten.",
        "نظام الملفات يحتفظ بما محي. الأفضل ext4.",
        _file_system,
    ),
    Check(
        "access-times",
        "low",
        "Mount with noatime: access times tell which case was fetched when.",
        "يجب إيقاف تسجيل أوقات القراءة بالخيار noatime.",
        _access_times,
    ),
    Check(
        "disk-encryption",
        "medium",
        "Put the data on LUKS: flash disks keep what was overwritten.",
        "القرص غير مشفر. الأفضل LUKS.",
        _disk,
    ),
    Check(
        "temporary-files",
        "low",
        "Mount a tmpfs on the folder for temporary files.",
        "مجلد الملفات المؤقتة على القرص. الأفضل tmpfs.",
        _temporary,
    ),
    Check(
        "swap",
        "high",
        "`swapoff -a` and take it out of /etc/fstab, or encrypt it: memory holds words for a"
        " moment.",
        "ذاكرة التبديل غير مشفرة. يجب إيقافها.",
        _swap,
    ),
    Check(
        "core-pattern",
        "low",
        "`sysctl kernel.core_pattern='|/bin/false'`: a dump of any program here shows its memory.",
        "يجب منع نسخ ذاكرة البرامج إلى القرص عند العطل.",
        _core_pattern,
    ),
)
OF_THE_SITE: Final[tuple[Check[Instance], ...]] = (
    Check(
        "core-dumps",
        "high",
        "Start the site with `wasl serve`, which forbids dumps of its memory; set `LimitCORE=0`.",
        "يجب منع الموقع من نسخ ذاكرته إلى القرص عند العطل.",
        _core_limit,
    ),
)


def checks(instance: Instance) -> tuple[Check[Instance], ...]:
    """On a trial the machine is only noted: it is somebody's own, and not the site's."""
    if not instance.is_trial:
        return (*OF_THE_MACHINE, *OF_THE_SITE)
    noted = tuple(replace(each, severity="note") for each in OF_THE_MACHINE)
    return (*noted, *OF_THE_SITE)
