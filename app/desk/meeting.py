"""The pack for a meeting with an agency, from what two reviewers signed and nothing else.

A text comes in only with two valid signatures of deciding reviewers over it, once its case was
relayed; an outcome only once it is public. Cases that are merely redacted, proposals, remarks and
messages never do. Themes are words that one reviewer typed, so a theme is told only where at least
five relayed messages share it, and never if it quotes a message or names anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from app.desk import diary, echo, relaying, team, workspace
from app.desk.casebook import Case, KnownRelay
from app.desk.relaying import Way
from app.domain.agencies import Agency
from app.domain.cases import Status
from app.domain.weeks import week_of
from app.packets.document import Document
from app.packets.late import print_bytes
from app.packets.meeting import Meeting, OpenRelay, PublicAnswer, Theme, meeting_document
from app.packets.page import html_bytes
from app.packets.tables import table_bytes
from crypto.encoding import decode_base64, encode_base64
from crypto.record import FEW, Bilingual, Lang, Outcome, Packet, public_count
from redaction.text import scan

USUAL_GAP: Final = timedelta(weeks=4)
"""How far back `since` is when nobody says."""
LANGS: Final[tuple[Lang, ...]] = ("ar", "en")


def gather(way: Way, agency: str, *, since: date | None = None, on: date | None = None) -> Meeting:
    """What the meeting with *agency* is about; its days come from the diary unless they are given.

    Raises `NoPlanError` for one without a plan.
    """
    plan = relaying.plan_of(way.desk, agency)
    last, coming = diary.last_and_next(way.desk, agency, way.today)
    since = since or last or way.today - USUAL_GAP
    sent = list(_sent(way, agency))
    packets = {encode_base64(packet.relay): packet for _, packet in sent}
    public = {encode_base64(outcome.relay) for case, _ in sent for outcome in _outcomes(way, case)}
    known = [each for each in way.desk.casebook.state.relays if each.agency == agency]
    waiting = sorted((each for each in known if each.id not in public), key=_order)
    return Meeting(
        agency=plan,
        prepared=way.today,
        since=since,
        on=on or coming,
        relays=tuple(_open(way, plan, each, packets.get(each.id)) for each in waiting),
        answers=tuple(_answers(way, [case for case, _ in sent], since)),
        themes=tuple(_themes(way, [case for case, _ in sent])),
    )


def documents(meeting: Meeting) -> dict[Lang, Document]:
    """The pack in every language."""
    return {lang: meeting_document(meeting, lang) for lang in LANGS}


def files(meeting: Meeting) -> dict[str, bytes]:
    """Every file of the pack by its name; equal meetings, equal bytes."""
    made: dict[str, bytes] = {}
    for lang, document in documents(meeting).items():
        made[f"meeting-{lang}.html"] = html_bytes(document)
        made[f"meeting-{lang}.pdf"] = print_bytes(document)
    rows = [(each.topic.ar, each.topic.en, each.label, int(each.count)) for each in meeting.themes]
    made["themes.csv"] = table_bytes(("topic_ar", "topic_en", "theme", "messages"), rows)
    return made


def _order(relay: KnownRelay) -> tuple[str, str]:
    return relay.due, relay.id


def _sent(way: Way, agency: str) -> Iterator[tuple[Case, Packet]]:
    """Cases with the packet that two signed and that *agency* has."""
    for case in sorted(way.desk.casebook.cases(), key=lambda each: each.slot):
        content = relaying.sent_content(way, case)
        if content is not None and content.packet.agency == agency:
            yield case, content.packet


def _outcomes(way: Way, case: Case) -> Iterator[Outcome]:
    """The public outcome of a case, if it has one."""
    proposal = relaying.approved(case, team.OUTCOME)
    if proposal is None or Status(case.status).word != "published":
        return
    outcome = Outcome.parse(proposal.facts["outcome"])
    statements = case.team.statements(proposal)
    _, names = team.combined(outcome.encode(), statements, way.keyring.deciding_devices)
    if len(names) >= 2:
        yield outcome


def _open(way: Way, plan: Agency, relay: KnownRelay, packet: Packet | None) -> OpenRelay:
    due = date.fromisoformat(relay.due)
    is_overdue = relay.answer is None and due < way.today
    return OpenRelay(
        number=_number(relay.id),
        topic=_title(way, relay.topic),
        due=due,
        is_overdue=is_overdue,
        rungs=plan.escalations(due, way.today) if is_overdue else (),
        answer=relay.answer,
        ask=packet.ask if packet else "",
        words=packet.words if packet else "",
    )


def _number(relay: str) -> str:
    """As in `Content.number`."""
    return decode_base64(relay, 16).hex()[:8].upper()


def _title(way: Way, topic: str) -> Bilingual:
    names = way.desk.casebook.state.topics.get(topic, {})
    return Bilingual(names.get("ar", topic), names.get("en", topic))


def _answers(way: Way, cases: list[Case], since: date) -> Iterator[PublicAnswer]:
    for case in cases:
        proposal = relaying.approved(case, team.OUTCOME)
        if proposal is None or proposal.note.week < week_of(since):
            continue
        for outcome in _outcomes(way, case):
            yield PublicAnswer(
                _number(encode_base64(outcome.relay)),
                _title(way, case.topic),
                outcome.answer,
                outcome.said,
                outcome.answered,
                outcome.change,
            )


def _themes(way: Way, cases: list[Case]) -> Iterator[Theme]:
    """By topic and label; *cases* lead the packets, which may speak for others too."""
    slots = {
        decode_base64(slot, 32)
        for case in cases
        for proposal in [relaying.approved(case, team.PROPOSE)]
        if proposal is not None
        for slot in proposal.facts["cases"]
    }
    counts: Counter[tuple[str, str]] = Counter()
    texts: list[str] = []
    for case in way.desk.casebook.cases():
        texts += workspace.originals(case)
        if case.slot in slots:
            counts.update({(case.topic, " ".join(label.split())) for label in case.team.themes})
    for (topic, label), number in sorted(counts.items()):
        count = public_count(number)
        if count != FEW and not scan(label) and not echo.quotations(label, texts):
            yield Theme(_title(way, topic), label, count)
