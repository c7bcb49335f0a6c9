"""`keyring.json`: roots and keyrings."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from crypto.keyring import (
    Keyring,
    Organisation,
    Roots,
    next_keyring,
    open_keyring,
    sign_keyring,
)
from crypto.note import SigningKey, sign
from crypto.vectors.cast import (
    ORIGIN,
    TODAY,
    Json,
    device,
    error_of,
    first_week,
    reviewer_identity,
    root_keys,
    the_roots,
)


def build() -> Json:
    keyring, roots, keys = first_week(), the_roots(), root_keys()
    amal, nur = keyring.orgs
    second = next_keyring(keyring, "2026-W49", [amal])
    newcomer = replace(nur, probation=date(2027, 2, 15))
    third = next_keyring(second, "2026-W50", [amal, newcomer])
    fourth = next_keyring(third, "2026-W51", [_trained(amal), nur])
    return {
        "origin": ORIGIN,
        "roots": roots.encode(),
        "roots_hash": roots.hash.hex(),
        "refused_roots": [
            {"case": case, "text": text, "error": error_of(Roots.parse, text)}
            for case, text in _refused_the_roots(roots)
        ],
        "accepted": [
            _accepted_keyring("first day", keyring, keyring.not_before, 0, keys[:2]),
            _accepted_keyring("last day", keyring, date(2026, 12, 6), 1, keys[1:]),
            _accepted_keyring("signed by all", second, date(2026, 12, 1), 2, keys),
            _accepted_keyring("one on probation", third, date(2026, 12, 8), 3, keys[:2]),
            _accepted_keyring("some are trained", fourth, date(2026, 12, 15), 4, keys[:2]),
        ],
        "refused": [_refused_keyring(*case) for case in _refused_keyrings(keyring, keys)],
        "reviewers": [
            {
                "id": reviewer.id,
                "identity": reviewer_identity(reviewer.id).encode(),
                "device": device(reviewer.id).encode(),
            }
            for reviewer in keyring.reviewers
        ],
        "root_keys": [key.encode() for key in keys],
    }


def _trained(org: Organisation) -> Organisation:
    first, *others = org.reviewers
    return replace(org, reviewers=(replace(first, trained_until=date(2027, 11, 25)), *others))


def _refused_the_roots(roots: Roots) -> Iterator[tuple[str, str]]:
    text = roots.encode()
    heading, quorum, one, two, three, _ = text.split("\n")
    yield "empty", ""
    yield "another heading", text.replace("roots/v1", "roots/v2")
    yield "not sorted", "\n".join([heading, quorum, two, one, three, ""])
    yield "one key twice", "\n".join([heading, quorum, one, one, three, ""])
    yield "quorum of nobody", text.replace("quorum 2", "quorum 0")
    yield "quorum of more than all", text.replace("quorum 2", "quorum 4")
    yield "quorum with a zero before it", text.replace("quorum 2", "quorum 02")
    yield "no keys", f"{heading}\n{quorum}\n"
    yield "no line end", text[:-1]
    yield "a line more", text + "\n"
    yield "a key malformed", text.replace(three, three[:-4])


def _accepted_keyring(
    case: str, keyring: Keyring, today: date, at_least: int, keys: Sequence[SigningKey]
) -> Json:
    note = sign_keyring(keyring, *keys)
    open_keyring(note, the_roots(), origin=ORIGIN, today=today, at_least_serial=at_least)
    return {
        "case": case,
        "note": note,
        "text": keyring.encode(),
        "digest": keyring.digest.hex(),
        "today": today.isoformat(),
        "at_least_serial": at_least,
        "serial": keyring.serial,
        "week": keyring.week,
        "not_before": keyring.not_before.isoformat(),
        "not_after": keyring.not_after.isoformat(),
        "reviewers": [reviewer.id for reviewer in keyring.reviewers],
        "probation": {org.slug: str(org.probation) for org in keyring.orgs if org.probation},
    }


def _refused_keyring(
    case: str, note: str, today: date = TODAY, at_least: int = 0, origin: str = ORIGIN
) -> Json:
    return {
        "case": case,
        "note": note,
        "origin": origin,
        "today": today.isoformat(),
        "at_least_serial": at_least,
        "error": error_of(
            open_keyring, note, the_roots(), origin=origin, today=today, at_least_serial=at_least
        ),
    }


def _refused_keyrings(
    keyring: Keyring, keys: Sequence[SigningKey]
) -> Iterator[tuple[str, str] | tuple[str, str, date] | tuple[str, str, date, int, str]]:
    note, text = sign_keyring(keyring, *keys[:2]), keyring.encode()
    yield "the day before", note, keyring.not_before - timedelta(days=1)
    yield "the day after", note, keyring.not_after
    yield "a later one was seen", note, TODAY, 2, ORIGIN
    yield "of another instance", note, TODAY, 0, "other.example"
    yield "one root only", sign_keyring(keyring, keys[0])
    yield "one root twice", sign(text, keys[0], keys[0])
    yield "strangers", sign(text, device("huda"), device("sami"))
    for case, old, new in _changed_lines(keyring):
        yield case, sign(text.replace(old, new, 1), *keys[:2])


def _changed_lines(keyring: Keyring) -> Iterator[tuple[str, str, str]]:
    huda, sami, _ = keyring.reviewers
    yield "another heading", "keyring/v1", "keyring/v2"
    yield "serial zero", "serial 1", "serial 0"
    yield "serial with a plus", "serial 1", "serial +1"
    yield "a first keyring with a forerunner", "serial 1", "serial 2"
    yield "previous too short", "previous AAAA", "previous "
    yield "no such week", "week 2026-W48", "week 2026-W54"
    yield "week with another spelling", "week 2026-W48", "week 2026W48"
    yield "not a Monday", "not-before 2026-11-23", "not-before 2026-11-24"
    yield "valid for too long", "not-after 2026-12-07", "not-after 2027-12-07"
    yield "date with another spelling", "not-after 2026-12-07", "not-after 20261207"
    yield "slugs not ascending", "org amal", "org zeta"
    yield "slug with a capital", "org amal", "org Amal"
    yield "no Arabic name", "name-ar جمعية أمل", "name-ar "
    yield "name with a blank after it", "Amal Society", "Amal Society "
    yield "ids not ascending", "reviewer huda", "reviewer zaid"
    yield "one id twice", "reviewer lina", "reviewer sami"
    yield "one recipient twice", sami.recipient.encode(), huda.recipient.encode()
    yield "recipient malformed", huda.recipient.encode(), huda.recipient.encode()[:-1]
    yield "device of another", huda.device.encode(), sami.device.encode()
    yield "device missing", f"device {huda.device.encode()}\n", ""
    yield "a field nobody knows", "org amal\n", "org amal\nurl x\n"
    known = f"device {huda.device.encode()}\n"
    yield "training that is over", known, f"{known}trained-until 2026-11-23\n"
    yield "training that ends on no day", known, f"{known}trained-until 2027-02-30\n"
    yield "training twice", known, known + 2 * "trained-until 2027-11-25\n"
    name = "name-en Nur Centre\n"
    yield "probation that ends within a week", name, f"{name}probation 2027-02-16\n"
    yield "probation that is over", name, f"{name}probation 2026-11-23\n"
    yield "probation that ends on no day", name, f"{name}probation 2027-02-30\n"
    yield (
        "probation before the names",
        "name-ar مركز نور\n",
        "probation 2027-02-15\nname-ar مركز نور\n",
    )
