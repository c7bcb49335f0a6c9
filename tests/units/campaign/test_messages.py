"""Messages are as short as they say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.campaign.facts import Facts
from app.campaign.messages import Message, messages
from app.domain.topics import Bilingual
from crypto.record import Lang
from tests.units.campaign.sample import longest, ordinary

ALL: list[Facts] = [
    ordinary(),
    longest(),
    replace(ordinary(), site_url="http://" + "a" * 56 + ".onion"),
    replace(ordinary(), topic=replace(ordinary().topic, closes=None)),
    replace(ordinary(), topic=replace(ordinary().topic, title=Bilingual("ماء؟", "Water?"))),
]


@pytest.mark.parametrize("lang", ["ar", "en"])
@pytest.mark.parametrize("facts", ALL)
def test_no_message_is_longer_than_160_letters_and_the_link_is_whole(
    facts: Facts, lang: Lang
) -> None:
    made = messages(facts, lang)

    assert made
    for each in made:
        assert len(each.text) <= 160
        assert each.text.split("\n")[-1] == facts.link(lang)


def test_an_ordinary_topic_has_a_message_with_its_name_and_one_that_is_a_single_sms() -> None:
    full, single = messages(ordinary(), "ar")

    assert ordinary().topic.title.ar in full.text
    assert "رأيك يصل. اسمك لا يصل." in full.text
    assert single.parts == 1
    assert len(single.text) <= 70
    [english] = messages(ordinary(), "en")
    assert english.parts == 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 158 + "€", 1),
        ("a" * 159 + "€", 2),
        ("ب" * 70, 1),
        ("ب" * 71, 2),
        ("ب" * 134, 2),
        ("ب" * 135, 3),
        ("ب" * 160, 3),
        ("a" * 100 + "’", 2),
    ],
)
def test_parts_are_counted_as_networks_count_them(text: str, parts: int) -> None:
    """3GPP TS 23.038 and 23.040: 160 or 153 septets, 70 or 67 UCS-2 letters."""
    assert Message(text).parts == parts
