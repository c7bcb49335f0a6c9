"""`membership.json`: applications, vouches for them, and the registers that follow."""

from collections.abc import Iterator
from datetime import date
from functools import partial

from crypto.encoding import encode_base64
from crypto.keyring import Keyring, Organisation, device_name, first_keyring
from crypto.membership import (
    Application,
    Register,
    Revocation,
    first_register,
    open_application,
    open_register,
    require_vouches,
    sign_register,
)
from crypto.note import SigningKey, sign
from crypto.vectors.cast import (
    ORIGIN,
    TODAY,
    Json,
    device,
    error_of,
    fixed,
    reviewer,
    root_keys,
    the_roots,
)

REVOCATION = Revocation(date(2026, 12, 7), "نشرت ما وصل إليها", "It published what reached it")


def build() -> Json:
    founders, keyring, keys = _founders(), _keyring(), root_keys()
    application, note = _application(), _vouched("huda", "lina")
    admitted = founders.admitting(note, keyring, today=TODAY, weeks=12)
    revoked = admitted.revoking("nur", REVOCATION)
    return {
        "origin": ORIGIN,
        "roots": the_roots().encode(),
        "today": TODAY.isoformat(),
        "weeks": 12,
        "keyring": keyring.encode(),
        "application": application.encode(),
        "application_digest": encode_base64(application.digest),
        "vouches": [
            {"case": case, "note": note, "vouched": sorted(_vouching(note, founders, keyring))}
            for case, note in _counted()
        ],
        "refused_vouches": [
            {"case": case, "note": note, "error": error_of(_require_vouched, note)}
            for case, note in _not_counted(application)
        ],
        "registers": [
            {
                "case": case,
                "note": sign_register(register, *keys[:2]),
                "text": register.encode(),
                "digest": encode_base64(register.digest),
                "members": [member.slug for member in register.members],
            }
            for case, register in (
                ("founders", founders),
                ("one on probation", admitted),
                ("one removed", revoked),
            )
        ],
        "refused_registers": [
            {"case": case, "note": note, "error": error_of(_open, note)}
            for case, note in _refused_registers(revoked, keys)
        ],
    }


def _keyring() -> Keyring:
    """Three organisations, the last of them on probation."""
    return first_keyring(
        ORIGIN,
        TODAY,
        [
            Organisation("amal", "جمعية أمل", "Amal Society", (reviewer("huda"), reviewer("sami"))),
            Organisation("nur", "مركز نور", "Nur Centre", (reviewer("lina"),)),
            Organisation("rand", "رند", "Rand", (reviewer("zaid"),), date(2027, 2, 15)),
        ],
    )


def _founders() -> Register:
    names = {org.slug: (org.name_ar, org.name_en) for org in _keyring().orgs}
    return first_register(ORIGIN, TODAY, names)


def _application(org: str = "yaman", *reviewers: str) -> Application:
    devices = sorted(
        (device(each).verifier for each in reviewers or ("adam", "maha")),
        key=lambda key: key.encode(),
    )
    return Application(ORIGIN, org, "جمعية يمن", "Yaman Society", TODAY, tuple(devices))


def _vouched(*reviewers: str) -> str:
    return sign(_application().encode(), device("maha"), *map(device, reviewers))


def _vouching(note: str, register: Register, keyring: Keyring) -> frozenset[str]:
    return open_application(note, register.may_vouch(keyring), origin=ORIGIN)[1]


def _require_vouched(note: str) -> None:
    require_vouches(_vouching(note, _founders(), _keyring()))


def _counted() -> Iterator[tuple[str, str]]:
    yield "two organisations", _vouched("huda", "lina")
    yield "three people of two", _vouched("huda", "sami", "lina")
    yield "one more, who does not count", _vouched("huda", "lina", "zaid")


def _not_counted(application: Application) -> Iterator[tuple[str, str]]:
    note, text = _vouched("huda", "lina"), application.encode()
    yield "nobody", _vouched()
    yield "one organisation", _vouched("huda")
    yield "two people of one organisation", _vouched("huda", "sami")
    yield "one of them on probation", _vouched("huda", "zaid")
    yield "a stranger", _vouched("huda", "omar")
    yield "one by oneself", _vouched("huda", "adam")
    own = _application("yaman", "maha", "lina")
    yield "one by oneself elsewhere", sign(own.encode(), *map(device, ("maha", "huda", "lina")))
    alias = SigningKey(device_name(ORIGIN, "alias"), device("lina").seed)
    named = tuple(sorted((alias.verifier, device("maha").verifier), key=lambda key: key.encode()))
    other = Application(ORIGIN, "yaman", "جمعية يمن", "Yaman Society", TODAY, named)
    yield "one by oneself under a name", sign(other.encode(), device("maha"), *_lina_and_huda())
    yield "one of the same organisation", _signed(_application("amal").encode())
    yield "not signed by who applies", sign(text, device("huda"), device("lina"))
    yield "another name", note.replace("Yaman Society", "Yaman Society 2")
    yield "another key", note.replace(device("adam").verifier.encode(), _spare())
    signatures = note.rpartition("\n\n")[2]
    yield "vouches of another application", _application("zain").encode() + "\n" + signatures
    yield "another heading", _signed(text.replace("application/v1", "application/v2"))
    yield "devices not ascending", _signed(_swapped(text))
    yield "no device", _signed("".join(f"{line}\n" for line in text.split("\n")[:6]))
    yield "a field nobody knows", _signed(f"{text}phone 1\n")
    yield "date with another spelling", _signed(text.replace("2026-11-25", "20261125"))


def _lina_and_huda() -> tuple[SigningKey, SigningKey]:
    return device("lina"), device("huda")


def _spare() -> str:
    return SigningKey.generate(device_name(ORIGIN, "adam"), fixed("spare")).verifier.encode()


def _signed(text: str) -> str:
    return sign(text, *map(device, ("maha", "huda", "lina")))


def _swapped(text: str) -> str:
    *head, one, other, end = text.split("\n")
    return "\n".join([*head, other, one, end])


_open = partial(open_register, roots=the_roots(), origin=ORIGIN)


def _refused_registers(register: Register, keys: list[SigningKey]) -> Iterator[tuple[str, str]]:
    text = register.encode()
    yield "one root only", sign(text, keys[0])
    yield "one root twice", sign(text, keys[0], keys[0])
    yield "strangers", sign(text, device("huda"), device("sami"))
    for case, old, new in _changed_lines():
        yield case, sign(text.replace(old, new, 1), *keys[:2])


def _changed_lines() -> Iterator[tuple[str, str, str]]:
    yield "another heading", "register/v1", "register/v2"
    yield "of another instance", f"origin {ORIGIN}", "origin other.example"
    yield "serial zero", "serial 3", "serial 0"
    yield "a first one with a forerunner", "serial 3", "serial 1"
    yield "slugs not ascending", "org amal", "org zeta"
    yield "vouched for by one", "vouched nur\n", ""
    yield "vouched for by one twice", "vouched nur\n", "vouched amal\n"
    yield "vouches not ascending", "vouched amal\nvouched nur\n", "vouched nur\nvouched amal\n"
    yield "vouched for by no member", "vouched nur", "vouched zain"
    yield "vouched for by itself", "vouched nur", "vouched yaman"
    yield "no probation", "probation 2027-02-22\n", ""
    yield "probation that ends within a week", "probation 2027-02-22", "probation 2027-02-23"
    yield "probation before the admission", "probation 2027-02-22", "probation 2026-11-23"
    yield "removed within a week", "revoked 2026-12-07", "revoked 2026-12-08"
    yield "removed without a reason", "reason-en It published what reached it\n", ""
    yield "a reason of two lines", "It published", "It\npublished"
    yield "a field nobody knows", "org amal\n", "org amal\nurl x\n"
