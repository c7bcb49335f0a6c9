"""From enrolments to the keyrings of the coming weeks, ready for the roots' signatures.

The register says which organisations may be in them, and which are on probation.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from app.domain.enrolment import Enrolment
from app.domain.errors import CorrectError
from app.domain.weeks import monday_of
from crypto.keyring import FIRST_PREVIOUS, Keyring, Organisation, Reviewer, next_keyring
from crypto.membership import Register
from crypto.note import VerifierKey


class CannotDraftError(CorrectError):
    """The enrolments do not make a keyring; the message says which and why."""


def draft_keyrings(
    enrolments: Sequence[Enrolment],
    *,
    register: Register,
    weeks: Sequence[str],
    previous: Keyring | None = None,
    trained: Mapping[VerifierKey, date | None] | None = None,
) -> list[Keyring]:
    """One unsigned keyring for each of *weeks*, chained, the first one after *previous*.

    *trained* says of device keys until when their reviewers' training holds. An organisation is
    left out of the weeks in which it is removed. Raises `CannotDraftError`,
    `MembershipError`, and `MalformedKeyringError` for what a keyring cannot say.
    """
    keyrings: list[Keyring] = []
    for week in weeks:
        remaining = _remaining(enrolments, register, week)
        orgs = _organisations(remaining, register, week, trained or {})
        keyring = (
            next_keyring(previous, week, orgs)
            if previous
            else Keyring(register.origin, 1, FIRST_PREVIOUS, week, orgs)
        )
        register.require_admits(keyring, keyring.not_before)
        keyrings.append(keyring)
        previous = keyring
    return keyrings


def _remaining(enrolments: Sequence[Enrolment], register: Register, week: str) -> list[Enrolment]:
    """Those of organisations that are not removed by then."""
    monday = monday_of(week)
    revocations = {member.slug: member.revocation for member in register.members}
    return [
        enrolment
        for enrolment in enrolments
        if not (revocation := revocations.get(enrolment.org)) or monday < revocation.on
    ]


def _organisations(
    enrolments: Sequence[Enrolment],
    register: Register,
    week: str,
    trained: Mapping[VerifierKey, date | None],
) -> tuple[Organisation, ...]:
    members: dict[str, list[Enrolment]] = defaultdict(list)
    for enrolment in enrolments:
        members[enrolment.org].append(enrolment)
    return tuple(_organisation(members[slug], register, week, trained) for slug in sorted(members))


def _organisation(
    members: Sequence[Enrolment],
    register: Register,
    week: str,
    trained: Mapping[VerifierKey, date | None],
) -> Organisation:
    names = {(member.name_ar, member.name_en) for member in members}
    if len(names) > 1:
        raise CannotDraftError(f"{members[0].org}: its reviewers give it different names")
    name_ar, name_en = names.pop()
    reviewers = [_reviewer(member, week, trained.get(member.device)) for member in members]
    reviewers.sort(key=lambda reviewer: reviewer.id)
    slug = members[0].org
    member = register.find(slug)
    probation = member.probation_in(monday_of(week)) if member else None
    return Organisation(slug, name_ar, name_en, tuple(reviewers), probation)


def _reviewer(member: Enrolment, week: str, trained_until: date | None) -> Reviewer:
    recipient = member.recipients.get(week)
    if recipient is None:
        raise CannotDraftError(f"{member.reviewer}: no key for {week}; `wasl desk rotate` it")
    holds = trained_until is not None and trained_until > monday_of(week)
    return Reviewer(member.reviewer, recipient, member.device, trained_until if holds else None)
