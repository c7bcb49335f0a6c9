"""What can go wrong between a program and a site, named for what the caller can do.

* `SiteUnreachableError`: try again later, nothing is decided.
* `SiteRefusedError`: correct what was sent; `problem` says what, in both languages.
* `SiteOddError`: the site broke the contract or its own proofs. Stop, and raise an alarm.
* `StillCarriedError`: it is with a courier; go on with the rest.
* `StickError` and its kinds: have the courier come again, or ask who changed the stick.
* `UnsafeAddressError`, `UnknownTopicError`, `AttachmentError`: correct the request.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

PROBLEM_PREFIX: Final = "urn:wasl:problem:"


@dataclass(frozen=True)
class Problem:
    """RFC 9457 problem document, in English and Arabic; `code` is `urn:wasl:problem:<code>`."""

    code: str
    status: int
    title: str
    detail: str
    title_ar: str
    detail_ar: str

    def encode(self) -> bytes:
        """The document again, for somebody who was not there."""
        document = {**vars(self), "type": PROBLEM_PREFIX + self.code}
        del document["code"]
        return json.dumps(document, ensure_ascii=False).encode("utf-8")


class ClientError(Exception):
    """Anything that keeps a client from finishing its work."""


class SiteUnreachableError(ClientError):
    """No complete answer came back, or one that asks for patience (`problem` says which)."""

    def __init__(self, message: str, problem: Problem | None = None) -> None:
        super().__init__(message)
        self.problem = problem


class WorkWantedError(SiteUnreachableError):
    """Many send at once: the same request passes with work on `challenge`."""

    def __init__(self, problem: Problem, challenge: bytes, bits: int) -> None:
        super().__init__(problem.title, problem)
        self.challenge = challenge
        self.bits = bits


class SiteOddError(ClientError):
    """The answer is not one that an honest site gives."""


class StillCarriedError(ClientError):
    """The request lies on a stick; its answer comes with a later trip of the courier."""


class StickError(ClientError):
    """What a courier brought cannot be used."""


class NoPassError(StickError):
    """No desk of this week's keyring lets this courier in, or not any more."""


class ForeignStickError(StickError):
    """It is of another site, or of somebody whom the reader does not know."""


class AlteredStickError(StickError):
    """Something on it is not what its signature says."""


class OldStickError(StickError):
    """What is on it is older than what was brought before."""


class UnsafeAddressError(ClientError):
    """Using this address would show to others who visits which site."""


class UnknownTopicError(ClientError):
    """The site has no open topic of this name."""


class AttachmentError(ClientError):
    """A file cannot be sent as it is; `position` counts from 1.

    `code` is one of `app.client.words.ATTACHMENT_WORDS`, or of redaction's words for its errors.
    """

    def __init__(self, position: int, code: str) -> None:
        super().__init__(f"attachment {position}: {code}")
        self.position = position
        self.code = code


class SiteRefusedError(ClientError):
    """The site understood and said no."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.title} ({problem.code})")
        self.problem = problem
