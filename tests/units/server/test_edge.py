"""A body that ends before it should, on streams without a server."""

from __future__ import annotations

import io

import pytest

from app.web.edge import CheckedInput
from app.web.problems import MalformedBodyError


@pytest.mark.parametrize("size", [-1, 9, 100])
def test_whoever_asks_for_all_of_a_body_that_was_cut_hears_of_it(size: int) -> None:
    """Even where what came would be well-formed."""
    body = CheckedInput(io.BytesIO(b"{}"), 9)
    with pytest.raises(MalformedBodyError):
        body.read(size)


def test_a_body_that_came_whole_is_read_in_pieces_or_at_once() -> None:
    assert CheckedInput(io.BytesIO(b"whole"), 5).read(5) == b"whole"
    body = CheckedInput(io.BytesIO(b"whole"), 5)
    assert (body.read(3), body.read(3), body.read(3)) == (b"who", b"le", b"")
