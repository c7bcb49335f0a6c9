"""What a reviewer's desk hands to the key officers: public keys for the coming weeks.

JSON, written by `wasl desk enrol`; carried on a stick or shown as a file:

    {"format": "wasl/enrolment/v1",
     "org": {"slug": "…", "name_ar": "…", "name_en": "…"},
     "reviewer": "<reviewer id>", "device": "<vkey>",
     "recipients": {"2026-W48": "age1pq1…", …}}
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from app.domain.errors import CorrectError
from app.domain.weeks import monday_of
from crypto.age import Recipient
from crypto.errors import MalformedError
from crypto.note import VerifierKey

FORMAT: Final = "wasl/enrolment/v1"
_KEYS: Final = {"format", "org", "reviewer", "device", "recipients"}
_ORG_KEYS: Final = {"slug", "name_ar", "name_en"}


class MalformedEnrolmentError(CorrectError):
    """The message says what is wrong with the file."""


@dataclass(frozen=True)
class Enrolment:
    """One reviewer of one organisation; `recipients` maps ISO weeks to that week's key."""

    org: str
    name_ar: str
    name_en: str
    reviewer: str
    device: VerifierKey
    recipients: Mapping[str, Recipient]

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedEnrolmentError`."""
        try:
            table = json.loads(untrusted)
            _require_keys(table, _KEYS)
            _require_keys(table["org"], _ORG_KEYS)
            if table["format"] != FORMAT:
                raise MalformedEnrolmentError("of another format")
            return cls(
                org=_text(table["org"]["slug"]),
                name_ar=_text(table["org"]["name_ar"]),
                name_en=_text(table["org"]["name_en"]),
                reviewer=_text(table["reviewer"]),
                device=VerifierKey.parse(_text(table["device"])),
                recipients=dict(map(_recipient, table["recipients"].items())),
            )
        except (ValueError, AttributeError, MalformedError, RecursionError) as exc:
            raise MalformedEnrolmentError("not an enrolment by `wasl desk enrol`") from exc


def _require_keys(table: Any, keys: set[str]) -> None:
    if not isinstance(table, dict) or table.keys() != keys:
        raise MalformedEnrolmentError(f"must have the keys {', '.join(sorted(keys))}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise MalformedEnrolmentError("a text is something else")
    return value


def _recipient(item: tuple[str, object]) -> tuple[str, Recipient]:
    week, recipient = item
    monday_of(week)
    return week, Recipient.parse(_text(recipient))
