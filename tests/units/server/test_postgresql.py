"""Growing is a line in wasl.toml: promises that the database keeps, kept by PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.postgresql import Cluster, cluster, program
from tests.promises.test_a_case_from_sending_to_answer import (
    test_a_file_travels_in_parts_and_arrives_whole,
    test_a_reviewer_reads_what_the_citizen_sealed,
    test_the_citizen_reads_the_reply_with_nothing_but_the_code,
    test_the_team_reads_a_follow_up,
)
from tests.promises.test_a_case_moves_as_the_table_says import (
    redacted,
    test_a_statement_moves_a_case_once,
    test_an_objection_stops_the_relay,
    test_withdrawing_deletes_what_was_sent,
)
from tests.promises.test_a_mailbox_tells_a_guesser_nothing import (
    test_the_first_four_replies_come_in_order_and_the_rest_when_asked_again,
)
from tests.promises.test_the_log_keeps_every_promise import (
    test_nor_after_its_rolls_are_over_and_its_seed_is_gone,
    test_rolls_that_were_missed_come_all_together,
)
from tests.promises.test_the_same_request_is_accepted_once import (
    test_a_repeat_is_answered_after_the_keys_have_changed,
    test_a_repeat_is_promised_the_day_it_was_promised_first,
    test_a_repeated_follow_up_is_stored_once,
    test_a_repeated_reply_is_stored_once,
    test_a_repeated_submission_gets_the_same_promise,
    test_another_submission_under_a_taken_name_changes_nothing,
    test_every_field_of_a_submission_makes_it_another_one,
    test_fifty_repeats_at_once_make_one_case,
)
from tests.promises.test_what_is_due_is_gone_for_good import (
    test_a_case_is_whole_until_its_weeks_are_over_and_then_unknown,
    test_what_came_later_stays_and_the_mailbox_goes_on_answering,
)
from tests.world import World

__all__ = [
    "redacted",
    "test_a_case_is_whole_until_its_weeks_are_over_and_then_unknown",
    "test_a_file_travels_in_parts_and_arrives_whole",
    "test_a_repeat_is_answered_after_the_keys_have_changed",
    "test_a_repeat_is_promised_the_day_it_was_promised_first",
    "test_a_repeated_follow_up_is_stored_once",
    "test_a_repeated_reply_is_stored_once",
    "test_a_repeated_submission_gets_the_same_promise",
    "test_a_reviewer_reads_what_the_citizen_sealed",
    "test_a_statement_moves_a_case_once",
    "test_an_objection_stops_the_relay",
    "test_another_submission_under_a_taken_name_changes_nothing",
    "test_every_field_of_a_submission_makes_it_another_one",
    "test_fifty_repeats_at_once_make_one_case",
    "test_nor_after_its_rolls_are_over_and_its_seed_is_gone",
    "test_rolls_that_were_missed_come_all_together",
    "test_the_citizen_reads_the_reply_with_nothing_but_the_code",
    "test_the_first_four_replies_come_in_order_and_the_rest_when_asked_again",
    "test_the_team_reads_a_follow_up",
    "test_what_came_later_stays_and_the_mailbox_goes_on_answering",
    "test_withdrawing_deletes_what_was_sent",
]

pytestmark = pytest.mark.skipif(not program("initdb"), reason="needs PostgreSQL")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


@pytest.fixture
def world(tmp_path: Path, postgresql: Cluster) -> Iterator[World]:
    """The same instance as everywhere, but for its database."""
    world = World(tmp_path, database=postgresql.new_database())
    yield world
    world.close()


def test_these_worlds_are_on_postgresql_and_have_our_tables(world: World) -> None:
    citizen = world.citizen()
    assert citizen.submits().status_code == 201

    with world.state.reading() as connection:
        assert "PostgreSQL" in str(connection.scalar(text("SELECT version()")))
        assert connection.scalar(text("SELECT count(*) FROM case_file")) == 1
    assert citizen.slot not in (world.settings.data / "wasl.sqlite3").read_bytes()
