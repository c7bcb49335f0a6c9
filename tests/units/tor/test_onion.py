"""Addresses and key files of onion services, byte for byte as tor has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tor.errors import MalformedOnionKeyError
from tor.onion import OnionKey, address_of, read_key, write_key

RFC_8032_TEST_1 = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
ITS_PUBLIC_KEY = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
ITS_ADDRESS = "25njqamcweflpvkl73j4szahhihoc4xt3ktcgjnpaingr5yhkenl5sid.onion"
"""As in tor's own tests (src/test/test_hs_common.c)."""


def test_an_address_is_the_one_that_tor_computes() -> None:
    assert address_of(ITS_PUBLIC_KEY) == ITS_ADDRESS
    assert OnionKey.from_seed(RFC_8032_TEST_1).address == ITS_ADDRESS


@given(seed=st.binary(min_size=32, max_size=32))
def test_a_key_survives_its_file(seed: bytes) -> None:
    key = OnionKey.from_seed(seed)

    assert OnionKey.parse(key.encode()) == key
    assert repr(key.expanded) not in repr(key)


DAMAGED = {
    "empty": lambda whole: whole[:0],
    "cut": lambda whole: whole[:-1],
    "longer": lambda whole: whole + b"\n",
    "another header": lambda whole: b"== ed25519v1-public: type0 ==\0\0\0" + whole[32:],
    "no header": lambda whole: whole[32:],
    "low bits of the scalar": lambda whole: whole[:32] + bytes([whole[32] | 1]) + whole[33:],
    "high bit of the scalar": lambda whole: whole[:63] + bytes([whole[63] | 128]) + whole[64:],
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_key_file_is_refused(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(MalformedOnionKeyError):
        OnionKey.parse(damage(OnionKey.from_seed(RFC_8032_TEST_1).encode()))


def test_a_key_is_never_written_over_another_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    service = tmp_path / "service"
    first = OnionKey.generate()
    write_key(service, first)

    with pytest.raises(FileExistsError):
        write_key(service, OnionKey.generate())
    assert read_key(service) == first
    modes = {path.stat().st_mode & 0o777 for path in service.iterdir()}
    assert (modes, service.stat().st_mode & 0o777) == ({0o600}, 0o700)
