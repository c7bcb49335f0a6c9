"""Whose certificate of training the roots may believe (SPEC.md §23)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import CryptoError, MalformedTrainingError, UnverifiedError
from crypto.keyring import device_name
from crypto.note import SigningKey, VerifierKey, add_signature
from crypto.training import Certificate, is_sandbox, open_certificate, open_own
from tests.units.crypto.people import (
    HUDA_DEVICE,
    KEYRING,
    ORIGIN,
    ROOT_KEYS,
    ROOTS,
    SAMI_DEVICE,
    TODAY,
    seeded,
)

GOOD = Certificate(ORIGIN, HUDA_DEVICE.verifier, "2026-11", 0, TODAY, "passed", bytes(32))
EXAMINERS = (*ROOTS.keys, SAMI_DEVICE.verifier, HUDA_DEVICE.verifier)


def opened(note: str, examiners: tuple[VerifierKey, ...] = EXAMINERS) -> Certificate:
    return open_certificate(note, examiners, origin=ORIGIN)


@pytest.mark.parametrize("examiner", [SAMI_DEVICE, ROOT_KEYS[2]], ids=["reviewer", "root"])
def test_the_reviewer_and_somebody_else_sign_the_same_bytes(examiner: SigningKey) -> None:
    assert opened(add_signature(GOOD.sign(HUDA_DEVICE), examiner)) == GOOD


def test_nobody_certifies_herself_and_nobody_is_certified_unasked() -> None:
    twin = SigningKey.generate(device_name(ORIGIN, "huda"), seeded("another device of hers"))
    stranger = SigningKey.generate(f"{ORIGIN}/root/a", seeded("stranger"))
    alone = GOOD.sign(HUDA_DEVICE)

    assert open_own(alone) == GOOD
    for note in (alone, add_signature(alone, twin), add_signature(alone, stranger)):
        with pytest.raises(UnverifiedError):
            opened(note, (*EXAMINERS, twin.verifier))
    with pytest.raises(UnverifiedError):
        open_own(GOOD.sign(SAMI_DEVICE))


def test_a_certificate_of_a_sandbox_is_worth_nothing_elsewhere() -> None:
    there = f"training.{ORIGIN}"
    device = SigningKey.generate(device_name(there, "huda"), seeded("sandbox"))
    of_sandbox = replace(GOOD, origin=there, device=device.verifier)
    note = add_signature(of_sandbox.sign(device), ROOT_KEYS[0])

    assert is_sandbox(there) and not is_sandbox(ORIGIN)
    with pytest.raises(UnverifiedError, match="another instance"):
        opened(note)
    with pytest.raises(MalformedTrainingError):
        replace(GOOD, origin=there)


def test_it_holds_for_a_year_and_the_keyring_says_until_when() -> None:
    assert GOOD.until == date(2027, 11, 25)
    (org,) = KEYRING.orgs
    trained = replace(org.reviewers[0], trained_until=GOOD.until)
    keyring = replace(KEYRING, orgs=(replace(org, reviewers=(trained, org.reviewers[1])),))

    assert keyring.trained_devices(GOOD.until - timedelta(days=1)) == (HUDA_DEVICE.verifier,)
    assert keyring.trained_devices(GOOD.until) == ()


@given(st.data())
def test_no_changed_byte_is_believed(data: st.DataObject) -> None:
    note = add_signature(GOOD.sign(HUDA_DEVICE), ROOT_KEYS[0])
    at = data.draw(st.integers(0, len(note) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda c: c != note[at]))
    try:
        assert opened(note[:at] + letter + note[at + 1 :]) == GOOD
    except (CryptoError, UnicodeEncodeError):
        return
    # Only a signature that is needed no more, or its key's id, may differ: never the text.
    assert note.index("\n\n") < at
