"""What can go wrong between a program and a site, named for what the caller can do.

* `SiteUnreachableError`: try again later, nothing is decided.
* `SiteRefusedError`: correct what was sent; `problem` says what, in both languages.
* `SiteOddError`: the site broke the contract or its own proofs. Stop, and raise an alarm.
* `UnsafeAddressError`, `UnknownTopicError`, `AttachmentError`: correct the request.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """RFC 9457 problem document, in English and Arabic; `code` is `urn:wasl:problem:<code>`."""

    code: str
    status: int
    title: str
    detail: str
    title_ar: str
    detail_ar: str


class ClientError(Exception):
    """Anything that keeps a client from finishing its work."""


class SiteUnreachableError(ClientError):
    """No complete answer came back, or one that asks for patience (`problem` says which)."""

    def __init__(self, message: str, problem: Problem | None = None) -> None:
        super().__init__(message)
        self.problem = problem


class SiteOddError(ClientError):
    """The answer is not one that an honest site gives."""


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
