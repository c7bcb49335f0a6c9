"""What organisations and an agency have before them when they meet: an agenda to print.

Pure functions of what was relayed and published. Times, speakers and decisions are left blank.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.days import day_in_words
from app.domain.agencies import Agency, Escalation
from app.packets.content import days_in_words
from app.packets.document import Block, Document, Facts, Heading, Paragraph, Table
from crypto.record import Bilingual, Lang

_BLANK_ROWS: Final = 5
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("اجتماع منظمات المجتمع المدني مع", "Civil society meeting with"),
    "note": (
        "كل ما هنا وقعه عضوان أو منشور للجميع. لا توجد هنا رسالة كما كتبها صاحبها.",
        "Everything here was signed by two reviewers or is public. No message stands here as its"
        " sender wrote it.",
    ),
    "body": ("الجهة", "Body"),
    "liaison": ("جهة الاتصال", "Contact office"),
    "channel": ("طريقة الإرسال", "Channel"),
    "promise": ("مهلة الرد", "Answers within"),
    "prepared": ("يوم التحضير", "Prepared on"),
    "meeting": ("يوم الاجتماع", "Day of the meeting"),
    "since": ("منذ", "Since"),
    "agenda": ("جدول الأعمال", "Agenda"),
    "item": ("البند", "Item"),
    "time": ("الوقت", "Time"),
    "speaker": ("من يعرض", "Presented by"),
    "opening": ("افتتاح، ومتابعة قرارات الاجتماع السابق", "Opening; what was decided last time"),
    "closing": ("موعد الاجتماع القادم", "Day of the next meeting"),
    "late": ("ردود متأخرة", "Answers that are overdue"),
    "open": ("ما ينتظر ردا", "What waits for an answer"),
    "decisions": ("قرارات مطلوبة", "Decisions sought"),
    "themes": ("ما يتكرر في الرسائل", "What messages have in common"),
    "answered": ("ما أُجيب عنه منذ الاجتماع السابق", "Answered since the last meeting"),
    "plan": ("خطة التواصل", "Communication plan"),
    "minutes": ("ما اتُّفق عليه", "What was agreed"),
    "texts": ("النصوص كما أُرسلت إلى الجهة", "The texts, as the body received them"),
    "number": ("الرقم", "Number"),
    "topic": ("القضية", "Topic"),
    "due": ("موعد الرد", "Answer due"),
    "told": ("من أُبلغ بالتأخر", "Who was told"),
    "ask": ("المطلوب", "What is asked"),
    "decision": ("القرار", "Decision"),
    "who": ("المسؤول والموعد", "Office and day"),
    "theme": ("المسألة", "Theme"),
    "messages": ("الرسائل", "Messages"),
    "state": ("الحال", "State"),
    "in-time": ("في المهلة", "In time"),
    "is-late": ("متأخر", "Overdue"),
    "came": ("وصل رد لم يُنشر بعد", "Answered, not public yet"),
    "said": ("قيل", "They said"),
    "reply": ("الجواب", "The body answered"),
    "change": ("ما تغير", "What changed"),
    "class": ("نوع الجواب", "Kind of answer"),
    "no-late": ("لا ردود متأخرة.", "No answer is overdue."),
    "no-open": ("لا شيء ينتظر ردا.", "Nothing waits for an answer."),
    "no-decisions": ("لا قرارات مطلوبة.", "No decision is sought."),
    "no-themes": (
        "لا مسألة تتكرر في خمس رسائل أو أكثر.",
        "No theme is common to five messages or more.",
    ),
    "no-answered": ("لا جديد منشور.", "Nothing new is public."),
    "counts": (
        "الأعداد مقربة إلى خمسات، ولا يُذكر ما دون خمسة.",
        "Numbers are rounded down to fives; below five nothing is told.",
    ),
    "rung": ("من يُبلغ بعد الموعد بـ {}", "Told {} after the day"),
    "signed-away": (
        "النص لدى الجهة، ولا يُعاد هنا.",
        "The body has the text; it is not repeated here.",
    ),
}
_ANSWERS: Final[dict[int, tuple[str, str]]] = {
    1: ("قبول", "accepted"),
    2: ("قبول جزئي", "partly accepted"),
    3: ("منجز من قبل", "done already"),
    4: ("رفض مع السبب", "refused, with a reason"),
    5: ("بلا جواب", "no answer"),
}


@dataclass(frozen=True)
class OpenRelay:
    """A relay without a public outcome. `ask` and `words` are empty unless two signed them.

    `answer` is the agency's, which is not public yet; `rungs` of its plan's ladder are reached.
    """

    number: str
    topic: Bilingual
    due: date
    is_overdue: bool
    rungs: tuple[Escalation, ...]
    answer: int | None
    ask: str = ""
    words: str = ""


@dataclass(frozen=True)
class PublicAnswer:
    """An outcome that two signed and that is public."""

    number: str
    topic: Bilingual
    answer: int
    said: Bilingual
    answered: Bilingual
    change: Bilingual


@dataclass(frozen=True)
class Theme:
    """What reviewers found at least five relayed messages to be about; `count` is coarse."""

    topic: Bilingual
    label: str
    count: str


@dataclass(frozen=True)
class Meeting:
    """Everything that the pack says. `on` is the day of the meeting, None while it is open."""

    agency: Agency
    prepared: date
    since: date
    on: date | None
    relays: tuple[OpenRelay, ...]
    answers: tuple[PublicAnswer, ...]
    themes: tuple[Theme, ...]

    @property
    def overdue(self) -> tuple[OpenRelay, ...]:
        return tuple(each for each in self.relays if each.is_overdue)

    @property
    def asked(self) -> tuple[OpenRelay, ...]:
        """Those on which a decision is sought."""
        return tuple(each for each in self.relays if each.ask and each.answer is None)


def meeting_document(meeting: Meeting, lang: Lang) -> Document:
    """The pack in one language; the citizens' side of it stays in the language it was sent in."""
    return _Writer(meeting, lang).document()


class _Writer:
    def __init__(self, meeting: Meeting, lang: Lang) -> None:
        self._meeting = meeting
        self._lang = lang

    def document(self) -> Document:
        agency = self._meeting.agency.name.text(self._lang)
        title = f"{self._say('title')}: {agency}"
        return Document(self._lang, title, self._say("note"), tuple(self._blocks()))

    def _say(self, key: str, *values: object) -> str:
        ar, en = _WORDS[key]
        return (ar if self._lang == "ar" else en).format(*values)

    def _in(self, text: Bilingual) -> str:
        return text.ar if self._lang == "ar" else text.en

    def _day(self, day: date) -> str:
        return day_in_words(day, self._lang)

    def _head(self, *keys: str) -> tuple[str, ...]:
        return tuple(map(self._say, keys))

    def _blocks(self) -> Iterator[Block]:
        yield self._facts()
        yield from self._agenda()
        yield from self._overdue()
        yield from self._open()
        yield from self._decisions()
        yield from self._themes()
        yield from self._answers()
        yield from self._plan()
        yield Heading(self._say("minutes"))
        blank = ("", "")
        yield Table(self._head("decision", "who"), (blank,) * _BLANK_ROWS, (65, 35), lines=2)
        yield from self._texts()

    def _facts(self) -> Facts:
        meeting, plan = self._meeting, self._meeting.agency
        day = self._day(meeting.on) if meeting.on else "…" * 12
        return Facts(
            (
                (self._say("meeting"), day),
                (self._say("prepared"), self._day(meeting.prepared)),
                (self._say("liaison"), plan.liaison.text(self._lang)),
                (self._say("channel"), plan.channel.text(self._lang)),
                (self._say("promise"), days_in_words(plan.answer_days, self._lang)),
            )
        )

    def _agenda(self) -> Iterator[Block]:
        meeting = self._meeting
        counted = [
            ("late", len(meeting.overdue)),
            ("decisions", len(meeting.asked)),
            ("themes", len(meeting.themes)),
            ("answered", len(meeting.answers)),
        ]
        items = [self._say("opening")]
        items += [f"{self._say(key)} ({count})" for key, count in counted if count]
        items += [self._say("plan"), self._say("closing")]
        rows = tuple((f"{number}. {item}", "", "") for number, item in enumerate(items, 1))
        yield Heading(self._say("agenda"))
        yield Table(self._head("item", "time", "speaker"), rows, (60, 15, 25))

    def _overdue(self) -> Iterator[Block]:
        yield Heading(self._say("late"))
        rows = tuple(
            (each.number, self._in(each.topic), self._day(each.due), self._told(each))
            for each in self._meeting.overdue
        )
        yield self._listed(self._head("number", "topic", "due", "told"), rows, "no-late")

    def _told(self, relay: OpenRelay) -> str:
        comma = "، " if self._lang == "ar" else ", "
        return comma.join(each.to.text(self._lang) for each in relay.rungs) or "–"

    def _open(self) -> Iterator[Block]:
        yield Heading(self._say("open"))
        rows = tuple(
            (each.number, self._in(each.topic), self._day(each.due), self._state(each))
            for each in self._meeting.relays
        )
        yield self._listed(self._head("number", "topic", "due", "state"), rows, "no-open")

    def _state(self, relay: OpenRelay) -> str:
        if relay.answer is not None:
            return self._say("came")
        return self._say("is-late" if relay.is_overdue else "in-time")

    def _listed(
        self, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], otherwise: str
    ) -> Block:
        return Table(head, rows, (18, 32, 25, 25)) if rows else Paragraph(self._say(otherwise))

    def _decisions(self) -> Iterator[Block]:
        yield Heading(self._say("decisions"))
        rows = tuple((each.number, each.ask, "", "") for each in self._meeting.asked)
        if rows:
            head = self._head("number", "ask", "decision", "who")
            yield Table(head, rows, (18, 32, 28, 22), lines=3)
        else:
            yield Paragraph(self._say("no-decisions"))

    def _themes(self) -> Iterator[Block]:
        yield Heading(self._say("themes"))
        rows = tuple(
            (self._in(each.topic), each.label, each.count) for each in self._meeting.themes
        )
        if rows:
            yield Table(self._head("topic", "theme", "messages"), rows, (45, 35, 20))
            yield Paragraph(self._say("counts"))
        else:
            yield Paragraph(self._say("no-themes"))

    def _answers(self) -> Iterator[Block]:
        yield Heading(self._say("answered"))
        yield Paragraph(f"{self._say('since')} {self._day(self._meeting.since)}")
        for each in self._meeting.answers:
            ar, en = _ANSWERS[each.answer]
            yield Facts(
                (
                    (self._say("number"), each.number),
                    (self._say("topic"), self._in(each.topic)),
                    (self._say("said"), self._in(each.said)),
                    (self._say("class"), ar if self._lang == "ar" else en),
                    (self._say("reply"), self._in(each.answered)),
                    (self._say("change"), self._in(each.change)),
                )
            )
        if not self._meeting.answers:
            yield Paragraph(self._say("no-answered"))

    def _plan(self) -> Iterator[Block]:
        yield Heading(self._say("plan"))
        yield Facts(
            tuple(
                (self._rung(step.after_days), step.to.text(self._lang))
                for step in self._meeting.agency.ladder
            )
        )

    def _rung(self, days: int) -> str:
        return self._say("rung", days_in_words(days, self._lang))

    def _texts(self) -> Iterator[Block]:
        if self._meeting.relays:
            yield Heading(self._say("texts"))
        for each in self._meeting.relays:
            yield Facts(((self._say("number"), each.number),))
            yield from (
                Paragraph(part.strip(), is_quoted=True)
                for part in each.words.split("\n")
                if part.strip()
            )
            if not each.words:
                yield Paragraph(self._say("signed-away"))
