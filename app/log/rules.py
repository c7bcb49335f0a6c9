"""The log's rules: drafted here, signed by the roots elsewhere, verified before they are stored."""

from functools import lru_cache

from sqlalchemy import Connection

from app.domain.errors import CorrectError
from app.store import log
from crypto.keyring import Roots
from crypto.tlog.rules import FIRST_PREVIOUS, Rules, open_rules


class RulesConflictError(CorrectError):
    """The rules do not follow the ones already published; the message says why."""


def publish(connection: Connection, untrusted_note: str, roots: Roots, origin: str) -> Rules:
    """Verify rules and store them; the same note again changes nothing.

    Raises the errors of `open_rules`, and `RulesConflictError` if their serial is taken or
    does not come next, or `previous` is not the digest of the rules before them.
    """
    rules = _verified(untrusted_note, roots, origin=origin)
    stored = log.list_rules(connection)
    if (rules.serial, untrusted_note) in stored:
        return rules
    serial, previous = successor(connection, roots, origin)
    if rules.serial != serial:
        raise RulesConflictError(f"serial {serial} comes next, not {rules.serial}")
    if rules.previous != previous:
        raise RulesConflictError("they do not name the digest of the rules before them")
    log.add_rules(connection, rules.serial, untrusted_note)
    return rules


def current(connection: Connection, roots: Roots, origin: str) -> Rules | None:
    """The newest rules, their signatures verified; None before the first."""
    stored = log.list_rules(connection)
    return _verified(stored[-1][1], roots, origin=origin) if stored else None


def successor(connection: Connection, roots: Roots, origin: str) -> tuple[int, bytes]:
    """`serial` and `previous` of the rules that come next."""
    newest = current(connection, roots, origin)
    return (newest.serial + 1, newest.digest) if newest else (1, FIRST_PREVIOUS)


_verified = lru_cache(maxsize=4)(open_rules)
