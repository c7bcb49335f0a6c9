"""The words for where a case stands, one list for every format (SPEC.md §8)."""

from typing import Final

ANSWERS: Final = {
    1: "accepted",
    2: "partly accepted",
    3: "already done",
    4: "refused with a reason",
    5: "no answer",
}
"""What `answered` and `published` say after their colon."""
DECLINE_REASONS: Final = {
    1: "not about this subject",
    2: "nothing to pass on",
    3: "abusive",
    4: "passed on already",
    5: "would point at somebody",
    6: "another body decides",
}
"""What `declined` may say after its colon."""

RATINGS: Final = ("yes", "partly", "no")
"""How the holder of a receipt code says whether an answer helped."""

STATUSES: Final = (
    "received",
    "read",
    "question",
    "redacted",
    "relayed",
    *(f"answered:{answer}" for answer in ANSWERS),
    *(f"published:{answer}" for answer in ANSWERS),
    "declined",
    *(f"declined:{reason}" for reason in DECLINE_REASONS),
    "withdrawn",
    "expired",
)
"""Every status as it is spelled; the longest has 11 letters."""


def base(status: str) -> str:
    """The word without what stands after its colon."""
    return status.partition(":")[0]


def answer(status: str) -> int | None:
    """The class of an answered or published case, None for any other."""
    word, _, number = status.partition(":")
    return int(number) if number and word in {"answered", "published"} else None
