"""The paper kit: the slip that a citizen tears off opens the case, and the form's half does not."""

from __future__ import annotations

import re
from base64 import b32encode
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner
from PIL.Image import Image

from app.cli.field import command as field
from app.cli.forms import read_form
from app.client.send import ForeignFormError, Promised, Sender, Sent
from app.domain.about import ABOUT_WORDS
from app.domain.cases import Status
from app.field.forms import form_bytes
from app.field.kit import FieldTopic, Kit
from crypto.about import ABOUT
from crypto.counterfoil import Counterfoil
from crypto.encoding import encode_base64, sha256
from crypto.errors import MalformedCounterfoilError
from crypto.keyring import Roots, sign_keyring
from crypto.keys import CitizenKeys, derive_root
from crypto.receipt import ReceiptCode
from tests.units.desk.office import ORIGIN, TOPIC, Office, no_pause, office

__all__ = ["office"]

TEAR = 85 * 72 / 25.4
"""Where a page is torn, in points from its lower edge."""
SCANNED = 150 / 72
ANSWER = "وصلت الاستمارة، شكرا"


@pytest.fixture
def kit(office: Office) -> Kit:
    assert office.keyring is not None
    note = sign_keyring(office.keyring, *office.roots[:2])
    topic = FieldTopic(TOPIC, "مواقف الحافلات", "Bus stops", "")
    return Kit(ORIGIN, Roots.parse(office.roots_text), note, office.keyring, 200_000, (topic,))


def halves(pdf: bytes, page: int = 0) -> tuple[str, str]:
    """The words of the form's half, and those of the slip."""
    document = pypdfium2.PdfDocument(pdf)
    text = document[page].get_textpage()
    width, height = document[page].get_size()
    form, slip = (
        text.get_text_bounded(0, TEAR, width, height),
        text.get_text_bounded(0, 0, width, TEAR),
    )
    document.close()
    return form, slip


def scan(pdf: bytes, path: Path) -> Path:
    """A picture of the first page, as a scanner makes it."""
    document = pypdfium2.PdfDocument(pdf)
    picture: Image = document[0].render(scale=SCANNED).to_pil()
    document.close()
    picture.rotate(1.5, fillcolor="white").save(path)
    return path


def code_on(slip: str) -> ReceiptCode:
    """What the citizen reads on the slip: seven groups of four."""
    return ReceiptCode.parse(" ".join(re.findall(r"\b\d{4}\b", slip)))


def types_in(office: Office, form: Counterfoil, text: str) -> Promised:
    with office.site() as site:
        sender = Sender(site, office.today, roots=office.roots_text, pause=no_pause)
        return sender.send_form(form, TOPIC, text)


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_the_code_on_a_slip_opens_what_was_typed_in_from_its_form(
    office: Office, kit: Kit, tmp_path: Path, lang: str
) -> None:
    pdf = form_bytes(kit, "ar" if lang == "ar" else "en", 1)
    form, slip = halves(pdf)
    half = read_form(str(scan(pdf, tmp_path / "scan.png")))
    sent = types_in(office, half, "كتبت هذا بيدي")

    assert not isinstance(sent, Sent)
    office.syncs("amal")
    case = office.only_case("amal")
    assert case.sealed_by == "paper"
    office.replies("amal", case, ANSWER, Status.READ)
    office.syncs("amal")
    followed = office.follows(code_on(slip))
    assert [reply.text for reply in followed.replies] == [ANSWER]
    # The form's half says nothing of the code, the slip nothing of the form or the site.
    assert not set(code_on(slip).digits) & set(re.findall(r"\d+", form))
    assert TOPIC in form
    for said in (TOPIC, "مواقف", "Bus", ORIGIN, "وصل", "Wasl"):
        assert said not in slip


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_a_form_asks_who_takes_part_and_its_slip_does_not(kit: Kit, lang: str) -> None:
    form, slip = halves(form_bytes(kit, "ar" if lang == "ar" else "en", 1, iterations=1))
    for answers in ABOUT.values():
        for answer in answers:
            words = ABOUT_WORDS[answer].text("ar" if lang == "ar" else "en").split()
            assert all(word in form for word in words), answer
            assert not all(word in slip for word in words), answer


def test_each_form_has_a_number_and_a_code_of_its_own(kit: Kit) -> None:
    pdf = form_bytes(kit, "en", 3, iterations=1)
    pages = [halves(pdf, page) for page in range(3)]

    assert [re.findall(r"Form number: (\d+)", form) for form, _ in pages] == [["1"], ["2"], ["3"]]
    assert len({code_on(slip).secret for _, slip in pages}) == 3
    for _, slip in pages:
        small = sorted(re.findall(r"\b\d\b", slip))
        assert small == sorted([*"123456789", *"1234567"])
    assert b"CreationDate (D:2000" in pdf
    assert b"/Producer" not in pdf.replace(b"/Producer ()", b"")


def test_what_a_field_partner_keeps_reads_nothing(office: Office, kit: Kit, tmp_path: Path) -> None:
    """The role has no endpoint: a batch holds what the site has too, a form no code."""
    pdf = form_bytes(kit, "ar", 1)
    half = read_form(str(scan(pdf, tmp_path / "scan.png")))
    types_in(office, half, "نص")
    name, auth = half.thread.name("citizen", 0), half.thread.auth("citizen", 0)

    assert asks(office, name, auth) == "received"
    # A batch has the name and the hash of its password.
    assert asks(office, name, sha256(auth)) == asks(office, sha256(b"nobody"), auth) == "unknown"
    assert office.app.test_client().get("/api/v1/desk/cases").status_code == 401
    code = code_on(halves(pdf)[1])
    root = derive_root(code, kit.roots.hash)
    letters = half.encode().encode()
    secrets = (code.secret, root, CitizenKeys(root).reply_identity.seed)
    assert not any(b32encode(each).rstrip(b"=")[:12] in letters for each in secrets)


def asks(office: Office, name: bytes, auth: bytes) -> str:
    """The status that the mailbox tells to who brings these."""
    pair = {"name": encode_base64(name), "auth": encode_base64(auth)}
    answer = office.app.test_client().post(
        "/api/v1/mailbox", json={"case": pair, "names": [pair] * 16}
    )
    return str(answer.get_json()["status"]).strip()


def test_a_form_of_another_site_and_a_torn_square_are_refused(
    office: Office, kit: Kit, tmp_path: Path
) -> None:
    half = read_form(str(scan(form_bytes(kit, "ar", 1), tmp_path / "scan.png")))
    with pytest.raises(ForeignFormError):
        types_in(office, replace(half, instance=bytes(8)), "نص")
    (tmp_path / "letters").write_text(half.encode()[:-4])
    with pytest.raises(MalformedCounterfoilError):
        read_form(str(tmp_path / "letters"))
    (tmp_path / "letters").write_text(f" {half.encode()}\r\n")
    assert read_form(str(tmp_path / "letters")) == half


def test_the_file_of_forms_is_for_its_owner_alone(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "forms.pdf"
    out.write_text("an older file that anybody reads")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.cli.field_sources.today", lambda: office.today)
        folder = str(office.state.settings.data)
        asked = ["forms", "--data", folder, "--topic", TOPIC, "--count", "2", "--out", str(out)]
        done = CliRunner().invoke(field, asked)
        unknown = CliRunner().invoke(field, [*asked[:4], "nothing", *asked[5:]])

    assert done.exit_code == 0, done.output
    assert out.stat().st_mode & 0o777 == 0o600
    assert len(pypdfium2.PdfDocument(out)) == 2
    assert unknown.exit_code != 0
    assert TOPIC in unknown.output
