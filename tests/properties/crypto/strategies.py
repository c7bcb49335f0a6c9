"""Values of every format, for hypothesis, and a deterministic source of randomness."""

import random as pseudo
from datetime import date, timedelta
from functools import cache

from hypothesis import strategies as st

from crypto.about import ABOUT, About
from crypto.age import Identity
from crypto.commitment import Disposition, Promise
from crypto.encoding import Random
from crypto.envelope import (
    LANGUAGES,
    SEALERS,
    SECTION_NAMES,
    Attachment,
    Reply,
    Section,
    Submission,
    plain_text,
)
from crypto.keyring import FIRST_PREVIOUS, Keyring, Organisation, Reviewer, Roots, device_name
from crypto.note import SigningKey
from crypto.receipt import ReceiptCode
from crypto.status import STATUSES
from crypto.weeks import monday_of, week_of

ORIGIN = "wasl.example/log"


def seeded(seed: int) -> Random:
    return pseudo.Random(seed).randbytes  # noqa: S311 - repeatable on purpose


@cache
def identity(number: int) -> Identity:
    """Making a key costs time, and nothing here depends on which one it is."""
    return Identity.generate(seeded(number))


@cache
def device(reviewer_id: str) -> SigningKey:
    return SigningKey.generate(device_name(ORIGIN, reviewer_id), seeded(len(reviewer_id)))


@cache
def root(number: int) -> SigningKey:
    return SigningKey.generate(f"{ORIGIN}/root/{number}", seeded(number))


hashes = st.binary(min_size=32, max_size=32)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)
lines = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=60)
    .map(lambda text: text.strip(" "))
    .filter(bool)
)
slugs = st.text("abcxyz019-", min_size=1, max_size=32)
dates = st.dates(date(2000, 1, 3), date(2999, 12, 20))
weeks = dates.map(week_of)
codes = st.binary(min_size=10, max_size=10).map(ReceiptCode)

attachments = st.builds(
    Attachment,
    digest=hashes,
    size=st.integers(0, 1 << 40),
    name=st.text("abcفيل .-_()", min_size=1, max_size=40).map(lambda name: f"x{name}"),
    media=st.sampled_from(["image/jpeg", "application/pdf", "application/octet-stream"]),
    cleaned=st.booleans(),
)
sections = st.tuples(texts, *[st.none() | texts for _ in SECTION_NAMES[1:]]).map(
    lambda answers: tuple(
        Section(name, answer) for name, answer in zip(SECTION_NAMES, answers, strict=True) if answer
    )
)
submissions = st.builds(
    Submission,
    topic=slugs,
    lang=st.sampled_from(LANGUAGES),
    thread=hashes,
    reply_to=st.integers(0, 3).map(lambda number: identity(number).recipient),
    keyring=st.integers(1, (1 << 53) - 1),
    sealed_by=st.sampled_from(SEALERS),
    sections=sections,
    attachments=st.lists(attachments, max_size=3).map(tuple),
    about=st.builds(
        About, **{name: st.none() | st.sampled_from(words) for name, words in ABOUT.items()}
    ),
)
replies = st.builds(
    Reply,
    origin=st.just(ORIGIN),
    slot=hashes,
    index=st.integers(0, 1_000_000),
    status=st.sampled_from(STATUSES),
    lang=st.sampled_from(LANGUAGES),
    text=texts.map(plain_text).filter(bool),
)
promises = st.builds(
    Promise, origin=st.just(ORIGIN), commitment=hashes, merge_by=st.dates(date(1, 1, 1))
)
dispositions = st.builds(
    Disposition,
    origin=st.just(ORIGIN),
    slot=hashes,
    status=st.sampled_from(STATUSES),
    week=weeks,
)
roots = st.integers(1, 5).flatmap(
    lambda count: st.builds(
        Roots.of,
        st.just([root(number).verifier for number in range(count)]),
        st.integers(1, count),
    )
)


@st.composite
def keyrings(draw: st.DrawFn) -> Keyring:
    org_slugs = sorted(draw(st.sets(slugs, min_size=1, max_size=3)))
    # Lengths differ, and `device` derives its key from the length: so all keys do.
    sizes = draw(st.lists(st.integers(1, 2), min_size=len(org_slugs), max_size=len(org_slugs)))
    ids = iter("a" * length for length in range(1, 32))
    week = draw(weeks)
    probations = st.none() | st.integers(1, 500).map(lambda n: monday_of(week) + timedelta(weeks=n))
    trained = st.none() | st.integers(1, 500).map(lambda n: monday_of(week) + timedelta(days=n))
    orgs = tuple(
        Organisation(
            slug,
            draw(lines),
            draw(lines),
            tuple(
                Reviewer(name, identity(len(name)).recipient, device(name).verifier, draw(trained))
                for name in [next(ids) for _ in range(size)]
            ),
            draw(probations),
        )
        for slug, size in zip(org_slugs, sizes, strict=True)
    )
    serial = draw(st.integers(1, 1_000))
    previous = FIRST_PREVIOUS if serial == 1 else draw(hashes.filter(any))
    return Keyring(ORIGIN, serial, previous, week, orgs)
