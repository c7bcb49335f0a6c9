"""What the law on personal data (24/2023) asks: purpose, time, rights, contact, breach, consent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.settings import Cases, Notice, Settings, SettingsError
from tests.units.citizen.plain_browser import Page, PlainBrowser
from tests.world import World

NOTICE = Notice(ar="ضاعت نسخة من الرسائل المقفلة.", en="A copy of the locked messages was lost.")


def visits(world: World, settings: Settings, path: str) -> Page:
    return Page(world.open(settings).test_client().get(path).text)


def test_the_notice_says_why_how_long_and_whom_to_ask(world: World) -> None:
    settings = replace(
        world.settings,
        contact="help@wasl.example",
        data_protection_contact="officer@wasl.example",
        cases=Cases(retention_weeks=12),
    )
    page = visits(world, settings, "/privacy")

    for duty in (
        "الهدف واحد",
        "موافقتك",
        "البيانات الحساسة",
        "تبقى الرسالة 12 أسبوعا بعد أسبوع وصولها",
        "officer@wasl.example",
        "help@wasl.example",
        "خلال 24 ساعة",
        "خلال 72 ساعة",
        "وحدة حماية البيانات",
        "نص لم يراجعه محام بعد",
    ):
        assert duty in page.text, duty
    assert "/follow" in page.hrefs


def test_consent_is_asked_for_where_the_message_is_sent(world: World) -> None:
    browser = PlainBrowser(world.client)
    with_javascript = browser.visits("/write")
    form = with_javascript.form("/review")
    form.fill(problem="الحافلة لا تصل")
    without = browser.presses(form, "to-review")

    for page in (with_javascript, without):
        assert "موافقتك" in page.by_id["consent"]
        assert "البيانات الحساسة" in page.by_id["consent"]
        assert "/privacy" in page.hrefs
        ids = list(page.attributes)
        assert ids.index("consent") + 1 == ids.index("send")


@pytest.mark.parametrize(("root", "words"), [("", NOTICE.ar), ("/en", NOTICE.en)])
def test_after_a_breach_every_page_says_so(world: World, root: str, words: str) -> None:
    client = world.open(replace(world.settings, notice=NOTICE)).test_client()

    for path in ("/", "/write", "/follow", "/record", "/agency", "/nowhere"):
        assert Page(client.get(root + path).text).by_id["notice"] == words, path
    assert "notice" not in Page(world.client.get(f"{root}/").text).attributes


def test_a_notice_speaks_both_languages() -> None:
    with pytest.raises(SettingsError, match=r"^notice: a text in both languages"):
        Notice(ar=NOTICE.ar)
