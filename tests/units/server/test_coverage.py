"""Who took part is told so that no small group is, even to those who know how many came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import product

import pytest

from app.domain.coverage import REGIONS, cells, coverage, region_of
from app.domain.topics import GOVERNORATES, Governorate
from crypto.about import About
from crypto.record import FEW, Cells

RESTS = range(5)


def countings(large: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every way in which as many cells can be counted; those of *large* are not small."""
    for rests in product(RESTS, repeat=len(large)):
        yield tuple(tens + rest for tens, rest in zip(large, rests, strict=True))


@pytest.mark.parametrize(
    "large",
    [*product((0, 10), repeat=4), (0,) * 6, (0, 0, 0, 0, 0, 20), (5, 10, 0, 15, 20, 0)],
    ids=str,
)
def test_no_sum_tells_a_cell_under_5(large: tuple[int, ...]) -> None:
    """Of all countings that look the same and have the same sum, some have each value there."""
    alike: dict[tuple[Cells, int], list[tuple[int, ...]]] = defaultdict(list)
    for counts in countings(large):
        found = cells(counts)
        if found is not None:
            alike[found, sum(counts)].append(counts)

    assert alike
    for (told, _), same in alike.items():
        for at, cell in enumerate(told):
            if cell == FEW:
                assert {counts[at] for counts in same} == set(RESTS)
            else:
                assert {counts[at] - counts[at] % 5 for counts in same} == {int(cell)}


def test_a_question_that_all_answer_alike_is_not_told() -> None:
    """Its other cells would be known to be empty, and with one more person, to hold that one."""
    assert cells([0, 0, 0, 20]) is None
    assert cells([1, 0, 0, 20]) is None
    assert cells([4, 4, 4, 4]) is None
    assert cells([20, 15, 10, 5]) == ("20", "15", "10", "5")


def test_each_question_is_counted_by_itself() -> None:
    senders = [About("north", "under-30")] * 7 + [About("south")] * 4 + [About(age="60-up")] * 2

    found = coverage("wasl.example", "bus-lines", senders)

    assert found.region == ("5", FEW, FEW, FEW)
    assert found.age == ("5", FEW, FEW, FEW)
    assert found.sector is None


def test_every_governorate_lies_in_one_region() -> None:
    placed = [place for places in REGIONS.values() for place in places]

    assert sorted(placed) == sorted(Governorate)
    assert region_of(GOVERNORATES[Governorate.IRBID].ar) == "north"
    assert region_of("Aqaba") == "south"
    assert region_of("a small quarter") is None
