"""Nobody reads who was not vouched for in public, by the commands that people type."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.cli.site import load_settings
from app.desk.desk import Desk
from app.desk.keystore import CHEAP, Profile
from app.domain.weeks import monday_of, week_of
from app.factory import create_site
from app.store.migrate import downgrade, upgrade
from app.web.clock import today
from app.web.state import EXTENSION, SiteState
from crypto.keyring import Keyring
from crypto.membership import Register
from crypto.note import read_text_unverified, sign
from tests.units.citizen.plain_browser import PlainBrowser
from tests.world import ORIGIN

PASSPHRASE = "five words nobody has guessed"
NAMES = {"amal": "أمل", "nahr": "نهر", "yaman": "يمن", "zain": "زين"}
REASONS = ("--reason-ar", "نشرت ما وصلها", "--reason-en", "It published what reached it")


@dataclass
class Ceremony:
    """A table with the officers' root keys, and the desks of everybody who comes to it."""

    folder: Path
    desks: dict[str, Desk] = field(default_factory=dict)
    register: Path = Path()
    keyring: Path = Path()
    """The last one that was signed."""

    def __post_init__(self) -> None:
        (self.folder / "passphrase").write_text(PASSPHRASE)
        self.done("root", "init", self.roots, "--name", ORIGIN)
        self.done("init", self.site, "--origin", ORIGIN, "--roots", self.roots / "roots.txt")
        self.register = self.folder / "register-1.note"
        founders = [("--founding", self.enrols(each)) for each in ("amal-1", "amal-2", "nahr-1")]
        self.done(
            *("root", "admit", *self.by_roots, "--origin", ORIGIN, "--yes"),
            *(each for pair in founders for each in pair),
            *("--out", self.register),
        )
        self.publishes("--register", self.register, *self.signs("amal-1", "amal-2", "nahr-1"))

    @property
    def roots(self) -> Path:
        return self.folder / "roots"

    @property
    def site(self) -> Path:
        return self.folder / "site"

    @property
    def by_roots(self) -> tuple[object, ...]:
        return ("--roots-dir", self.roots)

    def done(self, *arguments: object) -> str:
        result = CliRunner().invoke(main, [str(each) for each in arguments])
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def refused(self, *arguments: object) -> str:
        result = CliRunner().invoke(main, [str(each) for each in arguments])
        assert result.exit_code != 0, result.output
        assert isinstance(result.exception, SystemExit), result.exception
        return result.output + result.stderr

    def enrols(self, reviewer: str) -> Path:
        """Make a desk and the file that its reviewer brings."""
        org = reviewer.partition("-")[0]
        folder, path = self.folder / "desks" / reviewer, self.folder / f"{reviewer}.json"
        profile = Profile(org, NAMES[org], org.title(), reviewer, ORIGIN)
        desk = Desk.create(folder, profile, PASSPHRASE, today=today(), costs=CHEAP)
        path.write_text(json.dumps(desk.enrolment()))
        self.desks[reviewer] = desk
        return path

    def desk(self, command: str, reviewer: str, *more: object) -> tuple[object, ...]:
        secret = ("--passphrase-file", self.folder / "passphrase")
        return ("desk", command, self.folder / "desks" / reviewer, *secret, *more)

    def applies(self, reviewer: str = "yaman-1") -> Path:
        if reviewer not in self.desks:
            self.enrols(reviewer)
        path = self.folder / f"{reviewer}.application"
        self.done(*self.desk("apply", reviewer, "--out", path))
        return path

    def vouches(self, reviewer: str, application: Path) -> None:
        self.done(*self.desk("vouch", reviewer, application, "--yes"))

    def admission(self, application: Path) -> tuple[object, ...]:
        """The officers' command, and the register that it would write."""
        out = self.folder / f"register-{application.stem}.note"
        by = ("root", "admit", *self.by_roots, "--register", self.register, "--yes")
        return (*by, "--keyring", self.current(), "--out", out, application)

    def admits(self, application: Path) -> None:
        command = self.admission(application)
        self.done(*command)
        self.register = self.folder / f"register-{application.stem}.note"

    def current(self) -> Path:
        """The newest keyring of this week."""
        return max(self.folder.glob(f"keyrings-*/keyring-{week_of(today())}.note"))

    def signs(self, *reviewers: str, week: str | None = None) -> list[Path]:
        """Keyrings for three weeks, as the register allows."""
        out = self.folder / f"keyrings-{len(list(self.folder.glob('keyrings-*')))}"
        self.done(*self.signing(out, *reviewers, week=week))
        notes = sorted(out.iterdir())
        self.keyring = notes[-1]
        return notes

    def signing(self, out: Path, *reviewers: str, week: str | None = None) -> tuple[object, ...]:
        enrolments = [("--enrolment", self.folder / f"{each}.json") for each in reviewers]
        previous = ("--previous", self.keyring) if self.keyring.is_file() else ()
        return (
            *("root", "sign", *self.by_roots, "--origin", ORIGIN, "--weeks", 3, "--out", out),
            *("--register", self.register, "--from-week", week or week_of(today()), *previous),
            *(each for pair in enrolments for each in pair),
        )

    def publishing(self, *more: object) -> tuple[object, ...]:
        return ("keyring", "publish", "--data", self.site, *more)

    def publishes(self, *more: object) -> str:
        return self.done(*self.publishing(*more))

    def page(self, language: str = "en") -> str:
        """What the public reads about who reads."""
        app = create_site(load_settings(self.site))
        text = PlainBrowser(app.test_client(), language).visits("/who").text
        state: SiteState = app.extensions[EXTENSION]
        state.database.engine.dispose()
        return " ".join(text.split())


@pytest.fixture
def ceremony(tmp_path: Path) -> Iterator[Ceremony]:
    yield Ceremony(tmp_path)


def keyring_of(path: Path) -> Keyring:
    return Keyring.parse(read_text_unverified(path.read_text()))


def next_monday() -> str:
    return week_of(today() + timedelta(weeks=1))


def test_founders_are_admitted_by_the_officers_alone_and_it_says_so(ceremony: Ceremony) -> None:
    assert ceremony.page().count("the officers alone admitted it") == 2
    assert "قبلها الأمناء وحدهم" in ceremony.page("ar")
    late = ceremony.refused(
        *("root", "admit", *ceremony.by_roots, "--register", ceremony.register, "--yes"),
        *("--founding", ceremony.enrols("yaman-1"), "--out", ceremony.folder / "x"),
    )
    assert "needs --register and --keyring" in late or "to begin, --founding" in late


def test_application_two_vouches_ceremony_probation(ceremony: Ceremony) -> None:
    application = ceremony.applies()
    ceremony.vouches("amal-1", application)
    ceremony.vouches("nahr-1", application)
    ceremony.admits(application)
    notes = ceremony.signs("amal-1", "amal-2", "nahr-1", "yaman-1")
    ceremony.publishes("--register", ceremony.register, "--application", application, *notes)

    keyring = keyring_of(notes[0])
    (newcomer,) = (org for org in keyring.orgs if org.probation)
    assert (newcomer.slug, len(keyring.recipients)) == ("yaman", 4)
    assert len(keyring.deciding_devices) == 3
    register = Register.parse(read_text_unverified(ceremony.register.read_text()))
    member = register.find("yaman")
    assert member is not None and member.admission is not None
    assert member.admission.vouched == ("amal", "nahr")
    assert newcomer.probation == member.admission.probation
    assert 84 <= (member.admission.probation - today()).days < 91
    page = ceremony.page()
    assert "Amal · Nahr" in page
    assert "On probation until" in page
    assert "أمل · نهر" in ceremony.page("ar")


def test_keyrings_signed_ahead_end_the_probation_on_its_day(ceremony: Ceremony) -> None:
    application = ceremony.applies()
    ceremony.vouches("amal-1", application)
    ceremony.vouches("nahr-1", application)
    out = ceremony.folder / "short.note"
    command = list(ceremony.admission(application))
    command[command.index("--out") + 1] = out
    ceremony.done(*command, "--probation-weeks", 1)
    ceremony.register = out
    notes = ceremony.signs("amal-1", "nahr-1", "yaman-1")

    probations = [org.probation for note in notes for org in keyring_of(note).orgs]
    assert [each for each in probations if each] in ([probations[2]], [probations[2]] * 2)
    assert probations[-1] is None


# Vouches that are none


def test_one_vouch_is_not_enough(ceremony: Ceremony) -> None:
    application = ceremony.applies()
    assert "no organisation vouches" in ceremony.refused(*ceremony.admission(application))
    ceremony.vouches("amal-1", application)

    said = ceremony.refused(*ceremony.admission(application))

    assert "amal vouches, and 2 must: others sign the same file with `wasl desk vouch`" in said


def test_two_people_of_one_organisation_are_one_vouch(ceremony: Ceremony) -> None:
    application = ceremony.applies()
    ceremony.vouches("amal-1", application)
    ceremony.vouches("amal-2", application)
    ceremony.vouches("amal-2", application)

    assert "amal vouches, and 2 must" in ceremony.refused(*ceremony.admission(application))


def test_nobody_vouches_for_her_own_organisation(ceremony: Ceremony) -> None:
    application = ceremony.applies()
    ceremony.enrols("yaman-2")
    assert "nobody judges what is her own" in ceremony.refused(
        *ceremony.desk("vouch", "yaman-2", application, "--yes")
    )
    by_hand = sign(
        read_text_unverified(application.read_text()),
        *(ceremony.desks[each].keystore.secrets.device for each in ("yaman-1", "yaman-2")),
        ceremony.desks["amal-1"].keystore.secrets.device,
    )
    application.write_text(by_hand)

    assert "amal vouches, and 2 must" in ceremony.refused(*ceremony.admission(application))


def test_a_removed_organisation_vouches_no_more(ceremony: Ceremony) -> None:
    application = ceremony.applies()
    ceremony.vouches("amal-1", application)
    ceremony.vouches("nahr-1", application)
    without = ceremony.folder / "without.note"
    ceremony.done(
        *("root", "revoke", *ceremony.by_roots, "--register", ceremony.register, "--yes"),
        *("nahr", *REASONS, "--out", without),
    )
    ceremony.register = without

    assert "amal vouches, and 2 must" in ceremony.refused(*ceremony.admission(application))


def test_an_organisation_on_probation_vouches_not_yet(ceremony: Ceremony) -> None:
    first = ceremony.applies()
    ceremony.vouches("amal-1", first)
    ceremony.vouches("nahr-1", first)
    ceremony.admits(first)
    ceremony.signs("amal-1", "nahr-1", "yaman-1")
    second = ceremony.applies("zain-1")
    ceremony.vouches("amal-1", second)
    ceremony.vouches("yaman-1", second)

    assert "amal vouches, and 2 must" in ceremony.refused(*ceremony.admission(second))


def test_changed_bytes_carry_no_vouch(ceremony: Ceremony) -> None:
    application = ceremony.applies()
    ceremony.vouches("amal-1", application)
    ceremony.vouches("nahr-1", application)
    application.write_text(application.read_text().replace("name-en Yaman", "name-en Other"))

    assert "did not make this signature" in ceremony.refused(*ceremony.admission(application))
    said = ceremony.refused(*ceremony.desk("vouch", "amal-2", application, "--yes"))
    assert "`wasl desk apply` writes another" in said


def test_a_vouch_for_one_application_is_none_for_another(ceremony: Ceremony) -> None:
    vouched, other = ceremony.applies("yaman-1"), ceremony.applies("zain-1")
    ceremony.vouches("amal-1", vouched)
    ceremony.vouches("nahr-1", vouched)
    lines = vouched.read_text().rpartition("\n\n")[2].splitlines(keepends=True)
    other.write_text(other.read_text() + "".join(lines[1:]))

    assert "did not make this signature" in ceremony.refused(*ceremony.admission(other))


def test_the_site_counts_again_what_the_officers_signed(ceremony: Ceremony) -> None:
    """Two officers who admit whom they like are stopped where it would become public."""
    application = ceremony.applies()
    ceremony.vouches("amal-1", application)
    ceremony.vouches("nahr-1", application)
    ceremony.admits(application)
    whole = application.read_text()
    text, _, signatures = whole.rpartition("\n\n")
    fewer = ceremony.folder / "fewer.application"
    fewer.write_text(f"{text}\n\n{''.join(signatures.splitlines(keepends=True)[:2])}")

    alone = ceremony.refused(*ceremony.publishing("--register", ceremony.register))
    assert "publish its application too" in alone
    with_one = ("--register", ceremony.register, "--application", fewer)
    assert "nahr has not vouched" in ceremony.refused(*ceremony.publishing(*with_one))
    ceremony.publishes("--register", ceremony.register, "--application", application)


def test_a_keyring_cannot_list_who_was_not_admitted(ceremony: Ceremony) -> None:
    ceremony.enrols("yaman-1")
    out = ceremony.folder / "x"

    said = ceremony.refused(*ceremony.signing(out, "amal-1", "nahr-1", "yaman-1"))

    assert "yaman is not admitted: `wasl root admit`" in said
    assert not out.exists()


def test_on_probation_only_those_read_whom_others_vouched_for(ceremony: Ceremony) -> None:
    application = ceremony.applies()
    ceremony.vouches("amal-1", application)
    ceremony.vouches("nahr-1", application)
    ceremony.admits(application)
    ceremony.enrols("yaman-2")

    said = ceremony.refused(*ceremony.signing(ceremony.folder / "x", "amal-1", "yaman-2"))

    assert "yaman-2 is not in its application" in said


# Removal


def revoked(ceremony: Ceremony, *more: str) -> Path:
    path = ceremony.folder / "revoked.note"
    said = ceremony.done(
        *("root", "revoke", *ceremony.by_roots, "--register", ceremony.register, "--yes"),
        *("nahr", *REASONS, *more, "--out", path),
    )
    assert "wasl root sign --register" in said
    ceremony.register = path
    return path


def test_a_removal_is_effective_with_the_next_keyring_and_public(ceremony: Ceremony) -> None:
    register = revoked(ceremony)
    # Keyrings that were signed ahead still have it: the register alone is refused.
    said = ceremony.refused(*ceremony.publishing("--register", register))
    assert "nahr is removed from" in said
    assert "sign the keyrings from that week on without it" in said

    notes = ceremony.signs("amal-1", "amal-2", "nahr-1", week=next_monday())
    ceremony.publishes("--register", register, *notes)

    assert all("nahr" not in {org.slug for org in keyring_of(note).orgs} for note in notes)
    page = ceremony.page()
    assert "Organisations that were removed" in page
    assert "It published what reached it" in page
    assert "نشرت ما وصلها" in ceremony.page("ar")


def test_a_removal_at_once_is_refused_while_this_weeks_keyring_has_it(ceremony: Ceremony) -> None:
    register = revoked(ceremony, "--at-once")
    late = ceremony.signs("amal-1", "amal-2", week=next_monday())

    said = ceremony.refused(*ceremony.publishing("--register", register, *late))
    assert f"the keyring of {today()}" in said
    now = ceremony.signs("amal-1", "amal-2")
    ceremony.publishes("--register", register, *late, *now)


def test_a_keyring_that_brings_it_back_is_refused(ceremony: Ceremony) -> None:
    before, last = ceremony.register, ceremony.keyring
    register = revoked(ceremony)
    notes = ceremony.signs("amal-1", "amal-2", week=next_monday())
    ceremony.publishes("--register", register, *notes)
    assert last != ceremony.keyring
    # Officers who work with an old register.
    ceremony.register = before
    old = ceremony.signs("amal-1", "nahr-1", week=next_monday())

    assert "nahr is removed from" in ceremony.refused(*ceremony.publishing(*old))


def test_one_root_alone_neither_admits_nor_removes(ceremony: Ceremony) -> None:
    path = ceremony.folder / "alone.note"
    said = ceremony.done(
        *("root", "revoke", "--key", ceremony.roots / "root-a.key"),
        *("--roots", ceremony.roots / "roots.txt", "--register", ceremony.register, "--yes"),
        *("nahr", *REASONS, "--out", path),
    )
    assert "1 more must sign it: `wasl root cosign`" in said
    notes = ceremony.signs("amal-1", week=next_monday())
    publishing = ceremony.publishing("--register", path, *notes)
    assert "too few roots" in ceremony.refused(*publishing)

    shown = CliRunner().invoke(
        main, ["root", "cosign", "--key", str(ceremony.roots / "root-b.key"), str(path)], input="y"
    )
    assert "removed from" in shown.output
    ceremony.done(*publishing)


# Before there was a register


def test_an_instance_of_before_works_on_through_the_migration(ceremony: Ceremony) -> None:
    app = create_site(load_settings(ceremony.site))
    state: SiteState = app.extensions[EXTENSION]
    engine = state.database.engine
    downgrade(engine, "0003")
    upgrade(engine)
    engine.dispose()

    assert "admitted the organisations above when the site began" in ceremony.page()
    assert "قبل الأمناء المنظمات المذكورة" in ceremony.page("ar")
    more = ceremony.signs("amal-1", "nahr-1")
    assert "Keyring 4" in ceremony.publishes(*more)
    # Its founders can be entered later, and then vouch.
    assert "Register 1: 2 organisations" in ceremony.publishes("--register", ceremony.register)


def test_the_day_of_a_removal_is_a_monday(ceremony: Ceremony) -> None:
    register = Register.parse(read_text_unverified(revoked(ceremony).read_text()))
    member = register.find("nahr")

    assert member is not None and member.revocation is not None
    assert member.revocation.on == monday_of(next_monday())
