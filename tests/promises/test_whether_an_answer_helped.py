"""Whoever holds a code says whether the answer helped; the site cannot tell, and few never show."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.domain.cases import Status
from app.domain.record import NO_COUNT, summarise
from app.store import cases
from app.store.models import MessageFile
from app.web.state import SiteState
from crypto.envelope import FollowUp, open_follow_up, seal_follow_up
from crypto.errors import MalformedPayloadError, TamperedMessageError
from crypto.keys import CitizenKeys, Thread, derive_root
from crypto.record import WITHOUT_RATINGS, Row, Tally, public_count
from tests.units.citizen.plain_browser import Page, PlainBrowser
from tests.world import Citizen, World


def answers(state: SiteState, slot: bytes) -> None:
    with state.transaction() as connection:
        cases.set_status(connection, slot, Status.ANSWERED_PARTLY, None)


def writer(world: World) -> Citizen:
    """Someone with a message in the site, and keys as the site itself derives them."""
    citizen = world.citizen()
    citizen.keys = CitizenKeys(derive_root(citizen.code, world.roots.hash))
    citizen.submits()
    return citizen


def opens(browser: PlainBrowser, citizen: Citizen) -> Page:
    form = browser.visits("/follow").form("/follow")
    form.fill(code=" ".join(citizen.code.words))
    return browser.presses(form, "open")


def said(world: World, thread: Thread) -> list[FollowUp]:
    """What lies in the site under the names of a thread, opened by amal."""
    found = []
    with world.state.reading() as connection:
        for index in range(1, 6):
            slot = thread.slot("citizen", index)
            digest = connection.scalar(select(MessageFile.digest).where(MessageFile.slot == slot))
            if digest is not None:
                blob = world.state.blobs.read(digest)
                found.append(open_follow_up(blob, [world.amal.identity], thread, index=index))
    return found


def test_a_rating_needs_a_form_and_no_script(world: World) -> None:
    citizen, browser = writer(world), PlainBrowser(world.client)
    answers(world.state, citizen.slot)

    page = opens(browser, citizen)
    for rating in ("yes", "no", "yes"):
        page = browser.presses(page.form("/follow/rate"), "", name="rating", value=rating)
        assert browser.response.status_code == 201

    assert said(world, citizen.keys.thread) == [
        FollowUp(index, rating, is_rating=True)
        for index, rating in enumerate(("yes", "no", "yes"), 1)
    ]


def test_before_an_answer_there_is_nothing_to_rate(world: World) -> None:
    citizen, browser = writer(world), PlainBrowser(world.client)
    assert "rate" not in opens(browser, citizen).attributes
    digits = "".join(citizen.code.digits)

    browser.posts("/follow/rate", [("code", digits), ("rating", "yes")])
    assert said(world, citizen.keys.thread) == []
    browser.posts("/follow/rate", [("code", digits), ("rating", "perhaps")])
    assert browser.response.status_code == 400


def test_the_site_cannot_tell_a_rating_from_a_message(world: World) -> None:
    citizen, browser = writer(world), PlainBrowser(world.client)
    answers(world.state, citizen.slot)
    opened = opens(browser, citizen)
    browser.presses(opened.form("/follow/rate"), "", name="rating", value="no")
    reply = opened.form("/follow/reply")
    reply.fill(reply="شكرا على الرد")
    browser.presses(reply, "reply-send")

    with world.state.reading() as connection:
        rows = connection.execute(select(MessageFile.__table__)).mappings().all()
    assert len(rows) == 2
    random = {"slot", "auth_hash", "digest", "request_tag"}
    first, second = ({k: v for k, v in row.items() if k not in random} for row in rows)
    assert first == second
    sizes = {len(world.state.blobs.read(row["digest"])) for row in rows}
    assert len(sizes) == 1


def test_a_rating_is_one_of_three_words_by_the_holder_of_the_code(world: World) -> None:
    citizen, stranger = world.citizen(), world.citizen()
    thread = citizen.keys.thread
    with pytest.raises(MalformedPayloadError):
        FollowUp(1, "maybe", is_rating=True)
    forged = seal_follow_up(stranger.keys.thread, 1, "no", world.keyring, is_rating=True)
    with pytest.raises(TamperedMessageError):
        open_follow_up(forged, [world.amal.identity], thread, index=1)
    # The same word and place, but said as a message.
    assert thread.mac(1, b"no") != thread.mac(1, b"no", "wasl/rating/v1")


def test_numbers_from_before_ratings_are_still_told() -> None:
    counts = tuple(public_count(each) for each in range(0, 5 * WITHOUT_RATINGS, 5))
    tally = Tally("wasl.example", "2026-W40", (Row("bus-lines", "transport", counts),))
    assert Tally.parse(tally.encode()) == tally

    [line] = summarise([tally], date(2026, 11, 25)).lines
    assert line.count("helped-yes") == NO_COUNT
    assert line.count("withdrawn") == counts[-1]
    rated = (*counts, "5", "few", "0")
    tally = Tally("wasl.example", "2026-W41", (Row("bus-lines", "transport", rated),))
    assert Tally.parse(tally.encode()) == tally
    [line] = summarise([tally], date(2026, 11, 25)).lines
    assert (line.count("helped-yes"), line.count("assisted")) == ("5", NO_COUNT)
