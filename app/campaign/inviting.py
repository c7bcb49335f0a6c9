"""Posters and cards that ask for opinions on one topic."""

from collections.abc import Sequence
from typing import Final

from app.campaign.facts import Facts
from app.campaign.flow import Para, Place
from app.campaign.page import Code, Page
from app.campaign.sheet import COLOURED, PLAIN, Look, Sheet, headline, shown
from app.campaign.words import words
from app.days import day_in_words
from app.domain.topics import GOVERNORATES, DecisionKind
from crypto.record import Lang

A4: Final = (595.276, 841.89)
A5_SCALE: Final = 0.70711
PRINT: Final = 150 / 72
"""Pixels to a point: a preview, or a picture for a chat. Printers take the PDF."""
_MOST_READERS: Final = 4


def poster(facts: Facts, lang: Lang) -> Page:
    """A4."""
    return _poster(facts, lang, COLOURED, small=False)


def copying_poster(facts: Facts, lang: Lang) -> Page:
    """A4 in black on white."""
    return _poster(facts, lang, PLAIN, small=False)


def small_poster(facts: Facts, lang: Lang) -> Page:
    """A5: it says less, so that all of it can be read."""
    return _poster(facts, lang, COLOURED, small=True)


def square_card(facts: Facts, lang: Lang) -> Page:
    """1080 × 1080 pixels."""
    sheet = Sheet(1080, 1080, lang, COLOURED)
    headline(sheet, _promise(lang), 280, Place(72, 74, 936, 176), 90)
    question = Place(72, 304, 936, 330)
    sheet.text(_card_question(facts, lang, 64), question, middle=True, grow=1.3)
    sheet.code(facts.link(lang), 78, 664, 344, 6)
    sheet.text(_card_words(facts, lang, 40), Place(470, 658, 538, 356), middle=True)
    return sheet.page(facts.topic.title.text(lang), pixels=1)


def wide_card(facts: Facts, lang: Lang) -> Page:
    """1200 × 630 pixels, as previews of links have."""
    sheet = Sheet(1200, 630, lang, COLOURED)
    headline(sheet, _promise(lang), 170, Place(56, 54, 1088, 100), 66)
    sheet.text(_card_question(facts, lang, 50), Place(56, 192, 700, 238), middle=True, grow=1.3)
    sheet.text(_card_words(facts, lang, 30), Place(56, 440, 700, 164), middle=True)
    sheet.code(facts.link(lang), 806, 228, 332, 6)
    return sheet.page(facts.topic.title.text(lang), pixels=1)


def tall_card(facts: Facts, lang: Lang) -> Page:
    """1080 × 1920 pixels, for statuses and stories; their edges may be covered."""
    sheet = Sheet(1080, 1920, lang, COLOURED)
    headline(sheet, _promise(lang), 560, Place(80, 210, 920, 300), 116)
    question = Place(80, 600, 920, 400)
    sheet.text(_card_question(facts, lang, 70), question, middle=True, grow=1.3, centred=True)
    sheet.code(facts.link(lang), 290, 1030, 500, 8)
    place = Place(80, 1560, 920, 220)
    sheet.text(_card_words(facts, lang, 42), place, middle=True, centred=True)
    return sheet.page(facts.topic.title.text(lang), pixels=1)


def code_alone(facts: Facts, lang: Lang) -> Page:
    """For designs of one's own."""
    sheet = Sheet(300, 300, lang, PLAIN)
    sheet.items.append(Code(facts.link(lang), 0, 0, 300))
    return sheet.page(facts.link(lang), pixels=4)


def field_card(facts: Facts, lang: Lang) -> Page:
    """A5 in black on white: what somebody says at a door, and what they never do."""
    _ = words(lang)
    look = PLAIN
    sheet = Sheet(*A4, lang, look)
    sheet.box(Place(42, 100, 511, 3), look.line)
    head = Para(_("Card for those who invite people to speak"), 24, look.brand, bold=True)
    sheet.text([head], Place(42, 38, 511, 56), middle=True)
    sheet.text(_to_say(facts, lang), Place(42, 116, 511, 330), grow=1.3, middle=True)
    sheet.box(Place(42, 462, 511, 134), None, look.line, 2)
    sheet.text(_never(lang), Place(58, 470, 479, 118), middle=True, grow=1.15)
    sheet.code(facts.link(lang), 45, 619, 176, 3)
    sheet.text(_steps(facts, lang, look), Place(248, 612, 305, 190), middle=True)
    return sheet.page(head.words, pixels=PRINT, scale=A5_SCALE)


def closing(facts: Facts, lang: Lang) -> str:
    """Until when, as a sentence."""
    _ = words(lang)
    if facts.topic.closes is None:
        return _("There is no last day yet.")
    return _("The last day is %(day)s.") % {"day": day_in_words(facts.topic.closes, lang)}


def deciding(facts: Facts, lang: Lang) -> str:
    """When it is decided, or handed over to those who decide; empty where nobody has said."""
    _, decision = words(lang), facts.topic.decision
    if decision is None:
        return ""
    told = (
        _("The decision is due on %(day)s.")
        if decision.kind is DecisionKind.ANNOUNCED
        else _("We hand over what people said on %(day)s.")
    )
    return told % {"day": day_in_words(decision.on, lang)}


def _poster(facts: Facts, lang: Lang, look: Look, *, small: bool) -> Page:
    """Type for a small page is made larger before the whole page shrinks."""
    sheet = Sheet(*A4, lang, look)
    headline(sheet, _promise(lang), 190, Place(42, 42, 511, 90), 50)
    what = Para(_what(lang), 17 if small else 15, look.on_band)
    sheet.text([what], Place(42, 132, 511, 50), middle=True)
    question = _question(facts, lang, look, full=not small)
    sheet.text(question, Place(42, 204, 511, 226), grow=1.5 if small else 1.25, middle=True)
    sheet.code(facts.link(lang), 45, 449, 214, 3)
    sheet.text(_steps(facts, lang, look), Place(288, 444, 265, 224), middle=True, grow=1.15)
    _strip(sheet, facts, Place(42, 684, 511, 80), small=small)
    foot = _foot(facts, lang, look, size=14 if small else 10.5)
    sheet.text(foot, Place(42, 772, 511, 58), middle=True)
    return sheet.page(facts.topic.title.text(lang), pixels=PRINT, scale=A5_SCALE if small else 1.0)


def _promise(lang: Lang) -> str:
    _ = words(lang)
    return _("Your view gets through. Your name does not.")


def _what(lang: Lang) -> str:
    _ = words(lang)
    return _("An opinion or a proposal to government bodies. No name, no phone number, no account.")


def _question(facts: Facts, lang: Lang, look: Look, *, full: bool) -> list[Para]:
    _, topic = words(lang), facts.topic
    summary = " ".join(sentence.text(lang) for sentence in topic.summary)
    more = [Para(summary, 13, look.ink, before=0.5, optional=2)] if full else []
    more += _claims(facts, lang, look) if full else []
    return [
        Para(topic.agency.text(lang), 14, look.quiet),
        Para(topic.title.text(lang), 28, look.ink, bold=True, balanced=True, before=0.1),
        Para(_audience(facts, lang), 14, look.quiet, before=0.1, optional=2),
        *more,
        Para(_("What can still change?"), 13, look.brand, bold=True, before=0.6, optional=1),
        Para(topic.what_can_change.text(lang), 13, look.ink, optional=1),
    ]


def _audience(facts: Facts, lang: Lang) -> str:
    """Whom the topic asks; empty if it does not say."""
    _, topic = words(lang), facts.topic
    if topic.audience is None:
        return ""
    places = [GOVERNORATES[each].text(lang) for each in topic.governorates]
    people = topic.audience.text(lang).rstrip(".")
    if places:
        people += f" ({_listed(places, lang)})"
    return _("For: %(people)s") % {"people": people}


def _claims(facts: Facts, lang: Lang, look: Look) -> list[Para]:
    """What the topic rests on, each with who published it; the last goes first."""
    _, topic = words(lang), facts.topic
    told = _("%(claim)s Source: %(publisher)s.")
    return [
        Para(
            "• "
            + told
            % {
                "claim": fact.claim.text(lang),
                "publisher": topic.sources[fact.source - 1].publisher.text(lang),
            },
            12,
            look.ink,
            before=0.3,
            optional=3 + number,
        )
        for number, fact in enumerate(topic.facts)
    ]


def _listed(names: Sequence[str], lang: Lang) -> str:
    return ("، " if lang == "ar" else ", ").join(names)


def _steps(facts: Facts, lang: Lang, look: Look) -> list[Para]:
    _ = words(lang)
    first = (
        _("Tor Browser opens this address.")
        if facts.site_url.endswith(".onion")
        else _("A phone's camera reads the square. Any browser opens the address.")
    )
    return [
        Para(_("Three steps"), 17, look.brand, bold=True),
        Para(f"1. {first}", 13.5, look.ink, before=0.3),
        Para("2. " + _("Two sentences are enough. No name is needed."), 13.5, look.ink, before=0.3),
        Para(
            "3. " + _("A follow-up code stays with you. It opens the reply."),
            13.5,
            look.ink,
            before=0.3,
        ),
        Para(shown(facts.link(lang)), 13, look.brand, bold=True, before=0.7, lang="en"),
    ]


def _strip(sheet: Sheet, facts: Facts, place: Place, *, small: bool) -> None:
    """When, who decides, who reads, in columns; a small page has room for two."""
    _, lang, look = words(sheet.lang), sheet.lang, sheet.look
    sheet.box(place, look.soft, None if look.soft else look.line, 1.5)
    told = [
        (_("Until when?"), f"{closing(facts, lang)} {deciding(facts, lang)}"),
        (_("Who decides?"), facts.topic.who_decides.text(lang)),
        (_("Who reads?"), _readers(facts, lang)),
    ]
    size = 14 if small else 12
    columns = [
        [Para(label, size, look.brand, bold=True), Para(value, size, look.ink)]
        for label, value in (told[::2] if small else told)
    ]
    inside = Place(place.x + 12, place.y + 6, place.width - 24, place.height - 12)
    sheet.columns(columns, inside, 18)


def _readers(facts: Facts, lang: Lang) -> str:
    _ = words(lang)
    names = [each.text(lang) for each in facts.readers]
    if not names or len(names) > _MOST_READERS:
        return _("Civil society groups. Their names are on the site.")
    return _("Only these read: %(names)s.") % {
        "names": ("، " if lang == "ar" else ", ").join(names)
    }


def _foot(facts: Facts, lang: Lang, look: Look, *, size: float) -> list[Para]:
    _ = words(lang)
    paras = []
    if facts.onion_url:
        hidden = _("To hide the visit too, Tor Browser opens this address:")
        paras = [
            Para(hidden, size, look.ink),
            Para(shown(facts.onion_url), size * 0.9, look.brand, bold=True, lang="en"),
        ]
    same = _("This sheet is the same everywhere. The site cannot know where somebody saw it.")
    return [*paras, Para(same, size * 0.87, look.quiet, optional=1)]


def _card_question(facts: Facts, lang: Lang, size: float) -> list[Para]:
    topic, look = facts.topic, COLOURED
    return [
        Para(topic.agency.text(lang), size * 0.5, look.quiet),
        Para(topic.title.text(lang), size, look.ink, bold=True, balanced=True, before=0.1),
    ]


def _card_words(facts: Facts, lang: Lang, size: float) -> list[Para]:
    _, look = words(lang), COLOURED
    until = closing(facts, lang) if facts.topic.closes else ""
    return [
        Para(_("No name, no phone number, no account."), size, look.ink, optional=1),
        Para(until, size, look.ink, bold=True, before=0.2),
        Para(shown(facts.link(lang)), size * 0.9, look.brand, bold=True, before=0.5, lang="en"),
    ]


def _to_say(facts: Facts, lang: Lang) -> list[Para]:
    _, topic, look = words(lang), facts.topic, PLAIN
    said = [Para(each.text(lang), 14, look.ink, before=0.15) for each in topic.summary]
    return [
        Para(topic.title.text(lang), 22, look.ink, bold=True, balanced=True),
        Para(_("To say in one minute"), 15, look.ink, bold=True, before=0.5),
        *said,
        Para(_("Who decides?"), 14, look.ink, bold=True, before=0.4),
        Para(topic.who_decides.text(lang), 14, look.ink),
        Para(f"{closing(facts, lang)} {deciding(facts, lang)}", 14, look.ink, before=0.15),
        *_claims(facts, lang, look),
    ]


def _never(lang: Lang) -> list[Para]:
    _, look = words(lang), PLAIN
    never = [
        _("We do not ask for a name, a number or a photo."),
        _("We do not read what somebody writes, and do not write for them unasked."),
        _("We do not keep a list of who took part. Saying no is fine."),
        _("We do not promise complete safety. Nobody can."),
    ]
    return [
        Para(_("What we never do"), 14, look.ink, bold=True),
        *(Para(f"• {each}", 13, look.ink) for each in never),
    ]
