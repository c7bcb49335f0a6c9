"""Signed notes: whose word it is, and when it is nobody's."""

import pytest

from crypto.errors import MalformedKeyError, MalformedNoteError, UnverifiedError
from crypto.note import (
    SigningKey,
    VerifierKey,
    add_signature,
    open_note,
    read_text_unverified,
    sign,
)
from tests.units.crypto.people import seeded

ALICE = SigningKey.generate("example.org/alice", seeded("alice"))
BOB = SigningKey.generate("example.org/bob", seeded("bob"))
IMPOSTOR = SigningKey.generate("example.org/alice", seeded("impostor"))
NOTE = sign("hello\n", ALICE)


def test_signatures_by_unknown_keys_are_ignored() -> None:
    opened = open_note(sign("hello\n", ALICE, IMPOSTOR, BOB), [BOB.verifier])
    assert opened.verified == (BOB.verifier,)


def test_a_key_counts_once_however_often_it_signed() -> None:
    opened = open_note(sign("hello\n", ALICE, ALICE), [ALICE.verifier])
    assert opened.verified == (ALICE.verifier,)


def test_a_namesake_is_not_the_key() -> None:
    with pytest.raises(UnverifiedError):
        open_note(NOTE, [IMPOSTOR.verifier])


def test_the_signature_of_a_namesake_is_ignored_too() -> None:
    opened = open_note(sign("hello\n", IMPOSTOR, ALICE), [ALICE.verifier])
    assert opened.verified == (ALICE.verifier,)


def test_one_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    forged = NOTE + sign("another text\n", BOB).rpartition("\n\n")[2]
    with pytest.raises(UnverifiedError):
        open_note(forged, [ALICE.verifier, BOB.verifier])
    assert open_note(forged, [ALICE.verifier]).verified == (ALICE.verifier,)


def test_a_second_officer_can_add_a_signature() -> None:
    both = add_signature(NOTE, BOB)
    assert both == sign("hello\n", ALICE, BOB)


def test_a_text_may_look_like_a_note() -> None:
    opened = open_note(sign(NOTE, BOB), [BOB.verifier, ALICE.verifier])
    assert opened.text == NOTE
    assert opened.verified == (BOB.verifier,)


def test_a_text_can_be_read_before_it_is_known_who_must_have_signed() -> None:
    assert read_text_unverified(NOTE) == read_text_unverified(NOTE.encode()) == "hello\n"


def test_a_note_needs_a_signature() -> None:
    with pytest.raises(ValueError, match="signature"):
        sign("hello\n")


def test_an_endless_note_is_not_read() -> None:
    with pytest.raises(MalformedNoteError):
        open_note("x" * 1_000_001, [ALICE.verifier])


def test_keys_round_trip_in_the_spelling_of_go() -> None:
    assert SigningKey.parse(ALICE.encode()) == ALICE
    assert ALICE.encode().startswith("PRIVATE+KEY+example.org/alice+")
    assert VerifierKey.parse(ALICE.verifier.encode()) == ALICE.verifier


def test_a_secret_key_is_not_taken_for_a_public_one() -> None:
    with pytest.raises(MalformedKeyError):
        VerifierKey.parse(ALICE.encode())
    with pytest.raises(MalformedKeyError):
        SigningKey.parse(ALICE.verifier.encode())


def test_the_secret_does_not_show_in_errors_and_logs() -> None:
    assert repr(ALICE) == "SigningKey(name='example.org/alice')"


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "\ufeffa", "a\u3000"])
def test_a_key_name_has_no_white_space_and_no_plus(name: str) -> None:
    with pytest.raises(MalformedKeyError):
        SigningKey.generate(name)
