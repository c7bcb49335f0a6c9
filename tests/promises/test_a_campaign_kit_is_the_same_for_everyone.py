"""Posters, cards and messages lead to the topic, tell what the log tells, and hold no more."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner
from PIL import Image, ImageChops, ImageFilter

from app.campaign.facts import Facts
from app.campaign.kit import DESIGNS, files
from app.campaign.messages import messages
from app.campaign.page import QUIET_ZONE, Code, modules
from app.campaign.words import LANGS, words
from app.cli import campaign
from app.client.errors import SiteOddError
from app.client.kits import Fetched, fetch_facts
from app.client.log import SiteTiles
from app.client.record import read_record
from app.client.site import Site
from app.client.trust import trust
from app.services import kits, topics
from app.store import topics as stored
from crypto.keyring import Roots
from crypto.note import SigningKey
from crypto.record import COLUMNS, Lang, Row, Tally, public_count
from tests.promises.test_the_public_record_adds_up import (
    CASES,
    outcome_of,
    publishes,
    relay_of,
)
from tests.promises.test_two_sign_what_people_are_asked import CHANGED, PLAIN, hands_in, question
from tests.units.campaign.sample import READERS, drawn, ordinary, page_of
from tests.units.citizen.plain_browser import PlainBrowser
from tests.units.desk.office import Network, no_pause
from tests.world import ORIGIN, World

URL = "https://wasl.example"
STRUCTURE = re.compile(
    r"SourceFile|ExifTool:.*|File:(FileType|FileTypeExtension|MIMEType|FileSize|FileName|Directory"
    r"|File(Modify|Access|InodeChange)Date|FilePermissions|MIMEEncoding|Newlines|ByteOrderMark|LineCount|WordCount)"
    r"|PNG:(ImageWidth|ImageHeight|BitDepth|ColorType|Compression|Filter|Interlace|Palette)"
    r"|PDF:(PDFVersion|Linearized|Title|Language|PageLayout|PageCount)"
    r"|SVG:(Xmlns|SVGVersion|ViewBox|ImageWidth|ImageHeight|Role|Aria-labelledby|Lang"
    r"|TitleId|Title|DescId|Desc|(Svg)?(Rect|Path|G).*)|Composite:(ImageSize|Megapixels)"
)


def codes_in(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture.convert("L"))]


def link_of(name: str) -> str:
    facts = ordinary()
    lang: Lang = "en" if "-en." in name else "ar"
    return facts.results_link(lang) if name.startswith("results") else facts.link(lang)


def picture_of(name: str) -> Image.Image:
    return Image.open(io.BytesIO(drawn()[name]))


FEW_CHANGED = tuple(
    3 if column == "changed" else cases for column, cases in zip(COLUMNS, CASES, strict=True)
)
PICTURES = [each.name for each in files(ordinary()) if each.name.endswith(".png")]
SHEETS = [name.replace(".png", ".pdf") for name in PICTURES]


@pytest.mark.parametrize("name", PICTURES)
def test_the_code_of_every_picture_leads_to_the_clean_address(name: str) -> None:
    assert codes_in(picture_of(name)) == [link_of(name)]
    assert re.fullmatch(r"https://wasl\.example(/en)?/(t|record)/bus-stops", link_of(name))


@pytest.mark.parametrize("name", PICTURES)
def test_a_bad_photocopy_still_leads_there(name: str) -> None:
    """Half the size, grey where it was white or black, blurred and grainy."""
    clean = picture_of(name).convert("L")
    small = clean.resize((clean.width // 2, clean.height // 2), Image.Resampling.BILINEAR)
    grey = small.point(lambda value: 70 + value * 120 // 255)
    blurred = grey.filter(ImageFilter.GaussianBlur(0.7))
    grain = random.Random(7).randbytes(blurred.width * blurred.height)  # noqa: S311 grain
    noise = Image.frombytes("L", blurred.size, grain).point(lambda value: 104 + value * 48 // 255)
    copied = ImageChops.add(blurred, noise, 1, -128)

    assert codes_in(copied) == [link_of(name)]


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_shows_the_same_as_its_picture(name: str) -> None:
    """Drawn by another program; the code in it too."""
    with pypdfium2.PdfDocument(drawn()[name]) as document:
        assert len(document) == 1
        picture = picture_of(name.replace(".pdf", ".png")).convert("L")
        width, _ = document[0].get_size()
        sheet = document[0].render(scale=picture.width / width).to_pil().convert("L")

    assert codes_in(sheet) == [link_of(name)]
    # Its modules are whole dots in the picture and of any width on paper.
    where = place_of_code(name, picture.width)
    for each in (picture, sheet):
        each.paste(255, where)
    small = [each.resize((90, 120), Image.Resampling.BOX) for each in (picture, sheet)]
    _, most = ImageChops.difference(*small).getextrema()
    assert isinstance(most, (int, float))
    assert most < 40


def place_of_code(name: str, pixels: int) -> tuple[int, int, int, int]:
    """With its frame, in a picture that is *pixels* wide."""
    stem, lang = name.removesuffix(".pdf").rsplit("-", 1)
    [design] = [each for each in DESIGNS if each.name == stem]
    page = page_of(design, ordinary(), "ar" if lang == "ar" else "en")
    [code] = [each for each in page.items if isinstance(each, Code)]
    scale, frame = pixels / page.width, code.size * 0.03
    left, top, size = code.x - frame, code.y - frame, code.size + 2 * frame
    corners = (left, top, left + size, top + size)
    left, top, right, bottom = (round(each * scale) for each in corners)
    return left, top, right, bottom


@pytest.mark.parametrize("lang", LANGS)
def test_words_can_be_searched_in_a_sheet_and_stand_in_the_order_of_reading(lang: Lang) -> None:
    facts = ordinary()
    title = facts.topic.title.text(lang).split()
    say = words(lang)
    wanted = [
        say("Your view gets through. Your name does not.").split(".")[0],
        " ".join(title[1:3]),
        say("Three steps"),
        say("Who reads?")[:-1],
        READERS[0].text(lang).split()[0],
    ]
    with pypdfium2.PdfDocument(drawn()[f"poster-a4-{lang}.pdf"]) as document:
        page = document[0].get_textpage()
        text = page.get_text_bounded()
        found = [page.search(each).get_next() for each in wanted]

    assert None not in found
    places = [text.index(each) for each in wanted]
    assert places == sorted(places)
    assert facts.link(lang).removeprefix("https://") in text
    assert facts.onion_url in text
    assert [char for char in text if "\ufb50" <= char <= "\ufefc"] == [], "letters, not shapes"


def test_an_outline_picture_is_whole_and_asks_nothing_of_anybody() -> None:
    for name, data in drawn().items():
        if not name.endswith(".svg"):
            continue
        root = ElementTree.fromstring(data)  # noqa: S314 ours
        space = "{http://www.w3.org/2000/svg}"
        tags = {each.tag.removeprefix(space) for each in root.iter()}
        assert tags <= {"svg", "title", "desc", "rect", "path", "g"}, name
        words = root.findtext(f"{space}title", "") + root.findtext(f"{space}desc", "")
        assert words
        assert b"href" not in data
        assert data.count(b"http") == 1 + words.count("http")
        path = root.find(f"{space}g/{space}path")
        assert path is not None
        assert rows_in(path.get("d", "")) == modules(link_of(name))


def rows_in(path: str) -> tuple[bytes, ...]:
    """The dark modules that the outline of a code covers."""
    bars = [tuple(map(int, each)) for each in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path)]
    assert len(bars) == path.count("M")
    dark = {(x + n - QUIET_ZONE, y - QUIET_ZONE) for x, y, width in bars for n in range(width)}
    count = max(x for x, _ in dark) + 1
    return tuple(bytes((x, y) in dark for x in range(count)) for y in range(count))


def test_no_file_says_when_where_or_by_what_it_was_made(tmp_path: Path) -> None:
    for name, data in drawn().items():
        (tmp_path / name).write_bytes(data)
    program = subprocess.run(
        ["exiftool", "-json", "-G", "-a", "-u", str(tmp_path)], check=True, capture_output=True
    )
    listed = json.loads(program.stdout)

    assert {Path(each["SourceFile"]).name for each in listed} == set(drawn())
    told = {tag for each in listed for tag in each if not STRUCTURE.fullmatch(tag)}
    assert told == set()
    for data in drawn().values():
        assert not re.search(rb"(?i)fpdf|pikepdf|qpdf|pillow|harfbuzz|CreationDate|/Producer", data)


def test_every_file_is_smaller_than_the_page_says() -> None:
    assert max(map(len, drawn().values())) < 500_000


# On the site


@pytest.fixture
def told(world: World) -> World:
    """The record has a relay with its outcome, and a tally with a cell of few."""
    relay = relay_of(world)
    counts = tuple(map(public_count, FEW_CHANGED))
    tally = Tally(ORIGIN, "2026-W48", (Row("bus-lines", "transport", counts),))
    for each in (relay, outcome_of(relay), tally):
        assert publishes(world, each) == 201
    return world


def facts_from_log(world: World, network: Network | None = None) -> Facts:
    return fetched(world, network).facts


def fetched(world: World, network: Network | None = None) -> Fetched:
    with Site(URL, transport=network or Network(world.site)) as site:
        intake = site.intake()
        trusted = trust(intake, world.roots.encode(), today=world.today)
        return fetch_facts(site, "bus-lines", intake, trusted, pause=no_pause)


def test_two_visitors_and_a_team_lead_get_the_same_bytes(told: World, tmp_path: Path) -> None:
    """Another process draws it from the instance's folder: other hashes, another order."""
    told.close()
    out = tmp_path / "kit"
    program = (
        "from datetime import date; from app.cli import campaign, main; "
        f"campaign.today = lambda: date.fromisoformat('{told.today}'); main()"
    )
    command = [sys.executable, "-c", program, "campaign", str(told.settings.data)]
    command += ["--topic", "bus-lines", "--out", str(out)]
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    lines = (out / "SHA256SUMS").read_text("utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}

    assert len(sums) >= 50
    other = told.open(told.settings).test_client()
    some = [name for name in sums if re.search("a4-ar|wide-en|messages|results-square-ar", name)]
    for name in some:
        one = told.client.get(f"/kit/bus-lines/{name}")
        two = other.get(f"/en/kit/bus-lines/{name}", headers={"Accept-Language": "fr"})
        assert one.data == two.data == (out / name).read_bytes()
        assert hashlib.sha256(one.data).hexdigest() == sums[name]
        assert one.headers["Content-Disposition"] == f"attachment; filename={name}"
        assert "Set-Cookie" not in one.headers


@pytest.mark.parametrize("root", ["", "/en"])
def test_the_page_lists_every_file_and_the_messages(told: World, root: str) -> None:
    page = PlainBrowser(told.client).visits(f"{root}/kit/bus-lines")
    facts = kit_of(told)

    wanted = [*(each.name for each in files(facts) if each.design), "facts.json"]
    assert sorted(page.downloads) == sorted(f"{root}/kit/bus-lines/{name}" for name in wanted)
    for lang in LANGS:
        for message in messages(facts, lang):
            for line in message.text.splitlines():
                assert line in page.text
    assert not any(tag in {"script", "img"} for tag, _ in page.tags)
    assert len(told.client.get(f"{root}/kit/bus-lines").data) < 16_000


def kit_of(world: World) -> Facts:
    """What the site itself would draw."""
    state = world.state
    with state.reading() as connection:
        topic = topics.find(connection, "bus-lines")
        assert topic is not None
        return kits.facts(
            connection,
            topic,
            roots=state.roots,
            origin=ORIGIN,
            site_url=state.settings.site_url,
            onion_url=state.settings.onion_url,
            today=world.today,
        )


def test_figures_come_from_the_log_and_few_are_not_counted(told: World) -> None:
    told.starts_log()
    told.sequences()
    facts = facts_from_log(told)

    assert facts.results is not None
    shown = dict(facts.results.counts)
    counted = dict(zip(COLUMNS, map(public_count, FEW_CHANGED), strict=True))
    assert shown["received"] == counted["received"] == "20"
    assert shown["read"] == counted["read"]
    assert (counted["changed"], shown["changed"]) == ("few", "few")
    assert [each.answer for each in facts.results.answers] == [2]
    assert [each.en for each in facts.readers] == ["Mizan"]
    [poster] = [each for each in files(facts) if each.name == "results-a4-en.pdf"]
    with pypdfium2.PdfDocument(poster.make(facts)) as document:
        text = document[0].get_textpage().get_text_bounded()
    assert text.count("under 5") == 2, "in its row, and where it is explained"
    assert "few" not in text
    assert "Partly accepted" in text
    assert "A new bus" in text
    assert "23" not in text.replace("2026", "")
    served = told.client.get("/kit/bus-lines/results-a4-en.pdf").data
    assert served == poster.make(facts), "what the site hands out is what the log says"


def test_what_is_not_in_the_log_is_on_no_poster(told: World) -> None:
    told.starts_log()
    told.sequences()
    late = replace(relay_of(told, 2), due=told.today + timedelta(days=30))
    assert publishes(told, late) == 201

    facts = facts_from_log(told)

    assert facts.results is not None
    assert len(facts.results.answers) == 1


def test_a_log_that_was_tampered_with_tells_nothing(told: World) -> None:
    told.starts_log()
    told.sequences()
    network = Network(told.site)

    def doctored(request: httpx.Request) -> httpx.Response | None:
        if "/tile/entries/" not in request.url.path:
            return None
        honest = network.honest(request).read()
        return httpx.Response(200, content=honest.replace(b"few", b"995"))

    assert facts_from_log(told, network).results is not None
    network.fault = doctored
    with pytest.raises(SiteOddError):
        facts_from_log(told, network)


def test_a_topic_that_two_signed_is_printed_as_they_signed_it(world: World) -> None:
    world.starts_log()
    assert not fetched(world).is_signed
    assert hands_in(world, question(CHANGED)).status_code == 201
    fresh = fetched(world)
    world.sequences()
    logged = fetched(world)

    assert fresh.is_signed
    assert logged.is_signed
    assert fresh.facts.topic == logged.facts.topic == CHANGED
    with world.state.transaction() as connection:
        stored.put(connection, PLAIN)
    with pytest.raises(SiteOddError, match="two reviewers"):
        fetched(world)


def test_a_team_lead_draws_the_results_out_of_the_log(
    told: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.starts_log()
    told.sequences()
    told.next_day(60)
    monkeypatch.setattr(campaign, "today", lambda: told.today)
    network = Network(told.site)
    monkeypatch.setattr(campaign, "Site", lambda url, _socks: Site(url, transport=network))
    roots = tmp_path / "roots.txt"
    roots.write_text(told.roots.encode(), "utf-8")
    arguments = [URL, "--topic", "bus-lines", "--out", str(tmp_path / "kit")]

    ran = CliRunner().invoke(campaign.command, [*arguments, "--roots", str(roots)])

    assert ran.exit_code == 0, ran.output
    assert "12 files" in ran.output
    assert "https://wasl.example/t/bus-lines" in ran.output
    made = {path.name: path.read_bytes() for path in (tmp_path / "kit").iterdir()}
    assert len(made) == 13
    for name in ("results-a4-ar.pdf", "results-square-en.png"):
        assert told.client.get(f"/kit/bus-lines/{name}").data == made[name]


def test_a_log_that_breaks_its_rules_tells_nothing(told: World) -> None:
    """Every tile is in order, but the roots did not sign what it says of itself."""
    told.starts_log()
    told.sequences()
    others = [SigningKey.generate(f"{ORIGIN}/root/{each}").verifier for each in "xyz"]
    with Site(URL, transport=Network(told.site)) as site:
        intake = site.intake()
        trusted = trust(intake, None, today=told.today)
        tiles = SiteTiles(site, no_pause)
        assert len(read_record(tiles, trusted, intake.log_policy)) == 3
        with pytest.raises(SiteOddError, match="rules"):
            read_record(tiles, replace(trusted, roots=Roots.of(others, 2)), intake.log_policy)


@pytest.mark.parametrize(
    ("topic", "code", "said"),
    [("nothing", 1, "No such topic"), ("../../etc", 3, "the last part of the topic's address")],
)
def test_a_topic_that_is_not_there_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, topic: str, code: int, said: str
) -> None:
    monkeypatch.setattr(campaign, "today", lambda: world.today)
    network = Network(world.site)
    monkeypatch.setattr(campaign, "Site", lambda url, _socks: Site(url, transport=network))

    ran = CliRunner().invoke(campaign.command, [URL, "--topic", topic, "--out", "nowhere"])

    assert ran.exit_code == code
    assert said in ran.output
    assert not Path("nowhere").exists()


def test_nobody_counted_so_there_is_no_results_poster(world: World) -> None:
    page = world.client.get("/kit/bus-lines").text

    assert "results-a4" not in page
    assert "poster-a4-ar.pdf" in page
    assert world.client.get("/kit/bus-lines/results-a4-ar.pdf").status_code == 404


def test_a_closed_topic_invites_nobody_but_still_tells(told: World) -> None:
    told.today += timedelta(days=60)
    page = told.client.get("/kit/bus-lines").text

    assert "results-a4-ar.pdf" in page
    assert "poster-a4" not in page
    assert told.client.get("/kit/bus-lines/poster-a4-ar.png").status_code == 404


@pytest.mark.parametrize(
    "path", ["/kit/nothing", "/kit/bus-lines/nothing.png", "/kit/x/code-ar.png"]
)
def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    assert world.client.get(path).status_code == 404
    assert world.client.get(f"/en{path}").status_code == 404


def test_asking_for_a_file_leaves_nothing_at_rest(world: World) -> None:
    before = world.at_rest()

    assert world.client.get("/kit/bus-lines/code-ar.png").status_code == 200
    assert world.at_rest() == before
