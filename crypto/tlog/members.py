"""What an auditor makes of `member/v1` leaves: who was admitted, by whose vouch (SPEC.md §16)."""

from collections.abc import Iterator, Mapping
from typing import Any

from crypto.encoding import encode_base64
from crypto.errors import MembershipError
from crypto.keyring import Keyring, Roots
from crypto.membership import Register, is_application, open_application, open_register
from crypto.note import VerifierKey, read_text_unverified
from crypto.tlog.findings import Code

Found = tuple[Code, dict[str, int | str]]


class Members:
    """The register in force, and the vouches that the log has for applications."""

    def __init__(
        self,
        origin: str,
        roots: Roots,
        register: str | None = None,
        vouched: Mapping[str, list[str]] | None = None,
    ) -> None:
        self._origin, self._roots = origin, roots
        self._register = Register.parse(register) if register else None
        self._vouched = dict(vouched or {})

    def state(self) -> dict[str, Any]:
        """What the constructor takes, spelled in JSON."""
        text = self._register.encode() if self._register else None
        return {"register": text, "vouched": self._vouched}

    def takes(self, note: str, known: Mapping[VerifierKey, str]) -> Iterator[Found]:
        """Take an application or a register; *known* are the devices that decide on its day.

        Raises `MalformedError`, `UnverifiedError`.
        """
        if is_application(read_text_unverified(note)):
            self._take_application(note, known)
        else:
            yield from self._take_register(note)

    def require_admits(self, keyring: Keyring) -> None:
        """Raise `MembershipError` unless the register, if there is one, agrees with *keyring*."""
        if self._register:
            self._register.require_admits(keyring, keyring.not_before)

    def _take_application(self, note: str, known: Mapping[VerifierKey, str]) -> None:
        removed = {
            member.slug
            for member in (self._register.members if self._register else ())
            if member.revocation
        }
        application, vouched = open_application(note, known, origin=self._origin)
        self._vouched[encode_base64(application.digest)] = sorted(vouched - removed)

    def _take_register(self, note: str) -> Iterator[Found]:
        register, before = open_register(note, self._roots, origin=self._origin), self._register
        try:
            if before:
                register.require_follows(before)
        except MembershipError:
            yield "register-rollback", {"serial": register.serial}
        for member in register.newly_admitted(before):
            if member.admission:
                digest = encode_base64(member.admission.application)
                if not set(member.admission.vouched) <= set(self._vouched.pop(digest, ())):
                    yield "not-admitted", {"org": member.slug}
        self._register = register
