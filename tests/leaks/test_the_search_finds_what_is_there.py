"""A search that cannot find anything would prove nothing."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.leaks.canaries import CHUNK, Canary, found_in_files

CANARY = Canary("the text", "كناري CANARY-4711 نص")
SPELLINGS = {
    "plain": CANARY.text.encode(),
    "utf-16": CANARY.text.encode("utf-16-le"),
    "json": json.dumps(CANARY.text).encode(),
    "base64": base64.b64encode(b"x" + CANARY.text.encode() + b"yz"),
    "hex": CANARY.text.encode().hex().encode(),
    "on a border": bytes(CHUNK - 7) + CANARY.text.encode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_canary_is_found_however_it_is_spelled(tmp_path: Path, spelling: str) -> None:
    (tmp_path / "file").write_bytes(b"before " + SPELLINGS[spelling] + b" after")
    assert found_in_files([CANARY], [tmp_path]) == [f"the text in {tmp_path / 'file'}"]


def test_a_canary_is_found_in_a_file_name(tmp_path: Path) -> None:
    (tmp_path / "CANARY-4711").write_bytes(b"")
    canary = Canary("a name", "CANARY-4711")
    assert found_in_files([canary], [tmp_path]) == [f"a name in the name of {tmp_path}/CANARY-4711"]
