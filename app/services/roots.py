"""From enrolments to the keyrings of the coming weeks, ready for the roots' signatures."""

from collections import defaultdict
from collections.abc import Sequence

from app.domain.enrolment import Enrolment
from app.domain.errors import CorrectError
from crypto.keyring import FIRST_PREVIOUS, Keyring, Organisation, Reviewer, next_keyring


class CannotDraftError(CorrectError):
    """The enrolments do not make a keyring; the message says which and why."""


def draft_keyrings(
    enrolments: Sequence[Enrolment],
    *,
    origin: str,
    weeks: Sequence[str],
    previous: Keyring | None = None,
) -> list[Keyring]:
    """One unsigned keyring for each of *weeks*, chained, the first one after *previous*.

    Raises `CannotDraftError`, and `MalformedKeyringError` for what a keyring cannot say.
    """
    keyrings: list[Keyring] = []
    for week in weeks:
        orgs = _organisations(enrolments, week)
        keyring = (
            next_keyring(previous, week, orgs)
            if previous
            else Keyring(origin, 1, FIRST_PREVIOUS, week, orgs)
        )
        keyrings.append(keyring)
        previous = keyring
    return keyrings


def _organisations(enrolments: Sequence[Enrolment], week: str) -> tuple[Organisation, ...]:
    members: dict[str, list[Enrolment]] = defaultdict(list)
    for enrolment in enrolments:
        members[enrolment.org].append(enrolment)
    return tuple(_organisation(members[slug], week) for slug in sorted(members))


def _organisation(members: Sequence[Enrolment], week: str) -> Organisation:
    names = {(member.name_ar, member.name_en) for member in members}
    if len(names) > 1:
        raise CannotDraftError(f"{members[0].org}: its reviewers give it different names")
    name_ar, name_en = names.pop()
    reviewers = [_reviewer(member, week) for member in members]
    reviewers.sort(key=lambda reviewer: reviewer.id)
    return Organisation(members[0].org, name_ar, name_en, tuple(reviewers))


def _reviewer(member: Enrolment, week: str) -> Reviewer:
    recipient = member.recipients.get(week)
    if recipient is None:
        raise CannotDraftError(f"{member.reviewer}: no key for {week}; `wasl desk rotate` it")
    return Reviewer(member.reviewer, recipient, member.device)
