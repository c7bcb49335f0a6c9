"""Who is admitted, who vouches, and what a keyring may say: the rules of SPEC.md §16."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import (
    CryptoError,
    MalformedMembershipError,
    MembershipError,
    UnverifiedError,
    VouchError,
)
from crypto.keyring import Keyring, Organisation, Roots, next_keyring
from crypto.membership import (
    Application,
    Register,
    Revocation,
    first_register,
    monday_from,
    open_application,
    open_register,
    require_vouches,
)
from crypto.note import sign
from crypto.vectors.cast import ORIGIN, TODAY, device, reviewer
from crypto.vectors.generate import FOLDER

VECTORS = json.loads((FOLDER / "membership.json").read_text("utf-8"))
ROOTS = Roots.parse(VECTORS["roots"])
KEYRING = Keyring.parse(VECTORS["keyring"])
APPLICATION = Application.parse(VECTORS["application"])
FOUNDERS, ADMITTED, REVOKED = (Register.parse(each["text"]) for each in VECTORS["registers"])
MONDAY = date(2026, 12, 7)
REVOCATION = Revocation(MONDAY, "سبب", "A reason")


def case_of(vector: dict[str, object]) -> str:
    return str(vector["case"])


def vouched(text: str = VECTORS["application"], *reviewers: str) -> str:
    return sign(text, device("maha"), *map(device, reviewers or ("huda", "lina")))


def vouching(note: str) -> frozenset[str]:
    return open_application(note, FOUNDERS.may_vouch(KEYRING), origin=ORIGIN)[1]


def listed(*orgs: Organisation, week: str = "2026-W49") -> Keyring:
    in_order = sorted([KEYRING.orgs[0], *orgs], key=lambda org: org.slug)
    return next_keyring(KEYRING, week, in_order)


def yaman(*reviewers: str, probation: date | None = date(2027, 2, 22)) -> Organisation:
    people = tuple(map(reviewer, reviewers or ("adam", "maha")))
    return Organisation("yaman", "جمعية يمن", "Yaman Society", people, probation)


@pytest.mark.parametrize("good", VECTORS["vouches"], ids=case_of)
def test_two_organisations_vouch(good: dict[str, object]) -> None:
    note = str(good["note"])
    application, found = open_application(note, FOUNDERS.may_vouch(KEYRING), origin=ORIGIN)

    assert application == APPLICATION
    assert sorted(found) == good["vouched"] == ["amal", "nur"]
    require_vouches(found)


@pytest.mark.parametrize("bad", VECTORS["refused_vouches"], ids=case_of)
def test_fewer_are_refused_and_so_is_every_other_text(bad: dict[str, str]) -> None:
    with pytest.raises(Exception) as caught:
        require_vouches(vouching(bad["note"]))

    assert type(caught.value).__name__ == bad["error"]
    with pytest.raises(CryptoError):
        FOUNDERS.admitting(bad["note"], KEYRING, today=TODAY, weeks=12)


@pytest.mark.parametrize("good", VECTORS["registers"], ids=case_of)
def test_a_register_is_what_the_roots_signed(good: dict[str, object]) -> None:
    register = open_register(str(good["note"]), ROOTS, origin=ORIGIN)

    assert register.encode() == good["text"]
    assert [member.slug for member in register.members] == good["members"]


@pytest.mark.parametrize("bad", VECTORS["refused_registers"], ids=case_of)
def test_no_other_register_is_believed(bad: dict[str, str]) -> None:
    with pytest.raises(Exception) as caught:
        open_register(bad["note"], ROOTS, origin=ORIGIN)

    assert type(caught.value).__name__ == bad["error"]


@given(st.sampled_from([APPLICATION, FOUNDERS, ADMITTED, REVOKED]), st.data())
def test_a_text_has_one_spelling(value: Application | Register, data: st.DataObject) -> None:
    text = value.encode()
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.sampled_from(" \nx0=-+")) + text[at:]
    try:
        parsed = type(value).parse(changed)
    except MalformedMembershipError:
        return
    assert parsed.encode() == changed


def test_the_vouch_of_a_removed_organisation_counts_no_more() -> None:
    """Not even in the last days in which the keyring still lists it."""
    without = FOUNDERS.revoking("nur", REVOCATION)

    with pytest.raises(VouchError, match=r"^amal vouches"):
        without.admitting(vouched(), KEYRING, today=TODAY, weeks=12)


def test_a_vouch_needs_an_organisation_that_is_in_the_register() -> None:
    names = {"amal": ("جمعية أمل", "Amal Society")}
    with pytest.raises(VouchError):
        first_register(ORIGIN, TODAY, names).admitting(vouched(), KEYRING, today=TODAY, weeks=12)


@pytest.mark.parametrize(
    ("org", "today", "message"),
    [
        ("nur", TODAY, "nur was admitted"),
        ("yaman", TODAY + timedelta(days=91), "`wasl desk apply` writes another"),
        ("yaman", TODAY - timedelta(days=1), "`wasl desk apply` writes another"),
    ],
)
def test_who_cannot_be_admitted_is_told_why(org: str, today: date, message: str) -> None:
    note = vouched(replace(APPLICATION, org=org).encode())

    with pytest.raises(MembershipError, match=message):
        FOUNDERS.admitting(note, KEYRING, today=today, weeks=12)


def test_a_removed_organisation_comes_back_under_another_id_only() -> None:
    with pytest.raises(MembershipError, match="applies under another id"):
        REVOKED.admitting(
            vouched(replace(APPLICATION, org="nur").encode(), "huda", "sami"),
            KEYRING,
            today=TODAY,
            weeks=12,
        )


def test_nobody_applies_with_the_key_of_another_organisations_reviewer() -> None:
    own = replace(APPLICATION, devices=(device("maha").verifier, device("sami").verifier))
    with pytest.raises(MembershipError, match="reads for another organisation"):
        FOUNDERS.admitting(vouched(own.encode()), KEYRING, today=TODAY, weeks=12)


def test_an_application_to_another_instance_is_refused() -> None:
    with pytest.raises(UnverifiedError, match="another instance"):
        open_application(vouched(), FOUNDERS.may_vouch(KEYRING), origin="other.example")


# What may follow


def test_a_register_continues_the_one_before() -> None:
    ADMITTED.require_follows(FOUNDERS)
    REVOKED.require_follows(ADMITTED)
    assert [each.slug for each in ADMITTED.newly_admitted(FOUNDERS)] == ["yaman"]
    assert REVOKED.newly_admitted(ADMITTED) == ()


@pytest.mark.parametrize(
    ("register", "message"),
    [
        (
            replace(
                REVOKED, members=tuple(each for each in REVOKED.members if each.slug != "rand")
            ),
            "rand is told otherwise",
        ),
        (
            replace(
                REVOKED, members=(replace(REVOKED.members[0], name_en="X"), *REVOKED.members[1:])
            ),
            "amal is told otherwise",
        ),
        (replace(REVOKED, previous=bytes(31) + b"1"), "comes next"),
        (replace(REVOKED, serial=4), "comes next"),
        (
            replace(REVOKED, members=(*REVOKED.members, replace(REVOKED.members[0], slug="zain"))),
            "zain cannot be a founder",
        ),
    ],
)
def test_one_that_does_not_is_refused(register: Register, message: str) -> None:
    with pytest.raises(MembershipError, match=message):
        register.require_follows(ADMITTED)


def test_nobody_who_was_removed_is_put_back_quietly() -> None:
    back = tuple(replace(member, revocation=None) for member in REVOKED.members)
    with pytest.raises(MembershipError, match="stays so"):
        replace(REVOKED, serial=4, previous=REVOKED.digest, members=back).require_follows(REVOKED)
    with pytest.raises(MembershipError, match="removed already"):
        REVOKED.revoking("nur", REVOCATION)


# What a keyring may say


def test_a_keyring_lists_who_is_admitted_and_how() -> None:
    ADMITTED.require_admits(listed(yaman()), MONDAY)
    later = listed(yaman(probation=None), week="2027-W08")
    ADMITTED.require_admits(later, later.not_before)


@pytest.mark.parametrize(
    ("keyring", "message"),
    [
        (listed(Organisation("zain", "ز", "Z", (reviewer("omar"),))), "zain is not admitted"),
        (listed(yaman(probation=None)), "tells its probation wrongly"),
        (listed(yaman(probation=date(2027, 1, 4))), "tells its probation wrongly"),
        (listed(yaman("adam", "omar")), "omar is not in its application"),
        (listed(replace(yaman(), name_en="Amal")), "other names"),
    ],
)
def test_a_keyring_that_says_more_is_refused(keyring: Keyring, message: str) -> None:
    with pytest.raises(MembershipError, match=message):
        ADMITTED.require_admits(keyring, keyring.not_before)


def test_a_removal_begins_with_its_week() -> None:
    keyring = listed(KEYRING.orgs[1])

    REVOKED.require_admits(keyring, MONDAY - timedelta(days=1))
    with pytest.raises(MembershipError, match="sign the keyrings from that week on without it"):
        REVOKED.require_admits(keyring, MONDAY)


def test_on_probation_one_reads_and_does_not_decide() -> None:
    keyring = listed(yaman())

    assert len(keyring.recipients) == len(keyring.devices) == 4
    assert {key.name.rpartition("/")[2] for key in keyring.deciding_devices} == {"huda", "sami"}


@given(st.dates(date(2000, 1, 1), date(2900, 1, 1)))
def test_a_monday_from_a_day_is_within_a_week(day: date) -> None:
    monday = monday_from(day)

    assert monday.weekday() == 0
    assert 0 <= (monday - day).days < 7
