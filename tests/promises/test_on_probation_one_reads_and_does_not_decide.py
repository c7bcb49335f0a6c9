"""An organisation on probation reads and replies; a removed one does neither."""

from datetime import date, timedelta

import pytest

from app.domain.cases import Status
from crypto.age import decrypt
from crypto.encoding import encode_base64
from crypto.envelope import open_submission
from crypto.errors import NoMatchError, UnverifiedError
from crypto.keyring import Organisation, next_keyring
from crypto.link import LinkSecret, seal_packet
from crypto.note import sign
from crypto.record import Packet, Relay, Tally
from crypto.weeks import week_of
from tests.promises.test_a_case_moves_as_the_table_says import placed, problem
from tests.world import ORIGIN, Citizen, Member, World

END = date(2027, 2, 22)
NEXT_WEEK = "2026-W49"
RELAY = Relay(ORIGIN, bytes(16), "transport", "bus-lines", date(2026, 12, 25), bytes(32))
SEALED = encode_base64(seal_packet("a packet\n\n\u2014 x AAAA\n", LinkSecret(bytes(20))))


@pytest.fixture
def yaman(world: World) -> Member:
    """A reviewer of an organisation that came in this week."""
    member = Member("yaman-1")
    joins(world, member, week_of(world.today), END)
    return member


def joins(world: World, member: Member, week: str, probation: date | None) -> None:
    org = Organisation("yaman", "يمن", "Yaman", (member.listed,), probation)
    mizan = world.keyring.orgs[0]
    world.publish(next_keyring(world.keyring, week, [mizan, org]))


def submitted(world: World) -> Citizen:
    citizen = world.citizen()
    assert citizen.submits().status_code == 201
    return citizen


def test_it_reads_what_is_sent_and_replies(world: World, yaman: Member) -> None:
    citizen, desk = world.citizen(), world.desk(yaman)
    sealed = citizen.seals("الحافلة تتأخر")
    world.post("/submissions", citizen.request(sealed))

    assert open_submission(sealed, [yaman.identity]).sections[0].text == "الحافلة تتأخر"
    assert desk.replies(citizen, 0).status_code == 201
    for status in ("read", "question"):
        assert desk.decides(citizen, status).status_code == 200


@pytest.mark.parametrize(
    "status", [each for each in Status if each.word in {"declined", "expired"}]
)
def test_it_ends_no_case(world: World, yaman: Member, status: str) -> None:
    citizen = submitted(world)

    refused = world.desk(yaman).decides(citizen, status)

    assert (refused.status_code, problem(refused)) == (403, "on-probation")
    assert world.client_status(citizen) == "received"
    assert world.desk(yaman).decides(citizen, status, world.basil).status_code == 200


@pytest.mark.parametrize(
    ("before", "after"),
    [("read", "redacted"), ("redacted", "relayed"), ("answered:2", "published:2")],
)
def test_it_is_none_of_the_two(world: World, yaman: Member, before: str, after: str) -> None:
    citizen = submitted(world)
    placed(world, citizen, Status(before))

    for refused in (
        world.desk(yaman).decides(citizen, after, world.basil),
        world.desk(world.basil).decides(citizen, after, yaman),
    ):
        assert (refused.status_code, problem(refused)) == (403, "on-probation")
    assert problem(world.desk(yaman).decides(citizen, after)) == "two-signatures-needed"
    assert world.client_status(citizen) == before
    # Two others decide, whoever brings their words and signs as well.
    assert world.desk(yaman).decides(citizen, after, world.amal, world.basil).status_code == 200


def test_nothing_of_it_becomes_public_record(world: World, yaman: Member) -> None:
    tally = Tally(ORIGIN, week_of(world.today), ()).encode()

    def hands_in(*signers: Member) -> list[int]:
        devices = [signer.device for signer in signers]
        relay = {
            "record": sign(RELAY.encode(), *devices),
            "packet": SEALED,
            "link_hash": encode_base64(bytes(32)),
        }
        record = {"note": sign(tally, *devices)}
        desk = world.desk(yaman)
        return [
            desk.post("/relays", relay).status_code,
            desk.post("/records", record).status_code,
        ]

    assert hands_in(yaman, world.amal) == [422, 422]
    assert hands_in(world.amal, world.basil) == [201, 201]


def test_a_packet_that_it_signed_is_not_signed_by_two(world: World, yaman: Member) -> None:
    packet = Packet(
        ORIGIN, bytes(16), "transport", "bus-lines", "ar", date(2026, 12, 25), "حافلة", "تتأخر"
    )
    deciding = world.keyring.deciding_devices

    with pytest.raises(UnverifiedError, match="two different reviewers"):
        Packet.open(sign(packet.encode(), yaman.device, world.amal.device), deciding, origin=ORIGIN)
    both = sign(packet.encode(), yaman.device, world.amal.device, world.basil.device)
    assert Packet.open(both, deciding, origin=ORIGIN)[1].reviewers == ("amal", "basil")


def test_with_the_first_keyring_after_its_probation_it_decides(world: World, yaman: Member) -> None:
    citizen = submitted(world)
    placed(world, citizen, Status.READ)
    world.today = END
    joins(world, yaman, week_of(END), None)

    assert world.desk(yaman).decides(citizen, "redacted", world.amal).status_code == 200


# Removal


def removed(world: World, week: str = NEXT_WEEK) -> None:
    """The keyring of *week* is without the organisation."""
    world.publish(next_keyring(world.keyring, week, world.keyring.orgs[:1]))


def test_a_removed_reviewer_signs_until_the_next_keyring_and_not_after(world: World) -> None:
    yaman = Member("yaman-1")
    joins(world, yaman, week_of(world.today), None)
    citizen = submitted(world)
    placed(world, citizen, Status.READ)
    removed(world)
    assert world.desk(yaman).decides(citizen, "question").status_code == 200

    world.today += timedelta(weeks=1)

    session = world.desk(yaman)
    challenge = world.post("/desk/challenge", {}).get_json()["challenge"]
    assert world.post("/desk/session", {"note": session.signs(challenge)}).status_code == 401
    refused = world.desk().decides(citizen, "redacted", yaman)
    assert problem(refused) == "two-signatures-needed"
    assert world.desk().decides(citizen, "redacted", world.basil).status_code == 200


def test_a_removed_reviewer_opens_nothing_that_is_sent_after(world: World) -> None:
    yaman = Member("yaman-1")
    joins(world, yaman, week_of(world.today), None)
    before = world.citizen().seals("قبل")
    removed(world)
    world.today += timedelta(weeks=1)
    after = world.citizen().seals("بعد")

    assert open_submission(before, [yaman.identity]).sections[0].text == "قبل"
    assert decrypt(after, [world.amal.identity])
    with pytest.raises(NoMatchError):
        decrypt(after, [yaman.identity])
