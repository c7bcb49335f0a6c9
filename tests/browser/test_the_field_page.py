"""A tablet without a network, handed from one to the next: it seals, forgets, opens nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.citizen.language import LanguageCode
from app.field.kit import FieldTopic, Kit
from app.field.page import page_bytes
from crypto.about import About
from crypto.counterfoil import Counterfoil
from crypto.envelope import open_submission
from crypto.handing import Batch
from crypto.keyring import sign_keyring
from tests.browser.axe import complaints, new_context
from tests.browser.firefox import TabletFirefox
from tests.browser.journey import ANSWER, PHONE, SEAL_MILLISECONDS, Reviewer, without_dots
from tests.browser.photo import CAMERA_CANARY, PLACE_CANARY, take_photo
from tests.conftest import QUIET, chromium_path
from tests.leaks.canaries import Canary, found_in, found_in_files
from tests.stack import Stack, wasl
from tests.world import ORIGIN, World

FIRST = "CANARY-tablet-first-7713"
SECOND = "CANARY-tablet-second-2290"
THIRD = "CANARY-tablet-third-5561"
LAST_TO_SEAL = datetime(2026, 12, 3, 12, tzinfo=UTC)
A_DAY_LATER = datetime(2026, 12, 4, 12, tzinfo=UTC)


@dataclass
class Tablet:
    """Chromium with a profile on disk and no network."""

    context: BrowserContext
    page: Page
    folder: Path
    requested: list[str]

    @classmethod
    @contextmanager
    def opened(cls, chromium: Browser, folder: Path, file: Path) -> Iterator[Tablet]:
        context = chromium.browser_type.launch_persistent_context(
            folder / "profile",
            executable_path=chromium_path(),
            args=[*QUIET],
            viewport={"width": 360, "height": 740},
            offline=True,
        )
        requested: list[str] = []
        context.on("request", lambda request: requested.append(request.url))
        page = context.new_page()
        page.goto(file.as_uri())
        yield cls(context, page, folder, requested)
        context.close()

    def is_handed_over_and_written_on(self, text: str, *files: Path) -> None:
        self.page.locator("#hand-over").click()
        self.page.locator("#problem").fill(text)
        self.page.locator("#attachments").set_input_files(list(files))
        self.page.locator("#to-review").click()
        expect(self.page.locator("#step-review")).to_be_visible(timeout=SEAL_MILLISECONDS)

    def seals(self) -> tuple[str, ...]:
        """The nine words, which the citizen keeps; the page has begun anew."""
        self.page.locator("#send").click()
        expect(self.page.locator("#step-receipt")).to_be_visible(timeout=SEAL_MILLISECONDS)
        words = tuple(self.page.locator("#words bdi").all_inner_texts())
        self.page.locator("#keep-word").fill(words[2])
        self.page.locator("#close").click()
        expect(self.page.locator("#step-worker")).to_be_visible()
        return words

    def saves(self) -> Path:
        with self.page.expect_download() as saving:
            self.page.locator("#save").click()
        path = self.folder / saving.value.suggested_filename
        saving.value.save_as(path)
        return path

    def memory(self) -> bytes:
        """Every object and string that the page's memory still reaches."""
        session = self.context.new_cdp_session(self.page)
        pieces: list[str] = []
        session.on("HeapProfiler.addHeapSnapshotChunk", lambda said: pieces.append(said["chunk"]))
        session.send("HeapProfiler.enable")
        session.send("HeapProfiler.collectGarbage")
        session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
        session.detach()
        return "".join(pieces).encode()

    def storage(self) -> bytes:
        """All that scripts of this page could find, but for the sealed items' own bytes."""
        return json.dumps(self.page.evaluate(_STORAGE)).encode()


_STORAGE = """async () => {
    const found = { local: { ...localStorage }, session: { ...sessionStorage }, cookie: document.cookie,
        caches: "caches" in window ? await caches.keys().catch(() => []) : [], databases: [] };
    for (const { name } of await indexedDB.databases()) {
        const opened = await new Promise(done => { const request = indexedDB.open(name); request.onsuccess = () => done(request.result); });
        for (const store of opened.objectStoreNames) {
            const all = method => new Promise(done => { const request = opened.transaction(store).objectStore(store)[method](); request.onsuccess = () => done(request.result); });
            found.databases.push([name, store, await all("getAllKeys"), (await all("getAll")).map(each => Object.keys(each))]);
        }
        opened.close();
    }
    return found;
}"""  # noqa: E501


@pytest.fixture(scope="module")
def file(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as a field partner makes it."""
    path = tmp_path_factory.mktemp("field") / "wasl.html"
    done = wasl("field", "page", "--site", stack.site, "--out", path)
    assert done.returncode == 0, done.stderr
    return path


def _canaries(*texts: str, words: tuple[str, ...] = ()) -> list[Canary]:
    code = [Canary("the code", " ".join(words)), Canary("a code's joined words", "".join(words))]
    return [*(Canary(text, text) for text in texts), *(code if words else [])]


def test_what_chromium_sealed_offline_is_nowhere_on_the_tablet_and_opens_at_the_desk(
    stack: Stack,
    chromium: Browser,
    file: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    photo = tmp_path_factory.mktemp("camera") / "photo.jpg"
    photo.write_bytes(take_photo(chromium, 334, 250))
    secrets = _canaries(FIRST, SECOND, CAMERA_CANARY, PLACE_CANARY, ANSWER[:40])
    with Tablet.opened(chromium, tmp_path, file) as tablet:
        tablet.is_handed_over_and_written_on(f"{FIRST}\n{ANSWER}", photo)
        # What is searched for below is there as long as somebody writes.
        assert FIRST in found_in(secrets, tablet.memory())
        first = tablet.seals()
        tablet.is_handed_over_and_written_on(SECOND)
        second = tablet.seals()
        codes = _canaries(words=first) + _canaries(words=second)

        assert found_in([*secrets, *codes], tablet.memory()) == []
        assert found_in([*secrets, *codes], tablet.storage()) == []
        assert (
            tablet.page.locator("textarea, input").evaluate_all(
                "all => all.map(each => each.value).filter(each => each)"
            )
            == []
        )
        tablet.page.go_back()
        assert FIRST not in tablet.page.content()
        tablet.page.goto(file.as_uri())
        batch = tablet.saves()
        assert {url.split("/")[0] for url in tablet.requested} <= {"file:", "blob:null"}
        expect(tablet.page.locator("#waiting")).to_contain_text("2")
        tablet.page.locator("#drop").click()
        expect(tablet.page.locator("#waiting")).to_contain_text("0")

    kept = Batch.parse(batch.read_bytes())
    some_name = [Canary("a name", json.loads(batch.read_text("utf-8"))["items"][0]["name"])]
    assert found_in_files(some_name, [tmp_path / "profile"]), "the search finds what is kept"
    assert found_in_files([*secrets, *codes], [tmp_path]) == []
    assert len(kept.handings) == 2

    _is_handed_in(stack, batch, accepted=2)
    reviewer = Reviewer.sits_down(chromium, stack)
    reviewer.syncs()
    reviewer.opens_the_case_with(SECOND)
    reviewer.page.goto(stack.desk + "/")
    reviewer.opens_the_case_with(FIRST)
    assert reviewer.attached_picture().startswith(b"\xff\xd8")
    reviewer.leaves()
    _code_opens(stack, tmp_path, first)


def test_firefox_seals_offline_too_and_writes_no_word_to_its_disk(
    stack: Stack, file: Path, tmp_path: Path
) -> None:
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    careless = tmp_path / "careless.html"
    careless.write_text(file.read_text("utf-8").replace(' autocomplete="off"', ""), "utf-8")
    with TabletFirefox(tmp_path / "profile", downloads) as firefox:
        firefox.opens(careless.as_uri())
        firefox.clicks("#hand-over:enabled")
        firefox.fills("#problem", SECOND)
        firefox.saves_its_session()
        # What is searched for below is what a page that says nothing leaves on the disk.
        assert found_in_files(_canaries(SECOND), [tmp_path / "profile"])

        firefox.opens(file.as_uri())
        firefox.clicks("#hand-over:enabled")
        firefox.fills("#problem", THIRD)
        firefox.saves_its_session()
        assert found_in_files(_canaries(THIRD), [tmp_path]) == []
        firefox.clicks("#to-review")
        firefox.clicks("#send")
        firefox.waits_for("#step-receipt")
        words = tuple(firefox.texts("#words bdi"))
        firefox.fills("#keep-word", words[2])
        firefox.clicks("#close")
        firefox.clicks("#save:enabled")
        firefox.waits_for("#saved")
        firefox.saves_its_session()
        batch = firefox.saved("batch-????????.wasl")

    assert found_in_files(_canaries(THIRD, words=words), [tmp_path]) == []
    _is_handed_in(stack, batch, accepted=1)
    _code_opens(stack, tmp_path, words)


def _is_handed_in(stack: Stack, batch: Path, *, accepted: int) -> None:
    done = wasl("send", stack.site, "--batch", batch, "--now", "--json", "--delete")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"accepted": accepted, "before": 0, "refused": {}}
    assert not batch.exists()


def _code_opens(stack: Stack, folder: Path, words: tuple[str, ...]) -> None:
    code = folder / "code"
    code.write_text(without_dots(words), "utf-8")
    done = wasl("follow", stack.site, "--code-file", code, "--json")
    assert json.loads(done.stdout)["status"] in {"received", "read"}, done.stdout


@pytest.fixture
def kit(world: World) -> Kit:
    note = sign_keyring(world.keyring, *world.root_keys[:2])
    topics = (
        FieldTopic("bus-lines", "خطوط الحافلات", "Bus lines", "2026-12-31"),
        FieldTopic("closed", "قضية مغلقة", "A closed topic", "2026-11-30"),
    )
    return Kit(ORIGIN, world.roots, note, world.keyring, 200_000, topics)


Open = Callable[[Kit, datetime], Page]


@pytest.fixture
def opens(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a kit, on a tablet whose clock shows the time given."""
    context = chromium.new_context(offline=True, locale="en")

    def opened(kit: Kit, time: datetime) -> Page:
        path = tmp_path / "page.html"
        path.write_bytes(page_bytes(kit, "ar"))
        page = context.new_page()
        page.clock.set_fixed_time(time)
        page.goto(path.as_uri())
        return page

    yield opened
    context.close()


def test_a_paper_form_is_typed_in_under_its_own_code(
    world: World, kit: Kit, opens: Open, tmp_path: Path
) -> None:
    citizen = world.citizen()
    half = Counterfoil.of(citizen.keys, world.roots.hash)
    page = opens(kit, LAST_TO_SEAL)
    page.locator("#paper").click()
    assert page.locator("#topic option").all_inner_texts() == ["خطوط الحافلات", "قضية أخرى"]
    page.locator("#square").fill(half.encode()[:-3])
    page.locator("#problem").fill(FIRST)
    page.locator("#about summary").click()
    page.locator("#region").select_option("south")
    page.locator("#sector").select_option("own")
    page.locator("#to-review").click()
    page.locator("#send").click()
    expect(page.locator("#progress-text")).to_contain_text("استمارة")
    page.locator("#back").click()
    page.locator("#square").fill(half.encode() + "\n")
    page.locator("#to-review").click()
    page.locator("#send").click()
    expect(page.locator("#waiting")).to_contain_text("1", timeout=SEAL_MILLISECONDS)
    with page.expect_download() as saving:
        page.locator("#save").click()
    saving.value.save_as(tmp_path / "batch")

    [handing] = Batch.parse((tmp_path / "batch").read_bytes()).handings
    submission = open_submission(handing.envelope, [world.amal.identity])
    assert handing.name == citizen.keys.thread.name("citizen", 0)
    assert submission.sealed_by == "paper"
    assert submission.about == About("south", None, "own")
    request = {**handing.request([]), "envelope": handing.envelope}
    assert world.post("/submissions", request).status_code == 201
    assert world.client_status(citizen) == "received"


def test_a_page_whose_keys_are_over_seals_nothing_and_says_so_in_both_languages(
    kit: Kit, opens: Open
) -> None:
    page = opens(kit, A_DAY_LATER)

    trouble = page.locator("#trouble")
    expect(trouble).to_contain_text("انتهت مفاتيح هذه الصفحة في 3 كانون الأول 2026")
    expect(trouble).to_contain_text("The keys of this page ended on 3 December 2026")
    expect(page.locator("#hand-over")).to_be_disabled()
    expect(page.locator("#paper")).to_be_disabled()


def test_keys_that_the_roots_did_not_sign_are_refused(world: World, kit: Kit, opens: Open) -> None:
    forged = sign_keyring(world.keyring, world.root_keys[0])
    page = opens(Kit(**{**vars(kit), "keyring_note": forged}), LAST_TO_SEAL)

    expect(page.locator("#trouble")).to_contain_text("لا تحمل توقيع المنظمات")
    expect(page.locator("#hand-over")).to_be_disabled()


@pytest.mark.skipif(shutil.which("node") is None, reason="axe-core comes with Node's packages")
@pytest.mark.parametrize("lang", ["ar", "en"])
def test_no_step_of_the_page_shuts_anybody_out(
    kit: Kit, chromium: Browser, tmp_path: Path, lang: LanguageCode
) -> None:
    (tmp_path / "page.html").write_bytes(page_bytes(kit, lang))
    found = {}
    with new_context(chromium, offline=True) as context:
        page = context.new_page()
        page.clock.set_fixed_time(LAST_TO_SEAL)
        for step in _steps(page, (tmp_path / "page.html").as_uri()):
            found[step] = complaints(page)
    assert {step: each for step, each in found.items() if each} == {}


def _steps(page: Page, url: str) -> Iterator[str]:
    page.goto(url)
    page.locator("#paper").click()
    yield "a paper form"
    page.locator("#clear").click()
    page.locator("#hand-over").click()
    page.locator("#to-review").click()
    page.locator("#problem").fill(f"رأي قصير {PHONE}")
    page.locator("#to-review").click()
    page.locator("#send").click()
    expect(page.locator("#step-receipt")).to_be_visible(timeout=SEAL_MILLISECONDS)
    yield "receipt"
    page.reload()
    with page.expect_download():
        page.locator("#save").click()
    expect(page.locator("#saved")).to_be_visible()
    yield "a saved batch"
    page.clock.set_fixed_time(A_DAY_LATER)
    page.reload()
    yield "keys that are over"


def test_the_page_may_reach_nothing(kit: Kit, opens: Open) -> None:
    page = opens(kit, LAST_TO_SEAL)
    refused = page.evaluate(
        """async () => {
            const said = [];
            addEventListener("securitypolicyviolation", each => said.push(each.effectiveDirective));
            await fetch("https://wasl.example/").catch(() => undefined);
            await new Promise(done => { const picture = new Image(); picture.onerror = done; picture.src = "https://wasl.example/a.png"; });
            const script = document.createElement("script"); script.textContent = "window.ran = true";
            await new Promise(done => { addEventListener("securitypolicyviolation", done); document.body.append(script); });
            return [...said, window.ran ?? false];
        }"""  # noqa: E501
    )
    assert sorted(map(str, refused)) == ["False", "connect-src", "img-src", "script-src-elem"]
    assert page_bytes(kit, "ar") == page_bytes(kit, "ar")
