"""The report as one static page: no script, nothing loaded, for the screen and for paper.

It says what `app.auditor.report` says and nothing else, so it is as deterministic. A policy in
the page forbids the browser to load anything, whatever might be in a log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from app.auditor.charts import (
    ROW,
    Canvas,
    Happening,
    Mark,
    Share,
    Week,
    roll_marks,
    stacked_bars,
    time_line,
    weekly_bars,
)
from app.auditor.markup import Markup, element, join
from app.auditor.words import (
    Lang,
    about_word,
    column_word,
    day_in_words,
    fact_word,
    meaning,
    status_word,
    text,
    told_word,
)
from crypto.about import ABOUT
from crypto.record import NO_AGENCY
from crypto.tlog.rules import COVER
from crypto.tlog.times import decode_cohort, decode_instant, encode_instant

_STYLE: Final = Path(__file__).with_name("page.css")
_CONTENT_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_COLOURS: Final = {
    "answered": "s1",
    "declined": "s2",
    "withdrawn": "s3",
    "expired": "s4",
    "relayed": "s5",
    "read": "s6",
    "received": "s7",
}
_NARROW: Final = 3
"""Columns that a phone is wide enough for."""
_LANES: Final = ("key/v1", "policy/v1", "bundle/v1")
_MARKS: Final[tuple[Mark, ...]] = ("on-time", "late", "missing", "not-due")

Document = dict[str, Any]


def render_page(report: Document, lang: Lang) -> str:
    """The whole HTML document."""
    return _Page(report, lang).render()


class _Page:
    def __init__(self, report: Document, lang: Lang) -> None:
        self.report = report
        self.lang = lang
        self.rtl = lang == "ar"
        rules = report["rules"] or {}
        self.ages: list[str] = rules.get("ages", [])
        self.settled: set[str] = set(rules.get("settled", []))
        self.cohorts: dict[str, Document] = report["cohorts"]

    def render(self) -> str:
        head = element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", name="referrer", content="no-referrer"),
            Markup(f'<meta http-equiv="Content-Security-Policy" content="{_CONTENT_POLICY}">'),
            element("title", f"{self.t('title')}: {self.report['origin']}"),
            element("style", Markup(_STYLE.read_text("utf-8"))),
        )
        main = element(
            "main",
            self._heading(),
            self._verdict(),
            self._figures(),
            self._findings(),
            *self._cohort_sections(),
            self._keys(),
            self._record(),
            self._coverage(),
            self._limits(),
            self._again(),
        )
        page = element(
            "html", head, element("body", main), lang=self.lang, dir="rtl" if self.rtl else "ltr"
        )
        return f"<!doctype html>\n{page}\n"

    def t(self, key: str) -> str:
        return text(key, self.lang)

    # What it comes to

    def _heading(self) -> Markup:
        report = self.report
        slot = report["slot"]
        when = [f" {self.t('as-of')} ", self._day(slot), "."] if slot else []
        origin = element("bdi", report["origin"], dir="ltr")
        return join(
            element("h1", self.t("title")),
            element("p", f"{self.t('of')} ", origin, ".", *when, class_="mut"),
        )

    def _verdict(self) -> Markup:
        count = len(self.report["findings"]) + len(self.report["observed"])
        if not count:
            words = (self.t("clean"), self.t("clean-more"))
            return element("div", self._two(*words), class_="box ok")
        words = (f"{self.t('bad')} {count}", self.t("bad-more"))
        return element("div", self._two(*words), class_="box bad")

    def _two(self, strong: str, more: str) -> Markup:
        return element("p", element("strong", strong), more)

    def _figures(self) -> Markup:
        cases = sum(cohort["real"] or 0 for cohort in self.cohorts.values())
        rolls = [on_time for cohort in self.cohorts.values() for on_time in _on_time(cohort)]
        settled, last = self._settled()
        figures = [
            ("figure-cases", str(cases)),
            ("figure-weeks", str(len(self.cohorts))),
            ("figure-rolls", self._of(sum(rolls), len(rolls))),
            ("figure-settled", self._of(settled, last)),
        ]
        return element(
            "dl",
            *(
                element("div", element("dt", self.t(key)), element("dd", value))
                for key, value in figures
            ),
            class_="figures",
        )

    def _of(self, part: int, whole: int) -> str:
        return f"{part} {self.t('of-all')} {whole}" if whole else self.t("none")

    def _settled(self) -> tuple[int, int]:
        """Cases that were settled at the last roll, and all cases that had one."""
        if not self.ages:
            return 0, 0
        last = self._statuses(self.ages[-1])
        settled = sum(count for status, count in last.items() if status in self.settled)
        return settled, last.total()

    def _findings(self) -> Markup:
        report = self.report
        parts = [Markup("")]
        for key in ("findings", "observed"):
            if report[key]:
                items = [self._finding(one) for one in report[key]]
                parts += [element("h2", self.t(key)), element("ul", *items, class_="findings")]
        return join(*parts)

    def _finding(self, finding: Document) -> Markup:
        facts = [
            join(f"\u00a0· {fact_word(name, self.lang)}: ", self._fact(name, str(value)))
            for name, value in sorted(finding.items())
            if name not in ("code", "index")
        ]
        place = f"{self.t('entry')} {finding['index']}"
        return element(
            "li",
            element("code", finding["code"]),
            " ",
            meaning(finding["code"], self.lang),
            ". ",
            element("span", place, class_="mut"),
            *facts,
        )

    def _fact(self, name: str, value: str) -> Markup:
        if name in ("status", "shown"):
            comma = "، " if self.rtl else ", "
            value = comma.join(status_word(each, self.lang) for each in value.split())
        if name == "age":
            value = self._age(value)
        return element("bdi", value, dir="ltr" if value.isascii() else None)

    # Charts of the cohorts

    def _cohort_sections(self) -> Iterable[Markup]:
        if not self.cohorts:
            yield element("p", self.t("no-cases"), class_="mut")
            return
        yield self._weekly()
        yield self._punctual()
        yield self._status()

    def _weekly(self) -> Markup:
        weeks = [
            Week(_week_label(name), cohort["real"], cohort["accepted"])
            for name, cohort in self.cohorts.items()
        ]
        canvas = self._canvas("weekly", len(weeks) * ROW)
        rows = [
            [
                self._date(week.label),
                _number(week.cases, self.t("unknown")),
                _number(cohort["cover"], self.t("unknown")),
                str(cohort["accepted"]),
            ]
            for week, cohort in zip(weeks, self.cohorts.values(), strict=True)
        ]
        head = [self.t(key) for key in ("week", "cases", "cover", "leaves")]
        return self._section("weekly", weekly_bars(canvas, weeks, self.t("unknown")), head, rows)

    def _punctual(self) -> Markup:
        rows = [
            (_week_label(name), [self._mark(cohort, age) for age in self.ages])
            for name, cohort in self.cohorts.items()
        ]
        ages = [self._age(age) for age in self.ages]
        canvas = self._canvas("punctual", (len(rows) + 1) * ROW)
        key = element("ul", *map(self._mark_key, _MARKS), class_="key", role="list")
        table = [[self._date(label), *map(self.t, marks)] for label, marks in rows]
        chart = roll_marks(canvas, ages, rows)
        return self._section("punctual", join(chart, key), [self.t("week"), *ages], table)

    def _mark(self, cohort: Document, age: str) -> Mark:
        if age in cohort["missing"]:
            return "missing"
        if age not in cohort["on_time"]:
            return "not-due"
        return "on-time" if cohort["on_time"][age] else "late"

    def _mark_key(self, mark: Mark) -> Markup:
        canvas = Canvas("", "", "", 20, self.rtl)
        canvas.mark(50, 10, mark)
        sign = element("svg", *canvas.parts, width=20, height=20, aria_hidden="true")
        return element("li", sign, self.t(mark))

    def _status(self) -> Markup:
        by_age = {age: self._statuses(age) for age in self.ages}
        statuses = sorted(set().union(*by_age.values()), key=self._rank)
        if not statuses:
            waiting = element("p", self.t("no-rolls"), class_="mut")
            return join(element("h2", self.t("status")), waiting)
        names = [status_word(status, self.lang) for status in statuses]
        rows = [
            (
                f"{self.t('after')} {self._age(age)}",
                [
                    Share(name, counts[status], _colour(status))
                    for status, name in zip(statuses, names, strict=True)
                ],
            )
            for age, counts in by_age.items()
        ]
        canvas = self._canvas("status", len(rows) * 64)
        key = element(
            "ul",
            *(
                element("li", _swatch(_colour(status)), name)
                for status, name in zip(statuses, names, strict=True)
            ),
            class_="key",
            role="list",
        )
        head = [self.t("status"), *(label for label, _ in rows)]
        table = [
            [name, *(str(by_age[age][status]) for age in self.ages)]
            for status, name in zip(statuses, names, strict=True)
        ]
        return self._section("status", join(stacked_bars(canvas, rows), key), head, table)

    def _statuses(self, age: str) -> Counter[str]:
        counts: Counter[str] = Counter()
        for cohort in self.cohorts.values():
            counts.update(cohort["histogram"].get(age, {}))
        del counts[COVER]
        return counts

    def _rank(self, status: str) -> tuple[bool, int, str]:
        """Settled first, then in the order of the colours."""
        order = list(_COLOURS)
        name = status.partition(":")[0]
        return status not in self.settled, order.index(name) if name in order else 99, status

    # Keys and rules

    def _record(self) -> Markup:
        record: Document = self.report["record"]
        heading = element("h2", self.t("record"))
        if not record["rows"]:
            return join(heading, element("p", self.t("no-record"), class_="mut"))
        tables = [self._record_table(record["header"], row) for row in record["rows"]]
        return join(heading, element("p", self.t("record-more")), *tables)

    def _record_table(self, header: Sequence[str], row: Sequence[str]) -> Markup:
        """One topic at one body, a line for each count: there are too many for columns."""
        topic, agency, *counts = row
        caption = join(self._ltr(topic), " · ", self._body(agency))
        lines = [
            [column_word(name, self.lang), told_word(count, self.lang)]
            for name, count in zip(header[2:], counts, strict=True)
        ]
        return self._table(caption, [self.t("record"), self.t("count")], lines)

    def _coverage(self) -> Markup:
        covered: Sequence[Document] = self.report["record"]["coverage"]
        if not covered:
            return Markup("")
        tables = [self._coverage_table(one, question) for one in covered for question in ABOUT]
        heading = element("h2", self.t("coverage"))
        return join(heading, element("p", self.t("coverage-more")), *tables)

    def _coverage_table(self, covered: Document, question: str) -> Markup:
        """What the senders about one topic said to one question; nothing where it is withheld."""
        asked = about_word(question, self.lang)
        caption = join(self._ltr(covered["topic"]), " · ", asked)
        cells: Mapping[str, str] | None = covered[question]
        if cells is None:
            return element("p", caption, ": ", self.t("withheld"))
        lines = [
            [about_word(word, self.lang), told_word(count, self.lang)]
            for word, count in cells.items()
        ]
        return self._table(caption, [asked, self.t("count")], lines)

    def _body(self, agency: str) -> Markup | str:
        return self.t("no-body") if agency == NO_AGENCY else self._ltr(agency)

    def _keys(self) -> Markup:
        events: list[Document] = self.report["control"]
        if not events:
            return Markup("")
        first, last = self._span()
        happenings = [
            Happening(
                _LANES.index(event["leaf"]), _place(event["slot"], first, last), _changes(event)
            )
            for event in events
            if event["slot"]
        ]
        canvas = self._canvas("keys", len(_LANES) * 56 + 20)
        lanes = [self.t(lane) for lane in _LANES]
        ends = (encode_instant(first), encode_instant(last))
        chart = time_line(canvas, lanes, ends, happenings)
        head = [self.t(key) for key in ("date", "what", "who", "signers")]
        changed = [self._event_row(event) for event in events if _changes(event)]
        everything = self._table(self.t("keys"), head, list(map(self._event_row, events)))
        folded = element("details", element("summary", self.t("all-keys")), everything)
        section = self._section("keys", chart, head, changed, folded=False)
        return join(section, element("div", folded, class_="screen"))

    def _span(self) -> tuple[int, int]:
        slots = [decode_instant(cohort["first_slot"]) for cohort in self.cohorts.values()]
        slots += [decode_instant(cohort["last_slot"]) for cohort in self.cohorts.values()]
        slots += [
            decode_instant(event["slot"]) for event in self.report["control"] if event["slot"]
        ]
        return (min(slots), max(slots)) if slots else (0, 0)

    def _event_row(self, event: Document) -> list[str]:
        what = f"{self.t(event['leaf'])} {event.get('serial') or event.get('version') or ''}"
        people = [
            join(f"{self.t(key)}: ", self._ltr(", ".join(event[key])))
            for key in ("joined", "left")
            if event.get(key)
        ]
        if event["leaf"] == "key/v1" and "readers" in event:
            people.append(join(f"{self.t('readers')}: {event['readers']}"))
        apart = [join(" · " if place else "", each) for place, each in enumerate(people)]
        who = join(*apart) if people else "–"
        own = f"{self.report['origin']}/"
        names = [name.removeprefix(own) for name in event["signers"]]
        signers = join(*(join(self._ltr(name), " ") for name in names))
        return [self._date(event["slot"] or ""), what.strip(), who, signers or self.t("none")]

    # The end

    def _limits(self) -> Markup:
        items = [element("li", self.t(f"limit-{number}")) for number in range(1, 5)]
        return join(element("h2", self.t("limits")), element("ul", *items))

    def _again(self) -> Markup:
        report = self.report
        witnesses = report["witnesses"]
        seen = ", ".join(f"{name} {when}" for name, when in witnesses["members"].items())
        facts = [
            ("size", str(report["size"])),
            ("root", report["root"]),
            ("quorum", witnesses["quorum"]),
            ("seen-by", seen or self.t("none")),
            ("policy", report["policy"]["sha256"]),
            ("mirror", report["mirror_sha256"]),
            ("tool", report["tool"]),
        ]
        rows = [
            join(
                element("dt", self.t(key)),
                element(
                    "dd",
                    element("bdi", value, class_="hash", dir="ltr" if value.isascii() else None),
                ),
            )
            for key, value in facts
        ]
        return join(
            element("h2", self.t("again")),
            element("p", self.t("again-more")),
            element("dl", *rows, class_="facts"),
        )

    # Parts

    def _canvas(self, key: str, height: int) -> Canvas:
        return Canvas(key, self.t(key), self.t(f"{key}-more"), height, self.rtl)

    def _section(
        self,
        key: str,
        chart: Markup,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        folded: bool = True,
    ) -> Markup:
        shown = self._table(self.t(key), head, rows)
        if folded:
            shown = element("details", element("summary", self.t("numbers")), shown)
        return join(
            element("h2", self.t(key)),
            element("p", self.t(f"{key}-more")),
            element("figure", chart),
            shown,
        )

    def _table(self, caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
        table = element(
            "table",
            element("caption", caption),
            element("thead", element("tr", *(element("th", each, scope="col") for each in head))),
            element("tbody", *(_row(row, head) for row in rows)),
            class_="cards" if len(head) > _NARROW else None,
        )
        return element("div", table, class_="scroll")

    def _age(self, age: str) -> str:
        """`7d` in words; ages of a demonstration are seconds."""
        if not age.endswith("d"):
            return age
        few = int(age[:-1]) <= 10
        return f"{age[:-1]} {self.t('few-days' if few else 'days')}"

    def _day(self, instant: str) -> Markup:
        return element("bdi", day_in_words(instant, self.lang))

    def _date(self, label: str) -> Markup:
        return element("bdi", label, class_="num", dir="ltr")

    def _ltr(self, words: str) -> Markup:
        return element("bdi", words, dir="ltr")


def _row(cells: Sequence[str], head: Sequence[str]) -> Markup:
    """On a phone, where there is no head, each cell tells its column."""
    first, *others = cells
    told = [
        element("td", cell, data_label=name) for cell, name in zip(others, head[1:], strict=True)
    ]
    return element("tr", element("th", first, scope="row"), *told)


def _week_label(cohort: str) -> str:
    """The day on which it begins."""
    return encode_instant(decode_cohort(cohort))


def _number(value: int | None, unknown: str) -> str:
    return unknown if value is None else str(value)


def _on_time(cohort: Document) -> list[bool]:
    return [*cohort["on_time"].values(), *(False for _ in cohort["missing"])]


def _colour(status: str) -> str:
    return _COLOURS.get(status.partition(":")[0], "s3")


def _swatch(class_: str) -> Markup:
    square = element("rect", width=16, height=16, class_=class_)
    return element("svg", square, width=16, height=16, aria_hidden="true")


def _changes(event: Document) -> bool:
    """A weekly renewal has nobody who joined or left."""
    return event["leaf"] != "key/v1" or bool(event.get("joined") or event.get("left"))


def _place(slot: str, first: int, last: int) -> float:
    return 100 * (decode_instant(slot) - first) / (last - first) if last > first else 0.0
