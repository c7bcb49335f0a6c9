"""Encodings with one spelling each."""

import pytest

from crypto import bech32
from crypto.encoding import decode_base64, decode_decimal, encode_base64
from crypto.errors import MalformedKeyError


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "+1",
        "01",
        "1_000",
        " 1",
        "1 ",
        "1.0",
        "1e3",
        "٣",
        "0x1",
        str(1 << 53),
        "9" * 5_000,
    ],
)
def test_other_spellings_are_no_numbers(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_decimal(text)


@pytest.mark.parametrize("number", [0, 1, 10, (1 << 53) - 1])
def test_a_number_reads_back(number: int) -> None:
    assert decode_decimal(str(number)) == number


@pytest.mark.parametrize(
    "text", ["AA", "AA=", "AB==", "AA==\n", "A A==", "AA==AA==", "-_8=", "ÄA=="]
)
def test_other_spellings_are_no_base64(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_base64(text)


def test_base64_has_the_length_that_is_asked_for() -> None:
    assert decode_base64(encode_base64(bytes(32)), 32) == bytes(32)
    with pytest.raises(ValueError, match="base64"):
        decode_base64(encode_base64(bytes(31)), 32)


@pytest.mark.parametrize("symbols", [[0, 1], [0, 0, 0], [31, 31]])
def test_bits_left_over_in_bech32_are_few_and_zero(symbols: list[int]) -> None:
    """The checksum is right; only the padding says that no encoder wrote this."""
    checksum = bech32._polymod(bech32._expand("wasl") + symbols + [0] * 6) ^ 1
    symbols = symbols + [checksum >> 5 * (5 - place) & 31 for place in range(6)]
    with pytest.raises(MalformedKeyError, match="padding"):
        bech32.decode("wasl", "wasl1" + "".join(bech32._ALPHABET[one] for one in symbols))
