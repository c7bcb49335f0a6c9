"""What was sealed offline goes out in no order, one connection each, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from app.client.batch import BatchSender, Outcome, WrongSiteError
from app.client.errors import SiteUnreachableError
from app.client.site import Site
from crypto.age import pad_recipients
from crypto.counterfoil import Counterfoil
from crypto.encoding import SYSTEM_RANDOM, encode_base64
from crypto.envelope import Attachment, AttachmentSealer, Section
from crypto.handing import Batch, Handing, Words, seal_handing
from crypto.keyring import Roots
from crypto.keys import CitizenKeys
from tests.units.desk.office import ORIGIN, TOPIC, Office

DAY = 86_400


class Partner:
    """A field partner who sealed for some people and sends it later."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.paused: list[float] = []
        self.remembered: set[bytes] = set()
        self.connections: list[Site] = []

    def seals(self, text: str, *files: bytes) -> Handing:
        """As the offline page does."""
        office = self.office
        assert office.keyring is not None
        roots = Roots.parse(office.roots_text).hash
        half = Counterfoil.of(CitizenKeys(SYSTEM_RANDOM(32)), roots)
        sealed = [self._seals_file(number, data) for number, data in enumerate(files, 1)]
        words = Words(TOPIC, "ar", (Section("problem", text),), "tablet")
        handing = seal_handing(half, words, tuple(each for each, _ in sealed), office.keyring)
        return replace(handing, attachments=tuple(file for _, file in sealed))

    def _seals_file(self, number: int, data: bytes) -> tuple[Attachment, bytes]:
        assert self.office.keyring is not None
        sealer = AttachmentSealer(pad_recipients(self.office.keyring.recipients))
        file = sealer.update(data) + sealer.finish()
        about = Attachment(sealer.digest, len(data), f"file-{number}.txt", "text/plain", True)
        return about, file

    def sends(self, *handings: Handing, origin: str = ORIGIN, within: float = DAY) -> Outcome:
        sender = BatchSender(
            connect=self._connects,
            today=self.office.today,
            within=within,
            remember=self.remembered.add,
            roots=self.office.roots_text,
            pause=self.paused.append,
            order=Random(4),  # noqa: S311 an order that is the same each time
        )
        return sender.send([Batch.of(origin, handings)], frozenset(self.remembered))

    def _connects(self) -> Site:
        self.connections.append(self.office.site())
        return self.connections[-1]


@pytest.fixture
def partner(office: Office) -> Partner:
    return Partner(office)


def stored(office: Office) -> Iterator[tuple[str, str]]:
    return ((method, path) for method, path in office.network.requests if method == "POST")


def test_a_batch_opens_at_the_desk_with_its_files(office: Office, partner: Partner) -> None:
    photo = bytes(range(256)) * 5_000
    outcome = partner.sends(partner.seals("من الجهاز اللوحي", photo))

    assert outcome == Outcome(accepted=1)
    office.syncs("amal")
    case = office.only_case("amal")
    assert case.sealed_by == "tablet"
    (attachment,) = case.attachments
    assert b"".join(office.desks["amal"].casebook.read_file(attachment)) == photo


def test_envelopes_go_out_shuffled_each_alone_over_the_whole_time(
    partner: Partner,
) -> None:
    handings = [partner.seals(f"رأي {number}") for number in range(8)]
    names = [handing.name for handing in Batch.of(ORIGIN, handings).handings]
    sent: list[str] = []
    honest = Site.submit

    def watched(site: Site, request: dict[str, object], envelope: bytes) -> object:
        sent.append(str(request["name"]))
        return honest(site, request, envelope)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Site, "submit", watched)
        partner.sends(*handings)

    assert sorted(sent) == sorted(map(encode_base64, names))
    assert sent != [encode_base64(name) for name in names]
    assert sent != [encode_base64(handing.name) for handing in handings]
    # One connection looks at the site; each envelope has its own, so circuits of its own.
    assert len(partner.connections) == 9
    assert len(partner.paused) == 8
    assert all(pause >= 0 for pause in partner.paused)
    assert DAY / 2 < sum(partner.paused) <= DAY
    assert len(set(partner.paused)) == 8


def test_a_broken_line_is_taken_up_again_and_nothing_is_sent_twice(
    office: Office, partner: Partner
) -> None:
    handings = [partner.seals(f"رأي {number}", b"file") for number in range(3)]
    office.network.lose_answer = lambda request: (
        request.url.path.endswith("/submissions") and len(partner.remembered) == 1
    )
    with pytest.raises(SiteUnreachableError):
        partner.sends(*handings)
    office.network.lose_answer = lambda _: False

    # The second arrived, and only its answer was lost: it is handed in again and stored once.
    assert partner.sends(*handings) == Outcome(accepted=2, before=1)
    assert partner.sends(*handings) == Outcome(before=3)
    office.syncs("amal")
    assert len(list(office.desks["amal"].casebook.cases())) == 3


def test_one_that_is_too_old_is_told_and_the_others_arrive(
    office: Office, partner: Partner
) -> None:
    old = partner.seals("قديم")
    office.today += timedelta(days=14)
    office.publishes_keyring()
    outcome = partner.sends(old, partner.seals("جديد"))

    assert outcome == Outcome(accepted=1, refused={"stale-keyring": 1})
    assert not outcome.is_complete


def test_a_batch_for_another_site_is_not_sent(office: Office, partner: Partner) -> None:
    handing = partner.seals("رأي")
    with pytest.raises(WrongSiteError):
        partner.sends(handing, origin="other.example")

    assert list(stored(office)) == []
    assert partner.remembered == set()
