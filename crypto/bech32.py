"""Bech32 (BIP 173) over whole bytes, without its limit of 90 characters, as age uses it."""

from typing import Final

from crypto.errors import MalformedKeyError

_ALPHABET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_SYMBOLS: Final = 6


def _feedback(top: int) -> int:
    value = 0
    for bit, generator in enumerate(_GENERATOR):
        if top >> bit & 1:
            value ^= generator
    return value


# A recipient has 1,946 symbols, so five shifts a symbol are looked up instead.
_FEEDBACK: Final = tuple(_feedback(top) for top in range(32))


def encode(prefix: str, data: bytes) -> str:
    """Lower-case bech32 of *data* under the human-readable *prefix* (lower case)."""
    symbols = _to_symbols(data)
    checksum = _polymod(_expand(prefix) + symbols + [0] * _CHECKSUM_SYMBOLS) ^ 1
    symbols += [checksum >> 5 * (5 - place) & 31 for place in range(_CHECKSUM_SYMBOLS)]
    return f"{prefix}1{''.join(_ALPHABET[symbol] for symbol in symbols)}"


def decode(prefix: str, untrusted: str) -> bytes:
    """Raise `MalformedKeyError` unless *untrusted* is what `encode(prefix, …)` would write."""
    head, separator, body = untrusted.rpartition("1")
    if not separator or head != prefix or len(body) < _CHECKSUM_SYMBOLS:
        raise MalformedKeyError("not a key of this kind")
    try:
        symbols = [_VALUES[letter] for letter in body]
    except KeyError as exc:
        raise MalformedKeyError("not bech32") from exc
    if _polymod(_expand(prefix) + symbols) != 1:
        raise MalformedKeyError("the checksum is wrong")
    return _to_bytes(symbols[:-_CHECKSUM_SYMBOLS])


def _expand(prefix: str) -> list[int]:
    letters = prefix.encode("ascii")
    return [letter >> 5 for letter in letters] + [0] + [letter & 31 for letter in letters]


def _polymod(symbols: list[int]) -> int:
    value = 1
    for symbol in symbols:
        value = (value & 0x1FFFFFF) << 5 ^ symbol ^ _FEEDBACK[value >> 25]
    return value


def _to_symbols(data: bytes) -> list[int]:
    symbols, held, bits = [], 0, 0
    for byte in data:
        held, bits = (held << 8 | byte) & 0xFFF, bits + 8
        while bits >= 5:
            bits -= 5
            symbols.append(held >> bits & 31)
    if bits:
        symbols.append(held << 5 - bits & 31)
    return symbols


def _to_bytes(symbols: list[int]) -> bytes:
    data, held, bits = bytearray(), 0, 0
    for symbol in symbols:
        held, bits = (held << 5 | symbol) & 0xFFF, bits + 5
        if bits >= 8:
            bits -= 8
            data.append(held >> bits & 0xFF)
    # The bits left over are padding: fewer than a symbol, and all zero.
    if bits >= 5 or held & (1 << bits) - 1:
        raise MalformedKeyError("the padding is wrong")
    return bytes(data)
