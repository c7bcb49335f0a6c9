"""XML is read as the standard says, or not at all."""

import json
import time
from pathlib import Path
from typing import Any
from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st

import redaction.cases
from redaction.files.documents.xml import Kind, XmlReader, escape_text, escape_value
from redaction.files.errors import UnreadableFileError
from redaction.files.policy import LIMITS
from tests.units.redaction.stored import name_of

CASES: list[dict[str, Any]] = json.loads(
    (Path(redaction.cases.__file__).parent / "xml.json").read_text("utf-8")
)
NAMESPACES = {"urn:one": "one", "urn:two": "two", "urn:eins": "one"}
PIECES = st.sampled_from(
    [
        *("<a>", "</a>", "<a/>", "<b c='1'>", "</b>", '<b c="&amp;" d="2"/>', "<x:a>", "</x:a>"),
        *(
            '<x:a xmlns:x="urn:one">',
            '<a xmlns="urn:two">',
            '<a xmlns="">',
            'x:c="3"',
            "<a x:c='1'",
        ),
        *("text", " ", "\n", "&lt;", "&#65;", "&x;", "<![CDATA[<]]>", "]]>", "<!-- -->", "<?p?>"),
        *("<", ">", "&", "'", '"', "=", "/", "!", "?", "-->", "م", "<!DOCTYPE a>"),
    ]
)

Read = list[tuple[str, dict[str, str] | None, str]]


def data_of(case: dict[str, Any]) -> bytes:
    return str(case["input"]).encode(case.get("encoding", "utf-8"))


@pytest.mark.parametrize("case", [case for case in CASES if "read" in case], ids=name_of)
def test_every_tag_and_text_is_read(case: dict[str, Any]) -> None:
    """The browser's reader gives the same for the same cases."""
    reader = XmlReader(data_of(case), NAMESPACES)

    assert [[tag.kind, tag.name, tag.attributes, text] for tag, text in reader] == case["read"]
    assert sorted(reader.passed) == case.get("passed", [])


@pytest.mark.parametrize("case", [case for case in CASES if "refused" in case], ids=name_of)
def test_what_is_not_well_formed_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        list(XmlReader(data_of(case), NAMESPACES))

    assert caught.value.code == case["refused"]


@given(st.lists(PIECES, max_size=12).map("".join))
def test_whatever_we_read_expat_reads_the_same(text: str) -> None:
    try:
        ours = read(text)
    except UnreadableFileError:
        return

    assert ours == expat_reads(text)


@given(st.lists(PIECES, max_size=6).map("".join).map(lambda inside: f"<r>{inside}</r>"))
def test_what_expat_refuses_we_refuse(text: str) -> None:
    try:
        theirs = expat_reads(text)
    except expat.ExpatError:
        with pytest.raises(UnreadableFileError):
            read(text)
        return

    assert read(text) == theirs


@given(st.binary(max_size=60))
def test_no_bytes_make_it_stumble(data: bytes) -> None:
    try:
        list(XmlReader(b"<a>" + data + b"</a>", NAMESPACES))
    except UnreadableFileError as refusal:
        assert refusal.code.startswith("xml-")


@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
        | st.sampled_from("\t\n\r&<>\"'")
    )
)
def test_what_is_written_reads_the_same_again(text: str) -> None:
    written = f'<a b="{escape_value(text)}">{escape_text(text)}</a>'

    (tag, behind), _ = XmlReader(written.encode(), {})

    assert (tag.attributes["b"], behind) == (text, text)


def test_a_document_type_that_declares_nothing_may_be_allowed() -> None:
    html = (
        b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/x.dtd"><a>&nbsp;</a>'
    )
    entities = {"nbsp": "\u00a0"}

    read_ = [text for _, text in XmlReader(html, {}, doctype=True, entities=entities)]

    assert read_ == ["", "\u00a0", ""]
    with pytest.raises(UnreadableFileError, match="xml-dtd"):
        list(XmlReader(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", {}, doctype=True))


@pytest.mark.parametrize(
    "bomb",
    [
        b"<a>" * (LIMITS["xml_depth"] + 1),
        b"<a " + b"".join(b'b%d="" ' % i for i in range(LIMITS["xml_attributes"] + 1)) + b"/>",
        b"<a\n" + b"".join(b'b%d="" ' % i for i in range(LIMITS["xml_attributes"] + 1)) + b"/>",
        bytes(LIMITS["xml_bytes"] + 1),
    ],
    ids=["depth", "attributes", "attributes in rare spelling", "size"],
)
def test_bombs_are_refused_at_once(bomb: bytes) -> None:
    start = time.process_time()
    with pytest.raises(UnreadableFileError, match="xml-too-large"):
        list(XmlReader(bomb, {}))

    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "slow",
    [
        b"<a>" + b"<!" * 50_000,
        b"<a>" + b"<a b='" * 50_000,
        b"<a " + b" " * 500_000,
        b'<a b="' + b">" * 500_000,
        b"<a>" + b"&#" * 200_000,
        b"<a>" + b"".join(b'<b c="%d"/>' % i for i in range(50_000)),
        b"<a>" + b"".join(b'<b xmlns="%d"/>' % i for i in range(20_000)),
    ],
    ids=["marks", "quotes", "spaces", "ends", "references", "tags", "scopes"],
)
def test_no_input_takes_longer_than_its_length(slow: bytes) -> None:
    start = time.process_time()
    with pytest.raises(UnreadableFileError):
        list(XmlReader(slow, {}))

    assert time.process_time() - start < 3


def read(text: str) -> Read:
    """What our reader sees, with texts joined across what it passes over."""
    events: Read = []
    for tag, behind in XmlReader(text.encode(), {"urn:one": "one", "urn:two": "two"}):
        if tag.kind is not Kind.NOTHING:
            events.append((tag.name, None if tag.kind is Kind.END else tag.attributes, ""))
        if tag.kind is Kind.EMPTY:
            events.append((tag.name, None, ""))
        if events:
            name, attributes, before = events[-1]
            events[-1] = (name, attributes, before + behind)
    return events[:-1] + [(name, attributes, "") for name, attributes, _ in events[-1:]]


def expat_reads(text: str) -> Read:
    """What expat sees; raises `ExpatError`."""
    events: Read = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: events.append(
        (short(name), {short(key): value for key, value in attributes.items()}, "")
    )
    parser.EndElementHandler = lambda name: events.append((short(name), None, ""))

    def character_data(data: str) -> None:
        name, attributes, before = events[-1]
        events[-1] = (name, attributes, before + data)

    parser.CharacterDataHandler = character_data
    parser.Parse(text.encode(), True)
    return events


def short(name: str) -> str:
    """Replace a URI by its prefix."""
    uri, _, local = name.rpartition(" ")
    return f"{NAMESPACES[uri]}:{local}" if uri else local
