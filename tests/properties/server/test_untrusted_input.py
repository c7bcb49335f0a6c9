"""Whatever bytes arrive, parsers answer or refuse; they never fail in another way."""

import json
from collections.abc import Callable
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from app.domain.topics import Bilingual, Source, Stage, Topic
from app.web.bodies import Fields, parse
from app.web.problems import FieldError, MalformedBodyError
from crypto.age import payload_size, sealed_size
from crypto.encoding import encode_base64

integers = st.integers(-(2**70), 2**70)
scalars = st.none() | st.booleans() | integers | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_parsed_or_refused(untrusted: bytes) -> None:
    try:
        value = parse(untrusted)
    except MalformedBodyError:
        return
    assert parse(json.dumps(value).encode()) == value


@given(values)
def test_what_has_no_lone_surrogate_survives(value: object) -> None:
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.text(st.characters(categories=["Cs"]), min_size=1))
def test_a_lone_surrogate_is_refused(text: str) -> None:
    body = json.dumps({"name": text}).encode()
    try:
        parsed = parse(body)
    except MalformedBodyError:
        return
    json.dumps(parsed, ensure_ascii=False).encode()


TAKES: list[Callable[[Fields], object]] = [
    lambda fields: fields.bytes("name", 32),
    lambda fields: fields.bytes("name", max_size=9),
    lambda fields: fields.text("name", 9),
    lambda fields: fields.integer("name", 1, 9),
    lambda fields: fields.tables("name", 0, 9),
    lambda fields: fields.table("name"),
]


@given(values)
def test_fields_of_any_value_are_taken_or_refused(value: object) -> None:
    for take in TAKES:
        try:
            take(Fields({"name": value}))
        except FieldError as error:
            assert error.name.startswith("name")


@given(st.binary(max_size=80))
def test_base64_has_one_spelling(data: bytes) -> None:
    text = encode_base64(data)
    assert Fields({"name": text}).bytes("name", max_size=80) == data
    for other in (text + "\n", text.rstrip("=") + "====", text.replace("=", "A")):
        if other != text:
            with suppress(FieldError):
                assert Fields({"name": other}).bytes("name", max_size=90) != data


@given(st.integers(0, 2**33), st.sampled_from([1, 8, 16, 64]))
def test_the_size_of_a_payload_follows_from_the_size_of_its_file(size: int, stanzas: int) -> None:
    assert payload_size(sealed_size(size, stanzas), stanzas) == size


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)
pairs = st.builds(Bilingual, words.map(str.strip), words.map(str.strip))
days = st.dates()
sources = st.builds(
    Source, pairs, pairs, days, st.just("https://a.example/"), st.none() | st.integers(0, 2**40)
)


@given(
    st.builds(
        Topic,
        slug=st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,3}", fullmatch=True),
        stage=st.sampled_from(Stage),
        opens=days,
        closes=st.none(),
        agency=pairs,
        agency_slug=st.none() | st.just("water"),
        title=pairs,
        summary=st.lists(pairs, min_size=1, max_size=5).map(tuple),
        who_decides=pairs,
        what_can_change=pairs,
        sources=st.lists(sources, min_size=1, max_size=3).map(tuple),
    )
)
def test_a_topic_survives_the_round_trip(topic: Topic) -> None:
    assert Topic.parse(topic.encode()) == topic
