"""The pages that are only read."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus

from flask import Response, redirect, render_template
from flask.typing import ResponseReturnValue

from app.citizen.fingerprints import fingerprint
from app.citizen.language import ENGLISH, current
from app.citizen.site import bp, current_keyring, download
from app.domain.errors import NoKeyringError
from app.services import members
from app.web.state import site
from crypto.keyring import Keyring, Organisation, Roots
from crypto.membership import Member, Register


@bp.get("/")
def home() -> str:
    return render_template("citizen/home.html")


@bp.get("/safety")
def safety() -> str:
    return render_template("citizen/safety.html")


@bp.get("/how")
def how() -> str:
    return render_template("citizen/how.html")


@bp.get("/script")
def script() -> str:
    return render_template("citizen/script.html")


@bp.get("/offline.html")
def offline() -> Response:
    """How it works and the safety advice as one file, which loads nothing: its own policy, that
    names its only style, keeps it from asking for anything."""
    settings, style = site().settings, site().assets("base.css").body
    digest = b64encode(sha256(style).digest()).decode()
    page = render_template(
        "citizen/offline.html",
        style=style.decode(),
        policy=f"default-src 'none'; style-src 'sha256-{digest}'",
        onion_url=settings.onion_url,
    )
    return download(page, "offline.html")


@bp.get("/privacy")
def privacy() -> str:
    settings = site().settings
    return render_template(
        "citizen/privacy.html",
        retention_weeks=settings.cases.retention_weeks,
        data_protection_contact=settings.data_protection_contact,
    )


@bp.get("/accessibility")
def accessibility() -> str:
    return render_template("citizen/accessibility.html")


@bp.get("/receipt/done")
def receipt_done() -> str:
    return render_template("citizen/receipt_done.html")


@bp.get("/exit")
def leave() -> ResponseReturnValue:
    """Go elsewhere at once, and have the browser drop what it kept of this site."""
    response = redirect(site().settings.exit_url, HTTPStatus.SEE_OTHER, Response)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


@dataclass(frozen=True)
class ReviewerView:
    """A reader and the fingerprints of her two keys, in groups of four letters."""

    id: str
    recipient: str
    device: str


@dataclass(frozen=True)
class MemberView:
    """How an organisation came in, and when and why it left. `vouched` is empty for founders."""

    name: str
    admitted: str
    vouched: Sequence[str]
    removed: str | None
    reason: str | None


@dataclass(frozen=True)
class OrganisationView:
    name: str
    probation: str | None
    member: MemberView | None
    reviewers: Sequence[ReviewerView]


@dataclass(frozen=True)
class KeyringView:
    serial: int
    first_day: str
    last_day: str
    quorum: int
    roots: str
    organisations: Sequence[OrganisationView]
    removed: Sequence[MemberView]
    has_register: bool


@bp.get("/who")
def who() -> str:
    """Show today's keyring and the register, verified once more before they are shown."""
    state = site()
    try:
        keyring = current_keyring(state)
    except NoKeyringError:
        return render_template("citizen/who.html", keyring=None)
    with state.reading() as connection:
        register = members.current(connection, state.roots, state.settings.origin)
    view = _keyring_view(keyring, state.roots, register)
    return render_template("citizen/who.html", keyring=view)


def _keyring_view(keyring: Keyring, roots: Roots, register: Register | None) -> KeyringView:
    last_day = keyring.not_after - timedelta(days=1)
    return KeyringView(
        serial=keyring.serial,
        first_day=current().full_date(keyring.not_before),
        last_day=current().full_date(last_day),
        quorum=roots.quorum,
        roots=fingerprint(roots.encode()),
        organisations=[_organisation_view(each, register) for each in keyring.orgs],
        removed=[
            _member_view(member, register)
            for member in (register.members if register else ())
            if member.revocation and register
        ],
        has_register=register is not None,
    )


def organisation_name(organisation: Organisation | Member) -> str:
    return organisation.name_en if current() is ENGLISH else organisation.name_ar


def _member_view(member: Member, register: Register) -> MemberView:
    vouched = member.admission.vouched if member.admission else ()
    others = [other for slug in vouched if (other := register.find(slug))]
    removal = member.revocation
    reason = (removal.reason_en if current() is ENGLISH else removal.reason_ar) if removal else None
    return MemberView(
        name=organisation_name(member),
        admitted=current().full_date(member.admitted),
        vouched=[organisation_name(other) for other in others],
        removed=current().full_date(removal.on) if removal else None,
        reason=reason,
    )


def _organisation_view(organisation: Organisation, register: Register | None) -> OrganisationView:
    member = register.find(organisation.slug) if register else None
    probation = organisation.probation
    return OrganisationView(
        name=organisation_name(organisation),
        probation=current().full_date(probation) if probation else None,
        member=_member_view(member, register) if member and register else None,
        reviewers=[
            ReviewerView(
                id=reviewer.id,
                recipient=fingerprint(reviewer.recipient.encode()),
                device=fingerprint(reviewer.device.encode()),
            )
            for reviewer in organisation.reviewers
        ],
    )
