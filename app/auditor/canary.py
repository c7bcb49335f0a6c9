"""Test submissions of the auditor's own, that no operator can tell from anybody else's.

A drop is seen by its victim only, so auditors become victims of their own choosing: they hand
in ordinary-looking cases and check what becomes of them. If a share p of all submissions is
checked, m silent drops pass with probability (1-p)^m.
The codes are kept in the state folder, for its owner only; the texts are not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

from app.auditor.errors import CouldNotCheckError, SetupError
from app.auditor.files import write_whole
from app.auditor.receipts import Judge, Judged, Opening, ReceiptFile
from app.client.errors import ClientError, UnknownTopicError, UnsafeAddressError
from app.client.send import Sender
from app.client.site import Accepted, Intake, Site
from app.client.words import explain
from crypto.encoding import SYSTEM_RANDOM, Random, decode_base64
from crypto.errors import CryptoError, TooLargeError

FORMAT: Final = "wasl/canaries/v1"
TEXTS: Final = Path(__file__).parent / "canary_texts.json"


@dataclass(frozen=True)
class Canary:
    """`number` counts from 1, `digits` is the code with which it can be followed."""

    number: int
    sent_on: date
    topic: str
    digits: str
    receipt: ReceiptFile


class WatchedSite(Site):
    """A site whose last intake and submission are remembered: they are the evidence."""

    seen: Intake | None = None
    handed_in: Mapping[str, object] | None = None

    def intake(self) -> Intake:
        self.seen = super().intake()
        return self.seen

    def submit(self, request: Mapping[str, object], envelope: bytes) -> Accepted:
        self.handed_in = request
        return super().submit(request, envelope)


def first_topic(site: Site, today: date) -> str:
    """The first topic that takes opinions. Raise `SetupError` if there is none."""
    for topic in site.intake().topics:
        if topic.closes is None or today <= topic.closes:
            return topic.slug
    raise SetupError("the site has no open topic")


@contextmanager
def client_errors() -> Iterator[None]:
    """What a client cannot do is nothing that the log did."""
    try:
        yield
    except (UnsafeAddressError, UnknownTopicError, TooLargeError) as exc:
        raise SetupError(_in_english(exc)) from exc
    except (ClientError, CryptoError) as exc:
        raise CouldNotCheckError(_in_english(exc)) from exc


def _in_english(error: Exception) -> str:
    words = explain(error)
    return words.en if words else str(error)


def ordinary_text(random: Random = SYSTEM_RANDOM) -> str:
    """One of some texts as citizens write them. Texts of one's own are harder to recognise."""
    texts: list[str] = json.loads(TEXTS.read_text("utf-8"))
    return texts[int.from_bytes(random(8), "big") % len(texts)]


def submit(file: Path, site: WatchedSite, topic: str, text: str, today: date, roots: str) -> Canary:
    """Hand *text* in under *topic* as anybody would, and keep what the site promised.

    Raise what `Sender.send` raises, `SetupError`.
    """
    canaries = load(file)
    sent = Sender(site, today, roots=roots).send(topic, text)
    request, seen = site.handed_in or {}, site.seen
    field = partial(_field, request)
    receipt = ReceiptFile(
        commitment=sent.commitment,
        promise=sent.promise,
        opening=Opening(field("log_salt"), field("content_commit"), field("roll_seed")),
        keyring=seen.keyring_note if seen else None,
    )
    digits = " ".join(sent.code.digits)
    canary = Canary(len(canaries) + 1, today, topic, digits, receipt)
    save(file, [*canaries, canary])
    return canary


def check(file: Path, judge: Judge) -> list[tuple[Canary, Judged]]:
    """What the log says about each."""
    return [(canary, judge.receipt(canary.receipt)) for canary in load(file)]


def load(file: Path) -> list[Canary]:
    """Raise `SetupError`."""
    try:
        document = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return []
    except ValueError as exc:
        raise SetupError("canaries.json is damaged") from exc
    try:
        if document["format"] != FORMAT:
            raise SetupError("canaries.json is of another version")
        return [_canary(number, each) for number, each in enumerate(document["canaries"], 1)]
    except (KeyError, TypeError, ValueError) as exc:
        raise SetupError("canaries.json is damaged") from exc


def _canary(number: int, document: dict[str, Any]) -> Canary:
    return Canary(
        number=number,
        sent_on=date.fromisoformat(document["sent_on"]),
        topic=document["topic"],
        digits=document["digits"],
        receipt=ReceiptFile.parse(json.dumps(document["receipt"])),
    )


def save(file: Path, canaries: Sequence[Canary]) -> None:
    """For the owner's eyes only, because a code opens its case."""
    document = {
        "format": FORMAT,
        "canaries": [
            {
                "sent_on": canary.sent_on.isoformat(),
                "topic": canary.topic,
                "digits": canary.digits,
                "receipt": json.loads(canary.receipt.encode()),
            }
            for canary in canaries
        ],
    }
    write_whole(file, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode(), 0o600)


def _field(request: Mapping[str, object], name: str) -> bytes:
    value = request.get(name)
    if not isinstance(value, str):
        raise CouldNotCheckError("nothing was handed in")
    return decode_base64(value, 32)
