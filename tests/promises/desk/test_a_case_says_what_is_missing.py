"""A reviewer sees which levels a message lacks that its topic asks for, and nothing finer."""

from app.desk.topics import missing
from tests.promises.desk.reviewer import Reviewer


def test_the_case_names_what_its_topic_asks_for_and_it_lacks(reviewer: Reviewer) -> None:
    reviewer.unlocks()
    reviewer.submits("/sync")
    reviewer.waits_for_the_sync()
    page = reviewer.sees("/en" + reviewer.finds_the_case()).text
    book = reviewer.office.desks["amal"].casebook
    levels = [missing(book.state, case) for case in book.cases()]

    assert "it is missing: Why it matters · The governorate" in " ".join(page.split())
    assert levels == [["why", "place"]]
