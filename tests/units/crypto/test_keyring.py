"""Which keyring a client encrypts to, and which ones it leaves alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crypto.errors import MalformedKeyringError, StaleKeyringError, UnverifiedError
from crypto.keyring import (
    Keyring,
    Organisation,
    Reviewer,
    Roots,
    next_keyring,
    open_keyring,
    sign_keyring,
)
from crypto.note import SigningKey, sign
from tests.units.crypto.people import (
    HUDA,
    HUDA_DEVICE,
    KEYRING,
    ORIGIN,
    ROOT_KEYS,
    ROOTS,
    SAMI_DEVICE,
    TODAY,
    seeded,
)

NOTE = sign_keyring(KEYRING, *ROOT_KEYS[:2])


def opened(note: str, **changes: object) -> Keyring:
    arguments = {"origin": ORIGIN, "today": TODAY, **changes}
    return open_keyring(note, ROOTS, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("signers", [ROOT_KEYS[:2], ROOT_KEYS[1:], ROOT_KEYS[::2], ROOT_KEYS])
def test_any_two_of_three_roots_are_enough(signers: list[SigningKey]) -> None:
    assert opened(sign_keyring(KEYRING, *signers)) == KEYRING


@pytest.mark.parametrize("signers", [ROOT_KEYS[:1], [ROOT_KEYS[0]] * 2, [HUDA_DEVICE]])
def test_fewer_are_not(signers: list[SigningKey]) -> None:
    with pytest.raises(UnverifiedError):
        opened(sign_keyring(KEYRING, *signers))


def test_a_keyring_is_good_for_two_weeks_from_its_monday() -> None:
    for day in (KEYRING.not_before, KEYRING.not_after - timedelta(days=1)):
        assert opened(NOTE, today=day) == KEYRING
    for day in (KEYRING.not_before - timedelta(days=1), KEYRING.not_after):
        with pytest.raises(StaleKeyringError):
            opened(NOTE, today=day)
    assert KEYRING.not_before.isoweekday() == 1


def test_nobody_is_led_back_to_an_older_keyring() -> None:
    assert opened(NOTE, at_least_serial=1) == KEYRING
    with pytest.raises(StaleKeyringError):
        opened(NOTE, at_least_serial=2)


def test_a_keyring_of_another_instance_is_left_alone() -> None:
    with pytest.raises(UnverifiedError):
        opened(NOTE, origin="other.example")


def test_what_the_roots_signed_must_still_be_a_keyring() -> None:
    with pytest.raises(MalformedKeyringError):
        opened(sign("hello\n", *ROOT_KEYS))


def test_keyrings_form_a_chain() -> None:
    second = next_keyring(KEYRING, "2026-W49", KEYRING.orgs)
    assert (second.serial, second.previous) == (2, KEYRING.digest)
    assert Keyring.parse(second.encode()) == second


def test_a_keyring_names_everybody_who_reads() -> None:
    assert KEYRING.recipients[0] == HUDA.recipient
    assert KEYRING.devices == (HUDA_DEVICE.verifier, SAMI_DEVICE.verifier)


def _with_reviewers(*reviewers: Reviewer) -> Keyring:
    return replace(KEYRING, orgs=(replace(KEYRING.orgs[0], reviewers=reviewers),))


def test_nothing_is_signed_that_clients_would_refuse() -> None:
    one, other = KEYRING.reviewers
    for make in (
        lambda: replace(KEYRING, orgs=()),
        lambda: replace(KEYRING, serial=0),
        lambda: replace(KEYRING, serial=2),
        lambda: replace(KEYRING, week="2026-48"),
        lambda: replace(KEYRING, origin="a b"),
        lambda: _with_reviewers(),
        lambda: _with_reviewers(other, one),
        lambda: _with_reviewers(one, replace(other, recipient=one.recipient)),
        lambda: _with_reviewers(one, replace(other, id="sana")),
        lambda: Organisation("Amal", "ا", "a", KEYRING.reviewers),
        lambda: Organisation("amal", "ا", "a\nb", KEYRING.reviewers),
        lambda: Roots.of([key.verifier for key in ROOT_KEYS], quorum=4),
        lambda: Roots.of([ROOT_KEYS[0].verifier] * 2, quorum=2),
    ):
        with pytest.raises(MalformedKeyringError):
            make()


def test_two_names_for_one_root_key_do_not_make_a_quorum() -> None:
    twin = SigningKey("wasl.example/root/twin", ROOT_KEYS[0].seed)
    with pytest.raises(MalformedKeyringError):
        Roots.of([ROOT_KEYS[0].verifier, twin.verifier], quorum=2)


def test_a_device_key_must_not_be_shared() -> None:
    shared = SigningKey(SAMI_DEVICE.name, HUDA_DEVICE.seed)
    one, other = KEYRING.reviewers
    with pytest.raises(MalformedKeyringError):
        _with_reviewers(one, replace(other, device=shared.verifier))


def test_a_name_may_be_any_line_in_any_language() -> None:
    org = Organisation("a", "جمعيّة «أمل»، عمّان", "Amal + Co – 2", KEYRING.reviewers)
    keyring = replace(KEYRING, orgs=(org,))
    assert Keyring.parse(keyring.encode()) == keyring


def test_roots_are_the_same_however_they_are_listed() -> None:
    shuffled = Roots.of([key.verifier for key in reversed(ROOT_KEYS)], quorum=2)
    assert shuffled == ROOTS
    assert len(shuffled.hash) == 32
    assert seeded("a")(4) == seeded("a")(4)
