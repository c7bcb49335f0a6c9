"""Which organisations read, who vouched for them, and which were removed (SPEC.md §16).

An organisation *applies*: its own reviewers sign a text with its names and their device keys.
Organisations that are admitted *vouch* by signing the same bytes. The roots write what follows
into the *register*, one signed note with every organisation that was ever admitted; each register
has the digest of the one before. Founders are in the first one, admitted by the roots alone.

Who reads and who decides in a week stands in that week's keyring and nowhere else: the register
says what a keyring may say.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Final, Self

from crypto.encoding import HASH_BYTES, decode_base64, decode_decimal, encode_base64, sha256
from crypto.errors import (
    MalformedError,
    MalformedMembershipError,
    MembershipError,
    UnverifiedError,
    VouchError,
)
from crypto.keyring import FIRST_PREVIOUS, Keyring, Organisation, Roots, device_name
from crypto.lines import Lines, ascending, is_name, is_slug
from crypto.note import (
    SigningKey,
    VerifierKey,
    is_key_name,
    open_note,
    read_text_unverified,
    sign,
)
from crypto.weeks import decode_date

VOUCHES: Final = 2
"""How many other organisations must vouch."""
APPLICATION_DAYS: Final = 90
"""How old an application may be when it is admitted: its people may be others by then."""
PROBATION_WEEKS: Final = 12
"""How long the tools make a probation unless they are told otherwise."""

_APPLICATION: Final = "wasl/application/v1"
_REGISTER: Final = "wasl/register/v1"
_WEEK: Final = timedelta(weeks=1)


def monday_from(day: date) -> date:
    """The first Monday that is not before *day*."""
    return day + timedelta(days=-day.weekday() % 7)


@dataclass(frozen=True)
class Application:
    """An organisation that wishes to read, and the device keys of its reviewers, ascending."""

    origin: str
    org: str
    name_ar: str
    name_en: str
    written_on: date
    devices: tuple[VerifierKey, ...]

    def __post_init__(self) -> None:
        """Raise `MalformedMembershipError`."""
        _require(is_key_name(self.origin), "an origin has no spaces")
        _check_names(self.org, self.name_ar, self.name_en)
        _check_devices(self.devices, self.origin)

    @property
    def digest(self) -> bytes:
        """32 bytes: H of the text that is signed."""
        return sha256(self.encode().encode())

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedMembershipError` unless *untrusted* is what `encode` writes."""
        try:
            lines = Lines(untrusted)
            lines.take(_APPLICATION)
            application = cls(
                lines.take("origin "),
                lines.take("org "),
                lines.take("name-ar "),
                lines.take("name-en "),
                decode_date(lines.take("date ")),
                _read_devices(lines),
            )
        except (ValueError, MalformedError) as exc:
            raise MalformedMembershipError("not an application") from exc
        _require(application.encode() == untrusted, "not an application")
        return application

    def encode(self) -> str:
        """The text of the note."""
        return _text(
            _APPLICATION,
            f"origin {self.origin}",
            f"org {self.org}",
            f"name-ar {self.name_ar}",
            f"name-en {self.name_en}",
            f"date {self.written_on}",
            *_device_lines(self.devices),
        )


def is_application(untrusted: str) -> bool:
    """Whether the text says that it is an application; a register is the other kind."""
    return untrusted.startswith(f"{_APPLICATION}\n")


def open_application(
    untrusted_note: str | bytes, known: Mapping[VerifierKey, str], *, origin: str
) -> tuple[Application, frozenset[str]]:
    """The application, and the slugs of the organisations that vouch for it.

    *known* are the device keys that may vouch (`Register.may_vouch`), each with its organisation's
    slug. Raise `MalformedNoteError`, `MalformedMembershipError`, and `UnverifiedError` if the
    application is of another instance, if the organisation itself has not signed, or if a known
    key did not sign these bytes.
    """
    application = Application.parse(read_text_unverified(untrusted_note))
    opened = open_note(untrusted_note, [*application.devices, *known])
    if application.origin != origin:
        raise UnverifiedError("an application to another instance")
    if not set(opened.verified) & set(application.devices):
        raise UnverifiedError("the organisation itself has not signed its application")
    # Somebody of another organisation who applies with the same key would vouch for herself.
    own = {device.public for device in application.devices}
    others = [key for key in opened.verified if key in known and key.public not in own]
    return application, frozenset(known[key] for key in others) - {application.org}


@dataclass(frozen=True)
class Admission:
    """How an organisation came in that is no founder.

    `application` is H of its text, `vouched` has the slugs of those who did, ascending,
    `probation` is the Monday that ends it, `devices` are those of the application.
    """

    application: bytes
    vouched: tuple[str, ...]
    probation: date
    devices: tuple[VerifierKey, ...]

    def __post_init__(self) -> None:
        """Raise `MalformedMembershipError`."""
        _require(len(self.application) == HASH_BYTES, "a hash has 32 bytes")
        enough = len(self.vouched) >= VOUCHES and ascending(self.vouched)
        _require(enough, "two organisations vouch")
        _require(self.probation.weekday() == 0, "a probation ends with a week")

    def encode(self) -> list[str]:
        return [
            f"application {encode_base64(self.application)}",
            *(f"vouched {slug}" for slug in self.vouched),
            f"probation {self.probation}",
            *_device_lines(self.devices),
        ]


@dataclass(frozen=True)
class Revocation:
    """Why an organisation was removed: from the week that begins `on`, no keyring has it."""

    on: date
    reason_ar: str
    reason_en: str

    def __post_init__(self) -> None:
        """Raise `MalformedMembershipError`."""
        _require(self.on.weekday() == 0, "a removal begins with a week")
        _require(is_name(self.reason_ar) and is_name(self.reason_en), "a reason is one line")

    def encode(self) -> list[str]:
        return [
            f"revoked {self.on}",
            f"reason-ar {self.reason_ar}",
            f"reason-en {self.reason_en}",
        ]


@dataclass(frozen=True)
class Member:
    """An organisation that was admitted once. `admission` is None for a founder."""

    slug: str
    name_ar: str
    name_en: str
    admitted: date
    admission: Admission | None = None
    revocation: Revocation | None = None

    def __post_init__(self) -> None:
        """Raise `MalformedMembershipError`."""
        _check_names(self.slug, self.name_ar, self.name_en)
        if self.admission:
            _require(self.slug not in self.admission.vouched, "nobody vouches for herself")
            _require(self.admitted < self.admission.probation, "a probation lasts")

    def probation_in(self, keyring_from: date) -> date | None:
        """What a keyring that begins on that day says about the probation."""
        if self.admission is None or self.admission.probation <= keyring_from:
            return None
        return self.admission.probation

    def encode(self) -> list[str]:
        return [
            f"org {self.slug}",
            f"name-ar {self.name_ar}",
            f"name-en {self.name_en}",
            f"admitted {self.admitted}",
            *(self.admission.encode() if self.admission else ()),
            *(self.revocation.encode() if self.revocation else ()),
        ]


@dataclass(frozen=True)
class Register:
    """Every organisation that was ever admitted. `previous` is the digest of the one before."""

    origin: str
    serial: int
    previous: bytes
    members: tuple[Member, ...]

    def __post_init__(self) -> None:
        """Raise `MalformedMembershipError`."""
        _require(is_key_name(self.origin), "an origin has no spaces")
        _require(self.serial >= 1 and len(self.previous) == HASH_BYTES, "not a link of a chain")
        _require((self.serial == 1) == (self.previous == FIRST_PREVIOUS), "not a link of a chain")
        _require(self.members and ascending(self._slugs), "slugs must ascend")
        admissions = [member.admission for member in self.members if member.admission]
        _require(self.serial > 1 or not admissions, "the first register has founders only")
        vouched = {slug for admission in admissions for slug in admission.vouched}
        _require(vouched <= set(self._slugs), "only members vouch")
        for admission in admissions:
            _check_devices(admission.devices, self.origin)

    @property
    def _slugs(self) -> tuple[str, ...]:
        return tuple(member.slug for member in self.members)

    @cached_property
    def digest(self) -> bytes:
        """32 bytes: what the next register's `previous` must be."""
        return sha256(self.encode().encode())

    def find(self, slug: str) -> Member | None:
        return next((member for member in self.members if member.slug == slug), None)

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedMembershipError` unless *untrusted* is what `encode` writes."""
        try:
            lines = Lines(untrusted)
            lines.take(_REGISTER)
            register = cls(
                lines.take("origin "),
                decode_decimal(lines.take("serial ")),
                decode_base64(lines.take("previous "), HASH_BYTES),
                tuple(_read_members(lines)),
            )
        except (ValueError, MalformedError) as exc:
            raise MalformedMembershipError("not a register") from exc
        _require(register.encode() == untrusted, "not a register")
        return register

    def encode(self) -> str:
        """The text of the note."""
        return _text(
            _REGISTER,
            f"origin {self.origin}",
            f"serial {self.serial}",
            f"previous {encode_base64(self.previous)}",
            *(line for member in self.members for line in member.encode()),
        )

    # What may follow

    def may_vouch(self, keyring: Keyring) -> dict[VerifierKey, str]:
        """The devices whose vouch counts while *keyring* is valid, and their organisations."""
        members = {member.slug for member in self.members if member.revocation is None}
        return {
            reviewer.device: org.slug
            for org in keyring.orgs
            if org.slug in members and org.probation is None
            for reviewer in org.reviewers
        }

    def admitting(
        self, untrusted_note: str | bytes, keyring: Keyring, *, today: date, weeks: int
    ) -> Self:
        """The register after this one, with who applies in *untrusted_note*, on probation.

        Raise the errors of `open_application`; `VouchError` unless two organisations that
        *keyring* lists vouch; `MembershipError` for who cannot be admitted at all.
        """
        known = self.may_vouch(keyring)
        application, vouched = open_application(untrusted_note, known, origin=self.origin)
        self._require_new(application, keyring, today)
        require_vouches(vouched)
        admission = Admission(
            application.digest,
            tuple(sorted(vouched)),
            monday_from(today + weeks * _WEEK),
            application.devices,
        )
        names = (application.org, application.name_ar, application.name_en)
        return self._next([*self.members, Member(*names, today, admission)])

    def _require_new(self, application: Application, keyring: Keyring, today: date) -> None:
        known = self.find(application.org)
        if known is not None:
            was = "removed; it applies under another id" if known.revocation else "admitted"
            raise MembershipError(f"{application.org} was {was}")
        if not 0 <= (today - application.written_on).days <= APPLICATION_DAYS:
            raise MembershipError(
                f"the application is of {application.written_on}: `wasl desk apply` writes another"
            )
        taken = {device.public for device in keyring.devices}
        taken_ids = {device.name for device in keyring.devices}
        if any(each.public in taken or each.name in taken_ids for each in application.devices):
            raise MembershipError("a reviewer of the application reads for another organisation")

    def revoking(self, slug: str, revocation: Revocation) -> Self:
        """The register after this one, in which *slug* is removed. Raise `MembershipError`."""
        member = self.find(slug)
        if member is None or member.revocation:
            raise MembershipError(f"{slug} is {'removed already' if member else 'no member'}")
        others = [each for each in self.members if each is not member]
        return self._next([*others, replace(member, revocation=revocation)])

    def _next(self, members: Iterable[Member]) -> Self:
        in_order = tuple(sorted(members, key=lambda member: member.slug))
        return replace(self, serial=self.serial + 1, previous=self.digest, members=in_order)

    def require_follows(self, before: Self) -> None:
        """Raise `MembershipError` unless *before* was the last, and is continued.

        Whoever was admitted stays listed as it was, or is removed; nobody founds later.
        """
        if self.serial != before.serial + 1 or self.previous != before.digest:
            raise MembershipError(f"register {before.serial + 1} after {before.serial} comes next")
        for member in before.members:
            found = self.find(member.slug)
            if found is None or found != replace(member, revocation=found.revocation):
                raise MembershipError(f"{member.slug} is told otherwise than before")
            if member.revocation and found.revocation != member.revocation:
                raise MembershipError(f"{member.slug} was removed and stays so")
        for member in self.newly_admitted(before):
            if member.admission is None:
                raise MembershipError(f"{member.slug} cannot be a founder any more")

    def newly_admitted(self, before: Self | None) -> tuple[Member, ...]:
        """Who is in this register and was not in the one *before*."""
        known = set(before._slugs) if before else set()
        return tuple(member for member in self.members if member.slug not in known)

    def require_admits(self, keyring: Keyring, day: date) -> None:
        """Raise `MembershipError` unless *keyring* may be used on *day*.

        Every organisation is admitted and not removed by then, and called as it is here; those on
        probation are marked, and only reviewers whom others vouched for read for them.
        """
        for org in keyring.orgs:
            self._require_admits(org, keyring.not_before, day)

    def _require_admits(self, org: Organisation, keyring_from: date, day: date) -> None:
        member = self.find(org.slug)
        if member is None:
            raise MembershipError(f"{org.slug} is not admitted: `wasl root admit`")
        if member.revocation and member.revocation.on <= day:
            raise MembershipError(
                f"{org.slug} is removed from {member.revocation.on} on: "
                "sign the keyrings from that week on without it"
            )
        if (org.name_ar, org.name_en) != (member.name_ar, member.name_en):
            raise MembershipError(f"{org.slug} has other names in the register")
        if org.probation != member.probation_in(keyring_from):
            raise MembershipError(f"{org.slug}: the keyring tells its probation wrongly")
        if org.probation and member.admission:
            strangers = {each.device for each in org.reviewers} - set(member.admission.devices)
            if strangers:
                raise MembershipError(
                    f"{org.slug} is on probation, and {min(key.name for key in strangers)} "
                    "is not in its application"
                )


def require_vouches(vouched: Iterable[str]) -> None:
    """Raise `VouchError` unless they are enough."""
    found = sorted(vouched)
    if len(found) < VOUCHES:
        who = ", ".join(found) or "no organisation"
        raise VouchError(
            f"{who} vouches, and {VOUCHES} must: others sign the same file with `wasl desk vouch`. "
            "An organisation counts once, and not at all on probation, removed, or for itself"
        )


def first_register(origin: str, today: date, founders: Mapping[str, tuple[str, str]]) -> Register:
    """The register that begins an instance; *founders* has names in both languages by slug."""
    members = tuple(Member(slug, *founders[slug], today) for slug in sorted(founders))
    return Register(origin, 1, FIRST_PREVIOUS, members)


def sign_register(register: Register, *root_keys: SigningKey) -> str:
    """The signed note."""
    return sign(register.encode(), *root_keys)


def open_register(untrusted_note: str | bytes, roots: Roots, *, origin: str) -> Register:
    """Raise `MalformedNoteError`, `MalformedMembershipError`, or `UnverifiedError`.

    The last unless a quorum signed it for *origin*. Whether it is the newest, its chain says.
    """
    opened = open_note(untrusted_note, roots.keys)
    if len(opened.verified) < roots.quorum:
        raise UnverifiedError("too few roots signed this register")
    register = Register.parse(opened.text)
    if register.origin != origin:
        raise UnverifiedError("a register of another instance")
    return register


def _read_members(lines: Lines) -> Iterator[Member]:
    while lines.begins("org "):
        names = (lines.take("org "), lines.take("name-ar "), lines.take("name-en "))
        admitted = decode_date(lines.take("admitted "))
        admission = _read_admission(lines) if lines.begins("application ") else None
        revocation = _read_revocation(lines) if lines.begins("revoked ") else None
        yield Member(*names, admitted, admission, revocation)


def _read_admission(lines: Lines) -> Admission:
    return Admission(
        decode_base64(lines.take("application "), HASH_BYTES),
        tuple(lines.take_all("vouched ")),
        decode_date(lines.take("probation ")),
        _read_devices(lines),
    )


def _read_revocation(lines: Lines) -> Revocation:
    on = decode_date(lines.take("revoked "))
    return Revocation(on, lines.take("reason-ar "), lines.take("reason-en "))


def _read_devices(lines: Lines) -> tuple[VerifierKey, ...]:
    return tuple(map(VerifierKey.parse, lines.take_all("device ")))


def _device_lines(devices: Iterable[VerifierKey]) -> list[str]:
    return [f"device {device.encode()}" for device in devices]


def _check_names(slug: str, name_ar: str, name_en: str) -> None:
    _require(is_slug(slug), "a slug is made of a-z, 0-9 and dashes")
    _require(is_name(name_ar) and is_name(name_en), "a name is one line of at most 200 characters")


def _check_devices(devices: tuple[VerifierKey, ...], origin: str) -> None:
    prefix = device_name(origin, "")
    _require(devices and ascending([key.encode() for key in devices]), "devices must ascend")
    named = (key.name.removeprefix(prefix) for key in devices if key.name.startswith(prefix))
    ids = [each for each in named if is_slug(each)]
    _require(len(set(ids)) == len(devices), "a device key is named after its reviewer")
    _require(len({key.public for key in devices}) == len(devices), "a key twice")


def _text(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def _require(condition: object, otherwise: str) -> None:
    if not condition:
        raise MalformedMembershipError(otherwise)
