"""Who took part in a topic, so coarsely that nobody is found in it.

Each question is counted by itself: a table of two questions at once would have cells of one
person. A cell is rounded down to fives and one under 5 is `few`, none at all included. That alone
would not hide a cell from whoever knows how many took part, as everybody may: the cells of a
question add up to it. So a question is not told at all unless, for that reader too, every cell
under 5 can still be anything from 0 to 4.

Two countings of one topic would tell by their difference who came between them, so there is one,
after its last day.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from app.domain.topics import GOVERNORATES, Governorate
from crypto.about import ABOUT, About
from crypto.envelope import Submission
from crypto.record import FEW, STEP, Cells, Coverage

UNSAID: Final = "unsaid"
"""What stands for no answer in tables."""
REGIONS: Final = {
    "north": (
        *(Governorate.IRBID, Governorate.MAFRAQ),
        *(Governorate.JERASH, Governorate.AJLOUN),
    ),
    "middle": (
        *(Governorate.AMMAN, Governorate.ZARQA),
        *(Governorate.BALQA, Governorate.MADABA),
    ),
    "south": (
        *(Governorate.KARAK, Governorate.TAFILAH),
        *(Governorate.MAAN, Governorate.AQABA),
    ),
}
_REGION_OF_NAME: Final = {
    name: region
    for region, places in REGIONS.items()
    for place in places
    for name in (GOVERNORATES[place].ar, GOVERNORATES[place].en)
}


def region_of(place: str) -> str | None:
    """The region of a governorate's name in either language; None for any other text."""
    return _REGION_OF_NAME.get(place)


def told_in(submission: Submission) -> About:
    """What the sender told; whoever named a governorate has told the region too."""
    places = [section.text for section in submission.sections if section.name == "place"]
    region = submission.about.region or next(map(region_of, places), None)
    return replace(submission.about, region=region)


def coverage(origin: str, topic: str, told: Iterable[About]) -> Coverage:
    """Count what the senders of *topic* told of themselves, one `About` for each."""
    senders = list(told)
    return Coverage(
        origin,
        topic,
        **{
            question: cells(_counts([each.told().get(question) for each in senders], words))
            for question, words in ABOUT.items()
        },
    )


def coverage_table(coverage: Coverage) -> dict[str, dict[str, str] | None]:
    """The cells by question and by word, `unsaid` last; None for a question that is not told."""
    return {
        question: None
        if found is None
        else dict(zip((*ABOUT[question], UNSAID), found, strict=True))
        for question, found in coverage.cells.items()
    }


def cells(counts: Sequence[int]) -> Cells | None:
    """The counts as they may be told, or None if a small one could be computed.

    Every count is what it is told as, and 0 to 4 more. A reader who knows the sum of the counts
    knows the sum of these rests; each of them can be anything if it is at least 4, and leaves
    at least 4 to the others.
    """
    told = tuple(FEW if count < STEP else str(count - count % STEP) for count in counts)
    rests = sum(count % STEP for count in counts)
    most = STEP - 1
    if FEW in told and not most <= rests <= most * (len(counts) - 1):
        return None
    return told


def _counts(words_said: Iterable[str | None], words: Sequence[str]) -> list[int]:
    found = Counter(words_said)
    return [*(found[word] for word in words), found[None]]
