"""What an age file of ours looks like from outside, and which ones a server turns away."""

from collections import Counter

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hpke

from crypto import age
from crypto.age import (
    Decryptor,
    Encryptor,
    Identity,
    Recipient,
    check_envelope,
    decrypt,
    encrypt,
    pad_recipients,
    read_header,
    sealed_size,
)
from crypto.age_header import MAX_HEADER_BYTES, Header, Stanza
from crypto.errors import MalformedAgeFileError, MalformedKeyError, NoMatchError
from tests.units.crypto.people import HUDA, SAMI, STRANGER, seeded

CLASSES = (100, 1_000)


def sealed(size: int = 100, stanzas: int = 8) -> bytes:
    recipients = [HUDA.recipient, *[SAMI.recipient] * (stanzas - 1)]
    return encrypt(bytes(size), recipients)


def with_header(stanzas: list[Stanza]) -> bytes:
    """A file of the right size, so that only its header can be what is wrong."""
    return Header.seal(stanzas, bytes(16)).encode().ljust(sealed_size(100, len(stanzas)), b"\0")


def test_a_stranger_cannot_open_the_file() -> None:
    with pytest.raises(NoMatchError):
        decrypt(sealed(), [STRANGER])


def test_a_file_needs_a_recipient() -> None:
    with pytest.raises(ValueError, match="recipient"):
        Encryptor([])
    with pytest.raises(ValueError, match="recipient"):
        pad_recipients([])


def test_throw_away_recipients_fill_up_to_eight_in_an_order_that_tells_nothing() -> None:
    places = Counter(
        pad_recipients([HUDA.recipient], seeded(str(seed))).index(HUDA.recipient)
        for seed in range(200)
    )
    assert set(places) == set(range(8))
    assert max(places.values()) < 60


def test_throw_away_recipients_are_never_used_twice() -> None:
    first, second = pad_recipients([HUDA.recipient]), pad_recipients([HUDA.recipient])
    assert set(first) & set(second) == {HUDA.recipient}


def test_two_files_over_the_same_text_have_nothing_in_common() -> None:
    one, other = sealed(), sealed()
    stanzas = {*read_header(one).stanzas} & {*read_header(other).stanzas}
    assert not stanzas
    assert one[-132:] != other[-132:]


def test_the_header_tells_its_length_and_stanzas() -> None:
    header = read_header(sealed(stanzas=3))
    assert header.stanza_types == ("mlkem768x25519",) * 3
    assert header.length == 22 + 3 * 1_557 + 48


@pytest.mark.parametrize("stanzas", [1, 8, 16])
@pytest.mark.parametrize("size", CLASSES)
def test_the_size_of_a_file_is_known_before_it_is_sealed(size: int, stanzas: int) -> None:
    assert len(sealed(size, stanzas)) == sealed_size(size, stanzas)


def test_the_server_takes_a_well_formed_envelope() -> None:
    for size in CLASSES:
        check_envelope(sealed(size), 8, CLASSES)
    check_envelope(sealed(stanzas=16), 8, CLASSES)
    check_envelope(sealed(stanzas=1), 1, CLASSES, exactly=1)


HYBRID = read_header(sealed(stanzas=1)).stanzas[0]


REFUSED = {
    "nothing": b"",
    "text": b"hello" * 1_000,
    "a version line": b"age-encryption.org/v1\n",
    "seven stanzas": sealed(stanzas=7),
    "nine stanzas": sealed(stanzas=9),
    "a byte too few": sealed()[:-1],
    "a byte too many": sealed() + b"\0",
    "a payload of no class": sealed(101),
    "armored": b"-----BEGIN AGE ENCRYPTED FILE-----\n",
    "no stanza": with_header([]),
    "a stanza of another type": with_header(
        [HYBRID] * 7 + [Stanza(("mlkem768p256", HYBRID.args[1]), HYBRID.body)]
    ),
    "a hybrid stanza with two arguments": with_header(
        [HYBRID] * 7 + [Stanza((*HYBRID.args, "x"), HYBRID.body)]
    ),
    "an encapsulation cut short": with_header(
        [HYBRID] * 7 + [Stanza((HYBRID.args[0], "AAAA"), HYBRID.body)]
    ),
    "a long file key": with_header([HYBRID] * 7 + [Stanza(HYBRID.args, bytes(48))]),
    "endless stanzas": b"age-encryption.org/v1\n" + b"-> x\n\n" * MAX_HEADER_BYTES,
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_server_turns_away(case: str) -> None:
    with pytest.raises(MalformedAgeFileError):
        check_envelope(REFUSED[case], 8, CLASSES)


def test_a_reply_has_exactly_one_stanza() -> None:
    with pytest.raises(MalformedAgeFileError):
        check_envelope(sealed(stanzas=2), 1, CLASSES, exactly=1)


def test_a_stream_without_a_header_is_given_up() -> None:
    decryptor = Decryptor([HUDA])
    with pytest.raises(MalformedAgeFileError):
        decryptor.update(b"GET / HTTP/1.1\r\n")
    endless = Decryptor([HUDA])
    endless.update(b"age-encryption.org/v1\n")
    with pytest.raises(MalformedAgeFileError):
        for _ in range(10_000):
            endless.update(b"-> x y z\n\n" * 100)


def test_keys_do_not_show_in_errors_and_logs() -> None:
    assert HUDA.seed.hex() not in repr(HUDA)
    assert repr(HUDA) == "Identity()"


def test_an_identity_is_not_a_recipient() -> None:
    with pytest.raises(MalformedKeyError):
        Recipient.parse(HUDA.encode())
    with pytest.raises(MalformedKeyError):
        Identity.parse(HUDA.recipient.encode())
    with pytest.raises(MalformedKeyError):
        Identity.from_seed(bytes(31))


@pytest.mark.parametrize("missing", [AttributeError, UnsupportedAlgorithm])
def test_the_program_does_not_start_without_x_wing(
    monkeypatch: pytest.MonkeyPatch, missing: type[Exception]
) -> None:
    """A distribution's `cryptography` lacks it, and must not fail at the first message."""

    def refuse(*_: object) -> None:
        raise missing("no such KEM")

    monkeypatch.setattr(hpke, "Suite", refuse)
    with pytest.raises(ImportError, match="PyPI"):
        age._hybrid_suite()
