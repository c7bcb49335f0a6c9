"""What an auditor finds when organisations read that nobody vouched for in public."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from crypto.age import Identity
from crypto.keyring import Keyring, Organisation, Reviewer, device_name, first_keyring, next_keyring
from crypto.membership import Application, Register, Revocation, first_register, sign_register
from crypto.note import SigningKey, sign
from crypto.record import Tally
from crypto.tlog.audit import LogAuditor
from crypto.tlog.findings import Finding
from crypto.tlog.leaves import Control, MemberLeaf, RecordLeaf
from tests.units.crypto.people import ORIGIN, ROOT_KEYS, ROOTS, TODAY, seeded
from tests.units.tlog.operator import Operator, audited, signed_keyring, signed_rules

PEOPLE = {"huda": "amal", "sami": "amal", "lina": "nur", "maha": "yaman", "zaid": "rand"}
DEVICES = {each: SigningKey.generate(device_name(ORIGIN, each), seeded(each)) for each in PEOPLE}
READERS = {each: Identity.generate(seeded(f"key of {each}")).recipient for each in PEOPLE}
END = date(2027, 2, 22)


def org(slug: str, probation: date | None = None) -> Organisation:
    people = tuple(
        Reviewer(each, READERS[each], DEVICES[each].verifier)
        for each, its in PEOPLE.items()
        if its == slug
    )
    return Organisation(slug, "اسم", slug.title(), people, probation)


AMAL, NUR, RAND, YAMAN = org("amal"), org("nur"), org("rand"), org("yaman", END)
KEYRING = first_keyring(ORIGIN, TODAY, [AMAL, NUR])
FOUNDERS = first_register(ORIGIN, TODAY, {"amal": ("اسم", "Amal"), "nur": ("اسم", "Nur")})
APPLICATION = Application(ORIGIN, "yaman", "اسم", "Yaman", TODAY, (DEVICES["maha"].verifier,))


def application(*vouchers: str) -> MemberLeaf:
    keys = [DEVICES[each] for each in ("maha", *vouchers)]
    return MemberLeaf(sign(APPLICATION.encode(), *keys))


def registered(register: Register, keys: list[SigningKey] = ROOT_KEYS[:2]) -> MemberLeaf:
    return MemberLeaf(sign_register(register, *keys))


VOUCHED = application("huda", "lina")
ADMITTED = FOUNDERS.admitting(VOUCHED.note, KEYRING, today=TODAY, weeks=12)
REVOKED = ADMITTED.revoking("nur", Revocation(date(2026, 12, 7), "سبب", "A reason"))


def published(*batches: Sequence[Control], keyring: Keyring = KEYRING) -> list[Finding]:
    """What is found in a log that opens with founders and then has these control leaves."""
    operator = Operator()
    opening: list[Control] = [
        signed_rules(operator.rules),
        signed_keyring(keyring),
        registered(FOUNDERS),
    ]
    operator.publishes(control=opening)
    for control in batches:
        operator.publishes(control=control)
    return audited(operator)


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def following(*orgs: Organisation, week: str = "2026-W49") -> Control:
    return signed_keyring(next_keyring(KEYRING, week, orgs))


def test_an_admission_with_two_public_vouches_has_no_findings() -> None:
    assert published([VOUCHED, registered(ADMITTED)], [following(AMAL, NUR, YAMAN)]) == []
    assert published([following(AMAL, NUR, YAMAN), VOUCHED, registered(ADMITTED)]) == []


@pytest.mark.parametrize(
    "leaves",
    [
        [registered(ADMITTED)],
        [registered(ADMITTED), VOUCHED],
        [application("huda"), registered(ADMITTED)],
        [application("huda", "sami"), registered(ADMITTED)],
        [application("huda", "zaid"), registered(ADMITTED)],
    ],
    ids=["no application", "too late", "one vouch", "two of one organisation", "a stranger"],
)
def test_one_without_them_is_found(leaves: list[Control]) -> None:
    assert codes(published(leaves)) == ["not-admitted"]


def test_a_vouch_that_was_changed_is_not_counted() -> None:
    forged = MemberLeaf(VOUCHED.note.replace("Yaman", "Zaman"))

    found = codes(published([forged, registered(ADMITTED)]))
    assert found == ["control-unverified", "not-admitted"]


def test_neither_one_on_probation_nor_a_removed_one_vouches() -> None:
    on_probation = first_keyring(ORIGIN, TODAY, [AMAL, org("nur", END)])
    found = published([VOUCHED, registered(ADMITTED)], keyring=on_probation)
    # The register calls nur a founder, so the keyring is found as well.
    assert codes(found) == ["not-admitted", "not-admitted"]

    without = FOUNDERS.revoking("nur", Revocation(date(2026, 12, 7), "سبب", "A reason"))
    admitted = replace(ADMITTED, serial=3, previous=without.digest)
    later = replace(admitted, members=(*without.members, ADMITTED.members[-1]))
    assert codes(published([registered(without)], [VOUCHED, registered(later)])) == ["not-admitted"]


@pytest.mark.parametrize(
    ("keyring", "register"),
    [
        (following(AMAL, NUR, RAND), None),
        (following(AMAL, NUR, org("yaman")), ADMITTED),
        (following(AMAL, NUR, YAMAN, week="2026-W50"), REVOKED),
    ],
    ids=["not admitted", "probation hidden", "removed"],
)
def test_a_keyring_that_says_otherwise_than_the_register_is_found(
    keyring: Control, register: Register | None
) -> None:
    leaves: list[Control] = [VOUCHED, registered(ADMITTED)] if register else []
    if register is REVOKED:
        leaves.append(registered(REVOKED))
    assert codes(published([*leaves, keyring])) == ["not-admitted"]


def test_a_keyring_signed_ahead_and_overtaken_in_its_batch_is_none() -> None:
    ahead = next_keyring(KEYRING, "2026-W50", [AMAL, NUR])
    instead = next_keyring(ahead, "2026-W50", [AMAL])
    without = FOUNDERS.revoking("nur", Revocation(date(2026, 12, 7), "سبب", "A reason"))

    assert published([signed_keyring(ahead), signed_keyring(instead), registered(without)]) == []


def test_a_register_that_goes_back_is_found() -> None:
    leaves = [VOUCHED, registered(ADMITTED)]

    assert codes(published(leaves, [registered(FOUNDERS)])) == ["register-rollback"]
    hidden = replace(REVOKED, members=ADMITTED.members)
    assert codes(published([*leaves, registered(REVOKED)], [registered(hidden)])) == [
        "register-rollback"
    ]


def test_a_register_of_one_root_is_none() -> None:
    found = published([VOUCHED, registered(ADMITTED, ROOT_KEYS[:1])], [following(AMAL, NUR)])

    assert codes(found) == ["control-unverified"]


def test_a_record_signed_by_one_on_probation_is_not_signed_by_two() -> None:
    tally = Tally(ORIGIN, "2026-W48", ()).encode()

    def found(*signers: str) -> list[str]:
        record = RecordLeaf(sign(tally, *(DEVICES[each] for each in signers)))
        both = [following(AMAL, NUR, YAMAN), VOUCHED, registered(ADMITTED)]
        return codes(published(both, [record]))

    assert found("huda", "lina") == []
    assert found("huda", "maha") == ["control-unverified"]


def test_an_auditor_who_stops_remembers_the_register_and_the_vouches() -> None:
    operator = Operator()
    opening: list[Control] = [
        signed_rules(operator.rules),
        signed_keyring(KEYRING),
        registered(FOUNDERS),
    ]
    operator.publishes(control=opening)
    operator.publishes(control=[VOUCHED])
    first = LogAuditor(ORIGIN, ROOTS)
    assert audited(operator, first) == []
    operator.publishes(control=[registered(ADMITTED)])
    operator.publishes(control=[following(AMAL, NUR, org("yaman"))])

    resumed = LogAuditor.resume(ORIGIN, ROOTS, first.state())
    assert codes(audited(operator, resumed)) == ["not-admitted"]
