"""Who is not trained gets nothing from the inbox, and nobody makes herself trained alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.cli.init import initialise
from app.desk.desk import Desk as RealDesk
from app.desk.errors import OnlyTrainingError
from app.desk.factory import create_desk
from app.desk.keystore import CHEAP, Profile
from app.desk.training.answers import CaseAnswer, Record
from app.desk.training.certificates import certify
from app.desk.training.curriculum import items, turn
from app.desk.training.models import model_answers
from app.domain.weeks import week_of, weeks_from
from app.factory import create_site
from app.services import keyrings
from app.web.clock import today
from app.web.state import EXTENSION, SiteState
from crypto.errors import UnverifiedError
from crypto.keyring import Keyring, Roots, device_name, sign_keyring
from crypto.note import SigningKey, read_text_unverified, sign
from crypto.training import Certificate
from tests.world import ORIGIN, Desk, Member, World

DOORS = ("/api/v1/desk/challenge", "/api/v1/desk/session", "/api/v1/desk/courier")
SANDBOX = f"training.{ORIGIN}"


# The site.


def inbox_routes(world: World) -> list[tuple[str, str]]:
    """Every request that a reviewer's desk can make, but for those that ask who it is."""
    return [
        (method, rule.rule.replace("<hex_digest>", "0" * 64))
        for rule in world.site.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/desk/") and rule.rule not in DOORS
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]


def test_an_untrained_reviewer_gets_403_from_the_live_inbox(world: World) -> None:
    assert world.citizen().submits().status_code == 201
    huda = Member("huda", trained_until=None)
    world.publish_next(week_of(world.today + timedelta(weeks=1)), [world.amal, huda])
    world.today += timedelta(weeks=1)
    headers = Desk(world, huda).headers
    routes = inbox_routes(world)

    assert len(routes) >= 7
    for method, path in routes:
        answer = world.client.open(path, method=method, headers=headers)
        problem = answer.get_json()
        assert (answer.status_code, problem["type"]) == (403, "urn:wasl:problem:untrained"), path
        assert "تدريب" in problem["detail_ar"] and "trained" in problem["detail"]
    assert world.desk().get("/cases").status_code == 200


def test_training_ends_on_its_day(world: World) -> None:
    huda = Member("huda", trained_until=world.today + timedelta(days=1))
    world.publish(
        replace(
            world.keyring,
            serial=2,
            previous=world.keyring.digest,
            orgs=tuple(world._orgs([world.amal, huda])),
        )
    )

    assert Desk(world, huda).get("/cases").status_code == 200
    world.today += timedelta(days=1)
    assert Desk(world, huda).get("/cases").status_code == 403


# A place for training.


def test_a_keyring_of_a_sandbox_is_refused_by_a_live_site(world: World) -> None:
    theirs = SigningKey.generate(device_name(SANDBOX, "amal"))
    (org,) = world.keyring.orgs
    reader = replace(org.reviewers[0], device=theirs.verifier)
    sandbox = Keyring(
        SANDBOX, 2, world.keyring.digest, world.keyring.week, (replace(org, reviewers=(reader,)),)
    )
    with world.state.transaction() as connection, pytest.raises(UnverifiedError):
        keyrings.publish(connection, sign_keyring(sandbox, *world.root_keys), world.roots, ORIGIN)


@pytest.mark.parametrize(("desk", "site"), [(SANDBOX, ORIGIN), (ORIGIN, SANDBOX)])
def test_training_desks_and_live_sites_keep_apart(tmp_path: Path, desk: str, site: str) -> None:
    """Both ways, before a single request is made."""
    profile = Profile("mizan", "ميزان", "Mizan", "amal", desk)
    made = RealDesk.create(tmp_path / "d", profile, "a b c d e f g h", today=today(), costs=CHEAP)
    roots = tmp_path / "roots"
    done("root", "init", roots, "--name", site)

    with pytest.raises(OnlyTrainingError):
        made.connect("http://127.0.0.1:9", (roots / "roots.txt").read_text("utf-8"))
    assert made.profile.roots is None


def test_every_page_of_a_place_for_training_says_so(world: World, tmp_path: Path) -> None:
    """Pages, errors and forms, in both languages; and no page of a live site does."""
    roots = Roots.of([SigningKey.generate(f"{SANDBOX}/root/a").verifier], 1).encode()
    settings = initialise(
        tmp_path / "sandbox", origin=SANDBOX, roots=roots, site_url="https://t.example"
    )
    sandbox = create_site(settings, today=lambda: world.today, seconds=lambda: world.now)
    for path in ("/", "/topics", "/write", "/follow", "/record", "/agency", "/nothing"):
        for root, words in (("", "موقع للتدريب"), ("/en", "A site for training")):
            page = sandbox.test_client().get(root + path).text
            assert '<body class="sandbox">' in page and words in page, root + path
            assert 'class="sandbox"' not in world.client.get(root + path).text
    state: SiteState = sandbox.extensions[EXTENSION]
    state.database.engine.dispose()


def test_a_training_desk_says_so_even_while_it_is_locked(tmp_path: Path) -> None:
    for origin, is_said in ((SANDBOX, True), (ORIGIN, False)):
        folder = tmp_path / origin
        profile = Profile("mizan", "ميزان", "Mizan", "amal", origin)
        RealDesk.create(folder, profile, "a b c d e f g h", today=today(), costs=CHEAP)
        browser = create_desk(folder, 8081).test_client()
        page = browser.get("/", base_url="http://127.0.0.1:8081").text
        assert ('id="training-banner"' in page) is is_said


# The ceremony.


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def done(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


class Ceremony:
    """Roots, a register, and reviewers of one organisation with their files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.roots = folder, folder / "roots"
        self.members: dict[str, Member] = {}
        done("root", "init", self.roots, "--name", ORIGIN)
        self.by = ("--roots-dir", self.roots, "--origin", ORIGIN)
        founder = ("--founding", self.enrols("amal"), "--out", folder / "register.note")
        done("root", "admit", *self.by, "--yes", *founder)

    def enrols(self, name: str) -> Path:
        member = self.members[name] = Member(name)
        weeks = weeks_from(week_of(today()), 3)
        enrolment = {
            "format": "wasl/enrolment/v1",
            "org": {"slug": "mizan", "name_ar": "ميزان", "name_en": "Mizan"},
            "reviewer": name,
            "device": member.device.verifier.encode(),
            "recipients": {week: Member(name).identity.recipient.encode() for week in weeks},
        }
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(enrolment), "utf-8")
        return path

    def passes(self, name: str) -> Path:
        device = self.members[name].device
        record = certify(model_answers(device.verifier.encode()), device, ORIGIN, today())
        path = self.folder / f"training-{name}.json"
        path.write_text(record.encode(), "utf-8")
        return path

    def signs(self, out: str, *training: Path, more: tuple[object, ...] = ()) -> Result:
        files: list[object] = ["--enrolment", self.folder / "amal.json"]
        for path in training:
            files += ["--training", path]
        register = ("--register", self.folder / "register.note", "--weeks", 1)
        return run("root", "sign", *self.by, *register, "--out", self.folder / out, *files, *more)

    def keyring(self, out: str) -> Keyring:
        (note,) = (self.folder / out).iterdir()
        return Keyring.parse(read_text_unverified(note.read_text("utf-8")))


@pytest.fixture
def ceremony(tmp_path: Path) -> Ceremony:
    return Ceremony(tmp_path)


def test_a_countersigned_certificate_opens_the_inbox_for_a_year(ceremony: Ceremony) -> None:
    record = ceremony.passes("amal")
    key = ("--key", ceremony.roots / "root-b.key", "--yes")
    assert "full" in done("training", "verify", record)
    done("training", "countersign", record, *key)

    assert ceremony.signs("k", record).exit_code == 0
    (reviewer,) = ceremony.keyring("k").reviewers
    assert reviewer.trained_until == today() + timedelta(days=365)

    # Keyrings that are signed in haste, without the records, shut nobody out.
    (previous,) = (ceremony.folder / "k").iterdir()
    assert ceremony.signs("next", more=("--previous", previous)).exit_code == 0
    (again,) = ceremony.keyring("next").reviewers
    assert again.trained_until == reviewer.trained_until


def test_without_an_examiner_or_without_a_record_nobody_is_trained(ceremony: Ceremony) -> None:
    record = ceremony.passes("amal")
    alone = ceremony.signs("k", record)
    assert alone.exit_code != 0 and "countersign" in alone.output

    without = ceremony.signs("k")
    assert "no inbox without training: amal" in without.output
    assert ceremony.keyring("k").reviewers[0].trained_until is None


def test_a_colleague_examines_only_if_she_is_trained_herself(ceremony: Ceremony) -> None:
    """`--previous` says who is."""
    amal, record = ceremony.members["amal"], ceremony.passes("amal")
    done("training", "countersign", record, "--key", ceremony.roots / "root-a.key", "--yes")
    untrained = ("--enrolment", ceremony.enrols("huda"))
    assert ceremony.signs("first", record, more=untrained).exit_code == 0
    (previous,) = (ceremony.folder / "first").iterdir()
    more = (*untrained, "--enrolment", ceremony.enrols("basil"), "--previous", previous)
    colleague = ceremony.passes("basil")
    signed = Record.parse(colleague.read_text("utf-8"))

    for examiner, is_good in ((ceremony.members["huda"], False), (amal, True)):
        both = replace(signed, certificate=_with(signed.certificate, examiner.device))
        colleague.write_text(both.encode(), "utf-8")
        assert (ceremony.signs("next", colleague, more=more).exit_code == 0) is is_good
    trained = {each.id for each in ceremony.keyring("next").reviewers if each.trained_until}
    assert trained == {"amal", "basil"}


def _with(note: str, examiner: SigningKey) -> str:
    return note + sign(read_text_unverified(note), examiner).partition("\n\n")[2]


def test_whoever_writes_herself_a_certificate_is_found_out(ceremony: Ceremony) -> None:
    """Also by an examiner who only presses the button, and by the officers after her."""
    device = ceremony.members["amal"].device
    asked = turn(device.verifier.encode(), 0)
    answers = model_answers(device.verifier.encode())
    careless = CaseAnswer("relay", items()["pipe"].text, "x", "y")
    failing = answers.with_case(asked.items[0].id, replace(careless, words=asked.items[0].text))
    certificate = Certificate(
        ORIGIN, device.verifier, answers.curriculum, 0, today(), "full", failing.digest
    )
    forged = {
        "answers that fail": Record(failing, certificate.sign(device)),
        "other answers": Record(answers, certificate.sign(device)),
        "a better score": Record(
            answers, replace(certificate, answers=answers.digest, score="passed").sign(device)
        ),
    }
    key = ("--key", ceremony.roots / "root-a.key", "--yes")
    for case, record in forged.items():
        path = ceremony.folder / "forged.json"
        path.write_text(record.encode(), "utf-8")
        assert run("training", "countersign", path, *key).exit_code != 0, case
        root = SigningKey.parse((ceremony.roots / "root-a.key").read_text("utf-8").strip())
        both = replace(record, certificate=_with(record.certificate, root))
        path.write_text(both.encode(), "utf-8")
        assert ceremony.signs("k", path).exit_code != 0, case


def test_roots_of_a_sandbox_sign_for_no_live_site(ceremony: Ceremony) -> None:
    sandbox = ceremony.folder / "sandbox-roots"
    done("root", "init", sandbox, "--name", SANDBOX)
    crossed = ceremony.signs("k", more=("--key", sandbox / "root-a.key"))

    assert crossed.exit_code != 0 and "for training only" in crossed.output
    assert not (ceremony.folder / "k").exists()
