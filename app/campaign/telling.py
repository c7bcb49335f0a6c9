"""Posters and cards that tell what became of the opinions on one topic."""

from typing import Final

from app.campaign.facts import Answer, Facts, Results
from app.campaign.flow import Para, Place
from app.campaign.inviting import A4, PRINT
from app.campaign.page import Page
from app.campaign.sheet import COLOURED, Sheet, headline, shown
from app.campaign.words import words
from app.days import day_in_words
from crypto.record import FEW, Lang

_MOST_ANSWERS: Final = 6


def results_poster(facts: Facts, lang: Lang) -> Page:
    """A4. Raise `ValueError` without results."""
    _, results = words(lang), _results(facts)
    sheet = Sheet(*A4, lang, COLOURED)
    headline(sheet, _heading(lang), 150, Place(42, 38, 511, 90), 44)
    sheet.text(_title(facts, lang, 24), Place(42, 164, 511, 84), middle=True)
    _bars(sheet, results, Place(42, 262, 511, 200))
    sheet.text(_answers(results, lang), Place(42, 482, 511, 174), grow=1.2)
    sheet.code(facts.results_link(lang), 45, 676, 126, 3)
    sheet.text(_source(facts, results, lang, 12), Place(196, 672, 357, 134), middle=True)
    return sheet.page(f"{_heading(lang)} {facts.topic.title.text(lang)}", pixels=PRINT)


def results_card(facts: Facts, lang: Lang) -> Page:
    """1080 × 1080 pixels. Raise `ValueError` without results."""
    results = _results(facts)
    sheet = Sheet(1080, 1080, lang, COLOURED)
    headline(sheet, _heading(lang), 210, Place(72, 52, 936, 130), 72)
    sheet.text(_title(facts, lang, 46), Place(72, 232, 936, 150), middle=True)
    _bars(sheet, results, Place(72, 400, 936, 370))
    sheet.code(facts.results_link(lang), 78, 802, 220, 5)
    sheet.text(_source(facts, results, lang, 25), Place(338, 796, 670, 236), middle=True)
    return sheet.page(f"{_heading(lang)} {facts.topic.title.text(lang)}", pixels=1)


def _results(facts: Facts) -> Results:
    if facts.results is None:
        raise ValueError("nobody has counted yet")
    return facts.results


def _heading(lang: Lang) -> str:
    _ = words(lang)
    return _("What happened to people's opinions?")


def _title(facts: Facts, lang: Lang, size: float) -> list[Para]:
    return [Para(facts.topic.title.text(lang), size, COLOURED.ink, bold=True, balanced=True)]


def _bars(sheet: Sheet, results: Results, place: Place) -> None:
    """A row for each count: what is counted, a bar, the count as the record tells it."""
    longest = max(_length(told) for _, told in results.counts)
    row = place.height / len(results.counts)
    name, figure = place.width * 0.26, place.width * 0.19
    for number, (column, told) in enumerate(results.counts):
        y = place.y + number * row
        label = Para(_column(column, sheet.lang), row * 0.42, COLOURED.ink)
        sheet.text([label], Place(place.x, y, name * 0.94, row), middle=True)
        room = place.width - name - figure - row * 0.3
        width = max(row * 0.08, room * _length(told) / longest if longest else 0)
        bar = Place(place.x + name, y + row * 0.14, width, row * 0.72)
        sheet.box(bar, sheet.look.band)
        count = Para(_count(told, sheet.lang), row * 0.54, sheet.look.brand, bold=True)
        end = Place(bar.x + width + row * 0.25, y, figure, row)
        sheet.text([count], end, middle=True)


def _length(told: str) -> int:
    """Few are drawn as two, whatever they are."""
    return 2 if told == FEW else int(told)


def _count(told: str, lang: Lang) -> str:
    _ = words(lang)
    return _("under 5") if told == FEW else told


def _column(column: str, lang: Lang) -> str:
    _ = words(lang)
    return {
        "received": _("Received"),
        "read": _("Read"),
        "relayed": _("Relayed"),
        "answered": _("Answered"),
        "changed": _("Decision changed"),
    }[column]


def _answers(results: Results, lang: Lang) -> list[Para]:
    """The latest first; those for which there is no room stand on the site."""
    _ = words(lang)
    paras = [Para(_("What the bodies answered"), 15, COLOURED.brand, bold=True)]
    latest = sorted(results.answers, key=lambda each: each.due, reverse=True)[:_MOST_ANSWERS]
    for number, each in enumerate(latest):
        said = f"{each.agency.text(lang)}: {_class(each, lang)}"
        paras.append(Para(said, 13, COLOURED.ink, bold=True, before=0.35, optional=number))
        if each.change:
            paras.append(Para(each.change.text(lang), 13, COLOURED.ink, optional=number or 1))
    if not latest:
        paras.append(
            Para(_("Nothing has been sent to any body yet."), 13, COLOURED.ink, before=0.3)
        )
    return paras


def _class(answer: Answer, lang: Lang) -> str:
    _ = words(lang)
    if answer.answer is None:
        due = day_in_words(answer.due, lang)
        return _("No answer yet. It is or was due on %(day)s.") % {"day": due}
    nothing = _("Nothing changed so far.")
    told = {
        1: _("Accepted."),
        2: _("Partly accepted."),
        3: _("Done already."),
        4: _("Refused, with a reason."),
        5: _("No answer."),
    }[answer.answer]
    return told if answer.changed else f"{told} {nothing}"


def _source(facts: Facts, results: Results, lang: Lang, size: float) -> list[Para]:
    _ = words(lang)
    week, year = results.week.partition("-W")[2].lstrip("0"), results.week[:4]
    counted = _("Two reviewers counted in week %(week)s of %(year)s.")
    return [
        Para(counted % {"week": week, "year": year}, size, COLOURED.ink),
        Para(_("All figures come from the public log. Anyone can check them."), size, COLOURED.ink),
        Para(
            _("They are rounded down to fives. Numbers under 5 are not shown."),
            size * 0.9,
            COLOURED.quiet,
        ),
        Para(
            shown(facts.results_link(lang)),
            size,
            COLOURED.brand,
            bold=True,
            before=0.4,
            lang="en",
        ),
    ]
