"""The public record of a site, out of its log: every entry read, verified and judged."""

from __future__ import annotations

from app.client.errors import SiteOddError
from app.client.log import SiteTiles
from app.client.trust import Trusted
from crypto.errors import CryptoError
from crypto.record import Record
from crypto.tlog.audit import LogAuditor
from crypto.tlog.policy import Policy, open_witnessed
from crypto.tlog.verify import verify_tree


def read_record(tiles: SiteTiles, trusted: Trusted, policy: str) -> tuple[Record, ...]:
    """Return what the log says became of opinions; nothing before its first batch.

    *policy* is the tlog-policy of the site. Raise `SiteOddError` for a log that misbehaves, and
    what `SiteTiles` raises.
    """
    note = tiles.checkpoint()
    if note is None:
        return ()
    auditor = LogAuditor(trusted.origin, trusted.roots)
    try:
        witnessed = open_witnessed(note, Policy.parse(policy), origin=trusted.origin)
        bundles = verify_tree(tiles, witnessed.checkpoint)
        findings = [found for entries in bundles for found in auditor.read(entries)]
    except CryptoError as exc:
        raise SiteOddError("the log cannot be verified") from exc
    findings += auditor.judge_checkpoint(witnessed)
    if findings:
        raise SiteOddError(f"the log breaks its own rules: {findings[0].code}")
    return auditor.records
