"""The facts of a campaign kit: who reads and what became of opinions by their signatures."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from app.campaign.facts import Facts, readers_of, results_of
from app.client.errors import SiteOddError, SiteRefusedError, UnknownTopicError
from app.client.log import SiteTiles
from app.client.patience import Pause, patiently
from app.client.record import read_record
from app.client.site import Asked, Intake, Site
from app.client.trust import Trusted
from app.domain.errors import MalformedTopicError
from crypto.errors import CryptoError
from crypto.record import Question, Record, open_record


@dataclass(frozen=True)
class Fetched:
    """`is_signed` tells whether two reviewers signed the very text of the topic."""

    facts: Facts
    is_signed: bool


def fetch_facts(
    site: Site, slug: str, intake: Intake, trusted: Trusted, *, pause: Pause = time.sleep
) -> Fetched:
    """Return what the kit of *slug* is drawn from.

    The addresses are the site's word. The topic is what two reviewers signed, if they did; the
    names of readers come from the signed keyring, figures from the log. Raise
    `UnknownTopicError`, `SiteOddError`, `SiteUnreachableError`.
    """
    try:
        untrusted = patiently(partial(site.fetch, f"/kit/{slug}/facts.json"), pause)
    except SiteRefusedError as refusal:
        if refusal.problem.status != HTTPStatus.NOT_FOUND:
            raise
        raise UnknownTopicError(", ".join(each.slug for each in intake.topics)) from None
    records = read_record(SiteTiles(site, pause), trusted, intake.log_policy)
    plans = patiently(site.agencies, pause)
    try:
        facts = Facts.parse(untrusted, readers_of(trusted.keyring), None)
    except MalformedTopicError as exc:
        raise SiteOddError("the facts of the topic cannot be read") from exc
    if facts.topic.slug != slug:
        raise SiteOddError("the site answers with another topic")
    signed = _signed(patiently(site.asked, pause), slug, records, trusted)
    if signed is not None and signed.content != facts.topic.encode():
        raise SiteOddError("the site shows another text than two reviewers signed")
    results = results_of(facts.topic, records, plans)
    return Fetched(facts.telling(results), signed is not None)


def _signed(
    asked: Iterable[Asked], slug: str, records: Iterable[Record], trusted: Trusted
) -> Question | None:
    """The newest version by its signatures: in the log, or on its way there."""
    versions = [each for each in records if isinstance(each, Question) and each.topic == slug]
    for each in asked:
        if each.slug != slug or each.note is None:
            continue
        try:
            devices = trusted.keyring.deciding_devices
            record, _ = open_record(each.note, devices, origin=trusted.origin)
        except CryptoError:
            # Signed with keys of other weeks: then the log has it.
            continue
        if isinstance(record, Question) and record.topic == slug:
            versions.append(record)
    return max(versions, key=lambda question: question.version, default=None)
