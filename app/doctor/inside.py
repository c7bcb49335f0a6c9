"""Everything that can be seen on the server itself."""

from __future__ import annotations

from collections.abc import Iterator

from app.doctor import at_rest, host
from app.doctor.checks import Finding, examine
from app.doctor.folder import Instance


def examine_inside(instance: Instance) -> Iterator[Finding]:
    return examine(instance, (*at_rest.CHECKS, *host.checks(instance)))
