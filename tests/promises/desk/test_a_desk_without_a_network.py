"""A desk that never had a network does the same work, by a stick that somebody carries."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from app.client import courier as carrying
from app.client.courier import Courier, Trip
from app.client.errors import (
    AlteredStickError,
    ForeignStickError,
    NoPassError,
    OldStickError,
    SiteRefusedError,
    SiteUnreachableError,
)
from app.client.stick import Stick
from app.desk import relaying
from app.desk.casebook import Case
from app.desk.desk import Desk
from app.desk.relaying import Draft, Way
from app.desk.sync import SyncReport, sync
from app.domain.cases import Status
from app.domain.weeks import week_of
from crypto.commitment import Disposition
from crypto.courier import Pass, courier_key_name
from crypto.note import SigningKey, add_signature, sign
from tests.leaks.canaries import Canary, found_in_files
from tests.promises.desk.reviewer import sits_down
from tests.promises.desk.test_from_case_to_decision import objects, stored_relays
from tests.units.desk.office import ORIGIN, URL, Office

TEXT = "CANARY-stick-40417 لا باص بعد الخامسة"
REPLY = "CANARY-reply-40418 وصلت رسالتك"
DRAFT = Draft("municipality", "ar", "باص بعد الخامسة", "لا باص بعد الخامسة")


@dataclass
class Cellar:
    """Basem's desk, which has no network, and somebody who goes there with a stick."""

    office: Office
    stick: Path
    courier: Courier = field(init=False)

    def __post_init__(self) -> None:
        self.stick.mkdir()
        self.courier = Courier(SigningKey.generate(courier_key_name(ORIGIN)), URL, None)
        self.desk.connect_by_courier(
            self.stick.as_uri(),
            self.office.roots_text,
            self.courier.key.verifier.encode(),
            self.office.today,
        )

    @property
    def desk(self) -> Desk:
        return self.office.desks["basem"]

    def carries(self) -> Trip:
        with self.office.site() as site:
            self.courier, trip = carrying.carry(
                self.courier, site, Stick(self.stick), today=self.office.today
            )
        return trip

    def syncs(self) -> SyncReport:
        with self.desk.site() as site:
            return sync(self.desk, site, today=self.office.today)

    def comes_and_goes(self) -> SyncReport:
        self.carries()
        return self.syncs()

    @property
    def way(self) -> Way:
        return Way(self.desk, self.desk.keyring(self.office.today), self.office.today)

    def case(self) -> Case:
        return self.office.only_case("basem")


@pytest.fixture
def cellar(office: Office, tmp_path: Path) -> Cellar:
    return Cellar(office, tmp_path / "stick")


def amals_way(office: Office) -> Way:
    desk = office.desks["amal"]
    return Way(desk, desk.keyring(office.today), office.today)


def requests_of(office: Office, *kinds: str) -> list[str]:
    made = [path.rpartition("/")[2] for method, path in office.network.requests if method == "POST"]
    return [path for path in made if path in kinds]


# The work.


def test_a_case_is_read_and_answered_and_its_sender_reads_the_answer(
    office: Office, cellar: Cellar
) -> None:
    sent = office.sends(TEXT)

    report = cellar.comes_and_goes()
    assert report.new_cases == 1
    assert cellar.case().sections[0].text == TEXT
    office.replies("basem", cellar.case(), REPLY, Status.QUESTION)
    assert cellar.syncs().carried == 2, "the words, and the status with them"
    assert office.follows(sent.code).replies == ()
    trip = cellar.carries()
    assert (trip.handed_in, trip.refused, trip.waiting) == (2, 0, 0)

    followed = office.follows(sent.code, "جواب المرسل")
    assert [reply.text for reply in followed.replies] == [REPLY]
    assert followed.status == "question"
    cellar.carries()
    assert cellar.syncs().new_messages == 1
    assert cellar.case().status == "question"
    assert not cellar.case().waits


def test_two_desks_relay_a_case_and_one_of_them_has_no_network(
    office: Office, cellar: Cellar
) -> None:
    sent = office.sends(TEXT)
    office.syncs("amal")
    case = office.only_case("amal")
    office.replies("amal", case, "نقرأ رسالتك", Status.READ)
    office.syncs("amal")
    relaying.propose(amals_way(office), case.id, DRAFT, {})
    office.syncs("amal")

    cellar.comes_and_goes()
    relaying.approve(cellar.way, cellar.case().id)
    cellar.syncs()
    assert office.follows(sent.code).status == "read"
    cellar.carries()
    followed = office.follows(sent.code)
    assert (followed.status, followed.replies[-1].text) == ("redacted", "لا باص بعد الخامسة")

    office.today += timedelta(days=3)
    cellar.comes_and_goes()
    relaying.relay(cellar.way, cellar.case().id)
    cellar.syncs()
    cellar.carries()
    assert office.follows(sent.code).status == "relayed"


def test_an_objection_that_crosses_the_stick_stops_the_relay(
    office: Office, cellar: Cellar
) -> None:
    sent = office.sends(TEXT)
    office.syncs("amal")
    case = office.only_case("amal")
    office.replies("amal", case, "نقرأ رسالتك", Status.READ)
    office.syncs("amal")
    relaying.propose(amals_way(office), case.id, DRAFT, {})
    office.syncs("amal")
    cellar.comes_and_goes()
    relaying.approve(cellar.way, cellar.case().id)
    cellar.syncs()
    cellar.carries()
    office.today += timedelta(days=3)
    cellar.comes_and_goes()
    relaying.relay(cellar.way, cellar.case().id)
    relaying.assign(cellar.way, cellar.case().id, "amal")
    cellar.syncs()

    objects(office, sent)
    trip = cellar.carries()
    assert (trip.handed_in, trip.refused, trip.waiting) == (0, 1, 2)
    cellar.comes_and_goes()
    cellar.carries()

    assert stored_relays(office) == ()
    assert office.follows(sent.code).status == "read"
    office.syncs("amal")
    assert office.only_case("amal").team.assigned_to == "amal"


def test_the_stick_shows_nothing_of_what_was_written(office: Office, cellar: Cellar) -> None:
    sent = office.sends(TEXT)
    cellar.comes_and_goes()
    office.replies("basem", cellar.case(), REPLY, Status.READ)
    cellar.syncs()
    cellar.carries()

    canaries = [
        Canary("the text", "CANARY-stick-40417"),
        Canary("the reply", "CANARY-reply-40418"),
        Canary("the words of the code", " ".join(sent.code.words)),
        Canary("the digits of the code", "".join(sent.code.digits)),
        Canary("the thread", cellar.case().thread.hex()),
    ]
    assert found_in_files(canaries, [cellar.stick]) == []
    identities = [each.encode() for each in cellar.desk.keystore.secrets.epochs.values()]
    keys = [cellar.desk.keystore.secrets.device.encode(), cellar.courier.key.encode(), *identities]
    assert found_in_files([Canary("a key", key) for key in keys], [cellar.stick]) == []


def test_the_desk_asks_no_network_for_anything(office: Office, cellar: Cellar) -> None:
    office.sends(TEXT)
    cellar.carries()
    office.network.requests.clear()

    cellar.syncs()
    office.replies("basem", cellar.case(), REPLY, Status.READ)
    cellar.syncs()

    assert office.network.requests == []


def test_the_pages_sync_with_the_stick_and_say_what_it_must_carry(
    office: Office, cellar: Cellar, tmp_path: Path
) -> None:
    office.sends(TEXT)
    cellar.carries()
    shutil.copytree(cellar.stick, tmp_path / "kept")
    cellar.comes_and_goes()
    office.replies("basem", cellar.case(), REPLY, Status.READ)
    page = sits_down(office, "basem")
    page.unlocks()
    office.network.requests.clear()

    page.submits("/sync")
    page.waits_for_the_sync()
    said = page.sees("/").text
    shutil.copytree(tmp_path / "kept", cellar.stick, dirs_exist_ok=True)
    page.submits("/sync")
    page.waits_for_the_sync()

    assert "على الذاكرة المحمولة للناقل: 2." in said
    assert "أقدم مما وصل إلى هذا المكتب" in page.sees("/").text
    assert office.network.requests == []


# Again, and after a cut.


def test_what_was_handed_in_is_not_handed_in_again(office: Office, cellar: Cellar) -> None:
    sent = office.sends(TEXT)
    cellar.comes_and_goes()
    office.replies("basem", cellar.case(), REPLY, Status.READ)
    cellar.syncs()
    cellar.carries()
    office.network.requests.clear()

    for _ in range(2):
        cellar.carries()

    assert requests_of(office, "replies", "status") == []
    cellar.syncs()
    assert not cellar.case().waits
    assert len(office.follows(sent.code).replies) == 1


def test_an_old_parcel_put_back_on_the_stick_does_no_harm(
    office: Office, cellar: Cellar, tmp_path: Path
) -> None:
    """Somebody kept a copy: its words would take the case back to where it was."""
    sent = office.sends(TEXT)
    cellar.comes_and_goes()
    office.replies("basem", cellar.case(), REPLY, Status.READ)
    cellar.syncs()
    shutil.copytree(cellar.stick, tmp_path / "kept")
    cellar.comes_and_goes()
    office.replies("basem", cellar.case(), "سؤال", Status.QUESTION)
    cellar.syncs()
    cellar.carries()
    assert office.follows(sent.code).status == "question"

    shutil.copytree(tmp_path / "kept", cellar.stick, dirs_exist_ok=True)
    trip = cellar.carries()

    assert (trip.handed_in, trip.waiting) == (0, 2)
    followed = office.follows(sent.code)
    assert (followed.status, len(followed.replies)) == ("question", 2)


@pytest.mark.parametrize("after", range(8))
def test_a_trip_that_is_cut_anywhere_is_finished_by_the_next(
    office: Office, cellar: Cellar, after: int
) -> None:
    sent = office.sends(TEXT)
    cellar.comes_and_goes()
    office.replies("basem", cellar.case(), REPLY, Status.QUESTION)
    cellar.syncs()
    office.sends("رسالة ثانية")
    office.network.requests.clear()
    office.network.lose_answer = lambda _: len(office.network.requests) > after

    with pytest.raises(SiteUnreachableError):
        cellar.carries()
    assert cellar.syncs().new_cases == 0, "the former trip is still whole"
    office.network.lose_answer = lambda _: False
    cellar.carries()
    report = cellar.syncs()

    assert report.new_cases == 1
    assert [reply.text for reply in office.follows(sent.code).replies] == [REPLY]
    assert not any(case.waits for case in cellar.desk.casebook.cases())


def test_words_for_a_place_that_is_taken_go_to_the_next_with_what_follows_them(
    office: Office, cellar: Cellar
) -> None:
    """A colleague with a network was faster: nothing is lost, no status goes before its words."""
    sent = office.sends(TEXT)
    cellar.comes_and_goes()
    office.replies("basem", cellar.case(), REPLY, Status.QUESTION)
    cellar.syncs()
    office.syncs("amal")
    office.replies("amal", office.only_case("amal"), "رد أمل", Status.READ)
    office.syncs("amal")

    trip = cellar.carries()
    assert (trip.handed_in, trip.refused, trip.waiting) == (0, 1, 1)
    assert office.follows(sent.code).status == "read"
    cellar.syncs()
    cellar.carries()

    followed = office.follows(sent.code)
    assert [reply.text for reply in followed.replies] == ["رد أمل", REPLY]
    assert followed.status == "question"


# What is refused.


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def every_object(stick: Path) -> list[Path]:
    return sorted((stick / "objects").iterdir())


def test_any_flipped_bit_is_seen_before_anything_is_believed(
    office: Office, cellar: Cellar
) -> None:
    office.sends(TEXT)
    cellar.carries()
    for path in [*every_object(cellar.stick), cellar.stick / "index.note"]:
        whole = path.read_bytes()
        flip(path)
        with pytest.raises((AlteredStickError, ForeignStickError)):
            cellar.syncs()
        assert cellar.desk.casebook.state.unreadable == ()
        path.write_bytes(whole)

    assert cellar.syncs().new_cases == 1


@pytest.mark.parametrize("spoil", [flip, Path.unlink], ids=["flipped", "lost"])
def test_the_courier_mends_what_is_damaged(
    office: Office, cellar: Cellar, spoil: Callable[[Path], None]
) -> None:
    office.sends(TEXT)
    cellar.carries()
    for path in every_object(cellar.stick):
        spoil(path)

    cellar.carries()

    assert cellar.syncs().new_cases == 1


def test_a_parcel_that_was_changed_is_not_handed_in(office: Office, cellar: Cellar) -> None:
    office.sends(TEXT)
    cellar.comes_and_goes()
    office.replies("basem", cellar.case(), REPLY, Status.READ)
    cellar.syncs()
    office.network.requests.clear()
    whole = (cellar.stick / "parcel.note").read_bytes()
    flip(cellar.stick / "parcel.note")

    with pytest.raises((AlteredStickError, ForeignStickError)):
        cellar.carries()

    (cellar.stick / "parcel.note").write_bytes(whole)
    named = whole.decode().split("\n")[3].split(" ")[2]
    flip(cellar.stick / "objects" / named)
    with pytest.raises(AlteredStickError):
        cellar.carries()
    assert requests_of(office, "replies", "status") == []


def test_what_is_older_than_before_is_refused(
    office: Office, cellar: Cellar, tmp_path: Path
) -> None:
    office.sends(TEXT)
    cellar.carries()
    shutil.copytree(cellar.stick, tmp_path / "kept")
    cellar.comes_and_goes()

    shutil.copytree(tmp_path / "kept", cellar.stick, dirs_exist_ok=True)

    with pytest.raises(OldStickError):
        cellar.syncs()
    cellar.comes_and_goes()


def test_a_stick_of_another_courier_or_site_is_refused(office: Office, cellar: Cellar) -> None:
    office.sends(TEXT)
    stranger = SigningKey.generate(courier_key_name(ORIGIN))
    cellar.carries()
    Stick(cellar.stick).write_note("index", "")
    own = cellar.courier
    cellar.courier = Courier(stranger, URL, None)
    with pytest.raises(NoPassError):
        cellar.carries()

    elsewhere = SigningKey.generate(courier_key_name("other.example"))
    with pytest.raises(ForeignStickError):
        cellar.desk.connect_by_courier(
            cellar.stick.as_uri(),
            office.roots_text,
            elsewhere.verifier.encode(),
            office.today,
        )
    cellar.courier = own
    cellar.carries()
    index = (cellar.stick / "index.note").read_text("utf-8").rpartition("\n\n")[0] + "\n"
    (cellar.stick / "index.note").write_text(sign(index, stranger), "utf-8")
    with pytest.raises(ForeignStickError):
        cellar.syncs()


def test_a_stick_that_is_not_there_is_no_loss(office: Office, cellar: Cellar) -> None:
    office.sends(TEXT)
    with pytest.raises(SiteUnreachableError):
        cellar.syncs()
    cellar.comes_and_goes()
    office.replies("basem", cellar.case(), REPLY, Status.READ)
    cellar.stick.rename(cellar.stick.with_name("pulled"))
    with pytest.raises(SiteUnreachableError):
        cellar.syncs()

    cellar.stick.with_name("pulled").rename(cellar.stick)

    assert cellar.syncs().carried == 2


def test_links_and_pipes_on_a_stick_lead_nowhere(
    office: Office, cellar: Cellar, tmp_path: Path
) -> None:
    office.sends(TEXT)
    cellar.carries()
    one, other = every_object(cellar.stick)[:2]
    copy = tmp_path / "copy"
    one.rename(copy)
    one.symlink_to(copy)
    with pytest.raises(AlteredStickError):
        b"".join(Stick(cellar.stick).read(bytes.fromhex(one.name)))
    other.unlink()
    os.mkfifo(other)
    with pytest.raises(AlteredStickError):
        b"".join(Stick(cellar.stick).read(bytes.fromhex(other.name)))


# The pass.


def test_a_courier_is_let_in_until_the_day_of_the_pass(office: Office, cellar: Cellar) -> None:
    cellar.carries()
    office.today += timedelta(days=28)
    office.publishes_keyring()
    cellar.carries()
    office.today += timedelta(days=1)

    with pytest.raises(NoPassError):
        cellar.carries()


def test_a_courier_of_a_removed_reviewer_is_out_with_the_next_keyring(
    office: Office, cellar: Cellar
) -> None:
    cellar.carries()
    office.today += timedelta(weeks=1)
    office.publishes_keyring("basem")

    with pytest.raises(NoPassError):
        cellar.carries()


def test_the_site_refuses_a_pass_that_is_over_or_another_couriers(
    office: Office, cellar: Cellar
) -> None:
    stranger = SigningKey.generate(courier_key_name(ORIGIN))
    device = cellar.desk.keystore.secrets.device
    key, day = cellar.courier.key.verifier, timedelta(days=1)
    good = Pass(ORIGIN, key, office.today).sign(device)
    elsewhere = SigningKey.generate(courier_key_name("other.example")).verifier
    passes = {
        "over": Pass(ORIGIN, key, office.today - day).sign(device),
        "another courier's": Pass(ORIGIN, stranger.verifier, office.today).sign(device),
        "given by nobody": Pass(ORIGIN, key, office.today).sign(stranger),
        "given by two": add_signature(good, office.desks["amal"].keystore.secrets.device),
        "of another site": Pass("other.example", elsewhere, office.today).sign(device),
        "none": "",
    }
    with office.site() as site:
        site.courier_session(cellar.courier.sign_in, good).listing()
        for name, each in passes.items():
            with pytest.raises(SiteRefusedError, match="bad-session"):
                site.courier_session(cellar.courier.sign_in, each)
                raise AssertionError(name)


def test_a_courier_cannot_move_a_case(office: Office, cellar: Cellar) -> None:
    """Her key opens a session, and signs for nobody."""
    office.sends(TEXT)
    cellar.comes_and_goes()
    step = Disposition(ORIGIN, cellar.case().slot, "read", week_of(office.today))
    note = sign(step.encode(), cellar.courier.key)
    pass_note = (cellar.stick / "pass.note").read_text("utf-8")
    with office.site() as site:
        session = site.courier_session(cellar.courier.sign_in, pass_note)
        with pytest.raises(SiteRefusedError, match="bad-disposition"):
            session.dispose(note)
