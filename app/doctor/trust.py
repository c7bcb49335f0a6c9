"""What people must be able to believe: keyring, log, client, onion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from app.doctor.checks import Check, Sighting
from app.doctor.observation import Observation
from app.doctor.routes import CHECKPOINT, CLIENT, INTAKE
from crypto.encoding import sha256
from crypto.tlog.times import DAY

_ONION: Final = re.compile(r"http://[a-z2-7]{56}\.onion")
_CLOCKS_DIFFER_SECONDS: Final = 300


def _unsigned_keyring(observation: Observation) -> Iterator[Sighting]:
    keyring = observation.keyring
    if keyring.trouble and not keyring.is_expired:
        yield Sighting(INTAKE, keyring.trouble)


def _old_keyring(observation: Observation) -> Iterator[Sighting]:
    if observation.keyring.is_expired:
        yield Sighting(INTAKE, observation.keyring.trouble)


def _no_log(observation: Observation) -> Iterator[Sighting]:
    if not observation.log.is_there:
        yield Sighting(CHECKPOINT, "there is no checkpoint")


def _unbelievable_log(observation: Observation) -> Iterator[Sighting]:
    if observation.log.trouble:
        yield Sighting(CHECKPOINT, observation.log.trouble)


def _stale_log(observation: Observation) -> Iterator[Sighting]:
    log = observation.log
    if log.age > log.stale:
        yield Sighting(
            CHECKPOINT, f"{log.age // DAY} days old; the rules allow {log.stale / DAY:g}"
        )


def _log_of_the_future(observation: Observation) -> Iterator[Sighting]:
    if observation.log.age < -_CLOCKS_DIFFER_SECONDS:
        yield Sighting(CHECKPOINT, f"signed {-observation.log.age} s from now")


def _other_client(observation: Observation) -> Iterator[Sighting]:
    log, listing = observation.log, observation.get(CLIENT)
    if not log.is_there or log.trouble or listing is None:
        return
    if log.manifest is None:
        yield Sighting(CLIENT, "the log has no hash of what browsers are handed")
    elif log.manifest != sha256(listing.body):
        yield Sighting(CLIENT, "not the list whose hash the log has")


def _onion_names(observation: Observation) -> Iterator[Sighting]:
    """Pages on the open web: either all of them name the same onion, and rightly, or none."""
    if observation.is_onion:
        return
    asked = [each for each in observation.pages if each.request.is_fair]
    pages = [each for each in asked if each.request.method == "GET"]
    onions = {found[0] for each in pages if (found := _ONION.match(each.header("onion-location")))}
    for each in pages:
        location = each.header("onion-location")
        if location and not _ONION.match(location):
            yield Sighting(str(each.request), f"Onion-Location: {location}")
        elif onions and location != f"{min(onions)}{_asked(each.request.path)}":
            yield Sighting(str(each.request), f"Onion-Location: {location or 'missing'}")


def _asked(path: str) -> str:
    return quote(path, safe="/?%=&")


def _onion_is_away(observation: Observation) -> Iterator[Sighting]:
    if observation.twin and observation.twin.trouble:
        yield Sighting(observation.twin.url, observation.twin.trouble)


CHECKS: Final[tuple[Check[Observation], ...]] = (
    Check(
        "keyring-unsigned",
        "high",
        "The keyring is not one that two key officers signed. Publish the right one: `wasl"
        " keyring publish`; find out who changed it.",
        "مفاتيح هذا الأسبوع لم يوقعها مسؤولو المفاتيح. يجب نشر المفاتيح الصحيحة.",
        _unsigned_keyring,
    ),
    Check(
        "keyring-expired",
        "high",
        "Nobody can send. Have the key officers sign (`wasl root sign`), then `wasl keyring"
        " publish`.",
        "انتهت مدة المفاتيح ولا يستطيع أحد الإرسال. يجب توقيع مفاتيح جديدة ونشرها.",
        _old_keyring,
    ),
    Check(
        "log-missing",
        "medium",
        "The log has published nothing. Publish its rules and run `wasl sequence`.",
        "لم ينشر السجل العام شيئا بعد. يجب تشغيل wasl sequence.",
        _no_log,
    ),
    Check(
        "log-unverified",
        "high",
        "The published log cannot be believed. Ask an auditor, and `wasl sequence` for its reason.",
        "لا يمكن تصديق السجل المنشور. يجب سؤال مدقق.",
        _unbelievable_log,
    ),
    Check(
        "log-stale",
        "high",
        "Is `wasl sequence` running, and do the witnesses answer? Promises break if it stays so.",
        "السجل العام متأخر. يجب التأكد أن wasl sequence يعمل وأن الشهود يجيبون.",
        _stale_log,
    ),
    Check(
        "log-ahead",
        "medium",
        "The log is ahead of this clock: set the clocks of the server and of this machine.",
        "السجل يسبق ساعة هذا الجهاز. يجب ضبط الساعات.",
        _log_of_the_future,
    ),
    Check(
        "client-unlogged",
        "high",
        "Browsers are handed something that the log does not name. After an upgrade run `wasl"
        " sequence --now`; otherwise find out who changed it.",
        "ما يستلمه المتصفح ليس المسجل في السجل العام. بعد الترقية يجب تشغيل wasl sequence --now.",
        _other_client,
    ),
    Check(
        "onion-location",
        "low",
        "Every page on the open web names its own onion twin: set `onion_url`, and let the"
        " proxy pass Onion-Location on.",
        "كل صفحة على الشبكة العامة يجب أن تذكر عنوانها على شبكة تور.",
        _onion_names,
    ),
    Check(
        "onion-unreachable",
        "high",
        "The onion that pages name does not answer as this site. See `wasl tor status`.",
        "عنوان onion المذكور لا يجيب. يجب فحصه بالأمر wasl tor status.",
        _onion_is_away,
    ),
)
