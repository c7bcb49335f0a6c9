"""The operator's and key officers' commands, in the order in which people run them."""

import json
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.domain.weeks import week_of, weeks_from
from app.services import keyrings, topics
from app.settings import Settings
from app.store import keyrings as stored
from app.store.engine import Database, open_engine
from app.web.clock import today
from crypto.keyring import Roots
from tests.world import ORIGIN, TOPIC, Member


def _run(*arguments: object, input_text: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], input=input_text)


def _done(*arguments: object, input_text: str | None = None) -> str:
    result = _run(*arguments, input_text=input_text)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def _refused(*arguments: object) -> str:
    result = _run(*arguments)
    assert result.exit_code != 0
    assert not isinstance(result.exception, AssertionError | KeyError | TypeError)
    return result.output


def _enrol(folder: Path, name: str, weeks: int = 9) -> Path:
    """What `wasl desk enrol` writes."""
    member = Member(name)
    names = weeks_from(week_of(today()), weeks)
    enrolment = {
        "format": "wasl/enrolment/v1",
        "org": {"slug": "mizan", "name_ar": "ميزان", "name_en": "Mizan"},
        "reviewer": name,
        "device": member.device.verifier.encode(),
        "recipients": {week: Member(name).identity.recipient.encode() for week in names},
    }
    path = folder / f"{name}.json"
    path.write_text(json.dumps(enrolment), "utf-8")
    return path


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    _done("root", "init", tmp_path / "roots", "--name", ORIGIN)
    return tmp_path / "roots"


@pytest.fixture
def register(tmp_path: Path, roots: Path) -> Path:
    """The founders: mizan alone."""
    path = tmp_path / "register-1.note"
    _done(
        *("root", "admit", "--roots-dir", roots, "--origin", ORIGIN, "--yes"),
        *("--founding", _enrol(tmp_path, "amal"), "--out", path),
    )
    return path


@pytest.fixture
def data(tmp_path: Path, roots: Path) -> Path:
    _done("init", tmp_path / "site", "--origin", ORIGIN, "--roots", roots / "roots.txt")
    return tmp_path / "site"


def test_an_instance_comes_to_life(tmp_path: Path, roots: Path, register: Path, data: Path) -> None:
    notes, topic = tmp_path / "notes", tmp_path / "topic.toml"
    topic.write_text(TOPIC, "utf-8")
    enrolments = [_enrol(tmp_path, "amal"), _enrol(tmp_path, "basil")]
    _done(
        *("root", "sign", "--roots-dir", roots, "--origin", ORIGIN, "--weeks", 3, "--out", notes),
        *("--register", register, "--enrolment", enrolments[0], "--enrolment", enrolments[1]),
    )
    signed = sorted(notes.iterdir())
    published = _done("keyring", "publish", "--data", data, *signed)
    _done("keyring", "publish", "--data", data, *signed)
    _done("topics", "import", "--data", data, topic)

    assert published.count("2 readers") == 3
    settings = Settings.load(data)
    database = Database(open_engine(settings.database_url))
    with database.reading() as connection:
        text = settings.roots_path.read_text("utf-8")
        keyring = keyrings.open_current(connection, Roots.parse(text), ORIGIN, today())
        slugs = [topic.slug for topic in topics.everything(connection)]
    database.engine.dispose()
    assert [reviewer.id for reviewer in keyring.reviewers] == ["amal", "basil"]
    assert slugs == ["bus-lines"]


def test_secrets_are_their_owners_alone(roots: Path, data: Path) -> None:
    secrets = [*roots.glob("*.key"), *(data / "keys").iterdir(), data / "wasl.toml"]

    assert len(secrets) == 10
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in secrets)
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert "PRIVATE" not in (roots / "roots.txt").read_text()


def test_an_instance_is_never_made_over_another(data: Path) -> None:
    before = (data / "wasl.toml").read_bytes()

    assert "is not empty" in _refused("init", data, "--origin", "other.example")
    assert (data / "wasl.toml").read_bytes() == before


def test_a_root_key_is_never_written_over(roots: Path) -> None:
    assert "never written over" in _refused("root", "init", roots, "--name", ORIGIN)


def test_settings_say_what_was_asked_for_whatever_it_contains(tmp_path: Path) -> None:
    contact = 'رقم "1" \\ C:\\x\x7f\n'
    _done("init", tmp_path / "a", "--origin", "a.onion", "--onion", "--contact", contact)
    table = tomllib.loads((tmp_path / "a" / "wasl.toml").read_text("utf-8"))

    assert table["contact"] == contact
    assert (table["site_url"], table["onion"]) == ("http://a.onion", True)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--origin", "https://wasl.example", "origin: a name like"),
        ("--origin", "WASL", "origin: a name like"),
        ("--exit-url", "www.wikipedia.org", "exit_url: begins with"),
    ],
)
def test_a_wrong_setting_is_refused(tmp_path: Path, option: str, value: str, message: str) -> None:
    arguments = {"--origin": ORIGIN, option: value}
    flat = [each for pair in arguments.items() for each in pair]
    output = _refused("init", tmp_path / "a", *flat)

    assert message in output


def test_roots_that_are_none_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "roots.txt").write_text("hello")
    output = _refused("init", tmp_path / "a", "--origin", ORIGIN, "--roots", tmp_path / "roots.txt")

    assert "not a roots.txt" in output
    assert not (tmp_path / "a").exists()


def test_one_root_alone_cannot_publish_and_two_can(
    tmp_path: Path, roots: Path, register: Path, data: Path
) -> None:
    sign = ("root", "sign", "--origin", ORIGIN, "--weeks", 1, "--out", tmp_path / "notes")
    one = ("--key", roots / "root-a.key", "--roots", roots / "roots.txt", "--register", register)
    _done(*sign, *one, "--enrolment", _enrol(tmp_path, "amal"))
    (note,) = (tmp_path / "notes").iterdir()
    assert "too few roots" in _refused("keyring", "publish", "--data", data, note)

    unsure = _done("root", "cosign", "--key", roots / "root-c.key", note, input_text="n\n")
    assert "ميزان (mizan): amal" in unsure
    assert "too few roots" in _refused("keyring", "publish", "--data", data, note)
    _done("root", "cosign", "--key", roots / "root-c.key", note, input_text="y\n")
    assert "1 readers" in _done("keyring", "publish", "--data", data, note)


def test_keyrings_are_a_chain(tmp_path: Path, roots: Path, register: Path, data: Path) -> None:
    amal, basil = _enrol(tmp_path, "amal"), _enrol(tmp_path, "basil")
    by = ("root", "sign", "--roots-dir", roots, "--origin", ORIGIN, "--register", register)
    sign = (*by, "--weeks", 2)
    _done(*sign, "--out", tmp_path / "one", "--enrolment", amal)
    _done(*sign, "--out", tmp_path / "other", "--enrolment", basil)
    one, other = sorted((tmp_path / "one").iterdir()), sorted((tmp_path / "other").iterdir())
    _done("keyring", "publish", "--data", data, one[0])

    assert "already another" in _refused("keyring", "publish", "--data", data, other[0])
    assert "the digest" in _refused("keyring", "publish", "--data", data, other[1])
    _done(*sign, "--out", tmp_path / "next", "--enrolment", basil, "--previous", one[1])
    following = sorted((tmp_path / "next").iterdir())
    assert "serial 2 comes next" in _refused("keyring", "publish", "--data", data, following[0])
    _done("keyring", "publish", "--data", data, one[1], *following)


def test_a_refused_keyring_takes_the_others_with_it(
    tmp_path: Path, roots: Path, register: Path, data: Path
) -> None:
    by = ("root", "sign", "--roots-dir", roots, "--origin", ORIGIN, "--register", register)
    sign = (*by, "--weeks", 2)
    _done(*sign, "--out", tmp_path / "notes", "--enrolment", _enrol(tmp_path, "amal"))
    notes = sorted((tmp_path / "notes").iterdir())
    notes[1].write_text("hello")
    _refused("keyring", "publish", "--data", data, *notes)

    database = Database(open_engine(Settings.load(data).database_url))
    with database.reading() as connection:
        assert stored.find_newest(connection) is None
    database.engine.dispose()


def test_a_reviewer_without_a_key_for_a_week_is_named(
    tmp_path: Path, roots: Path, register: Path
) -> None:
    by = ("root", "sign", "--roots-dir", roots, "--origin", ORIGIN, "--register", register)
    sign = (*by, "--out", tmp_path / "n")
    output = _refused(*sign, "--weeks", 3, "--enrolment", _enrol(tmp_path, "amal", weeks=2))

    assert "amal: no key for" in output
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[" * 100_000, '{"format": 1}'])
def test_a_file_that_is_no_enrolment_is_refused(
    tmp_path: Path, roots: Path, register: Path, text: str
) -> None:
    path = tmp_path / "enrolment.json"
    path.write_text(text)
    sign = ("root", "sign", "--roots-dir", roots, "--origin", ORIGIN, "--register", register)

    assert "enrolment.json: " in _refused(*sign, "--enrolment", path)


def test_a_topic_with_a_mistake_is_named_and_nothing_is_stored(tmp_path: Path, data: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(TOPIC, "utf-8")
    bad.write_text(TOPIC.replace("who_decides", "who"), "utf-8")
    output = _refused("topics", "import", "--data", data, good, bad)

    assert "bad.toml: who_decides: missing" in output
    database = Database(open_engine(Settings.load(data).database_url))
    with database.reading() as connection:
        assert topics.everything(connection) == []
    database.engine.dispose()


def test_a_topic_rests_on_copies_that_are_there(tmp_path: Path, data: Path) -> None:
    text, html = tmp_path / "source.txt", tmp_path / "source.html"
    text.write_text("نص القرار", "utf-8")
    html.write_text("<p>", "utf-8")
    line = _done("topics", "archive", "--data", data, text)
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(TOPIC + line, "utf-8")
    bad.write_text(TOPIC + line.replace(line[18:22], "0000"), "utf-8")

    assert "run `wasl topics archive`" in _refused("topics", "import", "--data", data, bad)
    assert "Topic bus-lines" in _done("topics", "import", "--data", data, good)
    assert "a PDF, a picture" in _refused("topics", "archive", "--data", data, html)


def test_a_hard_topic_or_one_without_its_day_is_not_imported(tmp_path: Path, data: Path) -> None:
    file = tmp_path / "topic.toml"
    wrong = {
        'decision = {on = 2027-01-31, kind = "announced"}\n': ("", "decision: missing"),
        "المواعيد": ("كلمة " * 13, "the Arabic is too hard"),
    }
    for old, (new, message) in wrong.items():
        file.write_text(TOPIC.replace(old, new), "utf-8")
        assert f"topic.toml: {message}" in _refused("topics", "import", "--data", data, file)


def test_commands_load_only_themselves() -> None:
    """The desk never imports the server, nor the server the desk."""
    script = (
        "import sys; from app.cli import main\n"
        "main.get_command(None, sys.argv[1])\n"
        "print(*sorted(name for name in sys.modules if name.startswith('app.')))"
    )

    def loaded(command: str) -> set[str]:
        run = subprocess.run(
            [sys.executable, "-c", script, command], capture_output=True, text=True, check=True
        )
        return set(run.stdout.split())

    assert not {name for name in loaded("serve") if name.startswith(("app.desk", "app.client"))}
    for command in ("desk", "send", "follow"):
        forbidden = ("app.services", "app.store", "app.citizen", "app.api", "app.factory")
        assert not {name for name in loaded(command) if name.startswith(forbidden)}, command
