"""What a file on its way holds in memory is known to whoever makes room when memory is short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.citizen.staging import Staging
from app.web.streams import kept_bytes, passed_on
from redaction.files import SNIFF_BYTES
from tests.promises.test_without_javascript_nothing_stays import picture
from tests.world import World

PDF = b"%PDF-1.7\n" + bytes(100_000)


@pytest.fixture
def staging(tmp_path: Path) -> Iterator[Staging]:
    world = World(tmp_path)
    with world.site.test_request_context("/en/write"), passed_on():
        yield Staging(world.state)
    world.close()


def test_a_kind_that_is_cleaned_whole_counts_until_it_is_refused(staging: Staging) -> None:
    sink = staging.open("a.pdf")
    for end in range(20_000, len(PDF) + 1, 20_000):
        sink.write(PDF[end - 20_000 : end])
        assert kept_bytes() == end
    sink.finish()

    assert staging.problems
    assert kept_bytes() == 0


def test_a_picture_counts_little_however_long_it_is(staging: Staging) -> None:
    sink, photo = staging.open("a.png"), picture(100_000)
    for start in range(0, len(photo), 1000):
        sink.write(photo[start : start + 1000])
        assert (kept_bytes() or 0) <= SNIFF_BYTES + 1000
    sink.finish()

    assert len(staging.files) == 1
    assert kept_bytes() == 0
