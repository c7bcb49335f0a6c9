"""What a form's reader is told to put right, or to wait for."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from app.citizen.language import N_, gettext
from app.domain.errors import (
    AlreadySentError,
    LockedDownError,
    NoKeyringError,
    StaleKeyringError,
    StorageFullError,
    UnknownUploadError,
)
from crypto.errors import TooLargeError


@dataclass(frozen=True)
class FormProblem:
    """One thing to put right, and the id of the field it is about ("" for none)."""

    field: str
    sentence: str


_WHY_NOT: Final[Mapping[type[Exception], tuple[HTTPStatus, str]]] = {
    LockedDownError: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        N_("The site can only be read now. Nothing was sent. The text is still here."),
    ),
    NoKeyringError: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        N_("The site takes no messages now. Nothing was sent. The text is still here."),
    ),
    StaleKeyringError: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        N_("The locking keys changed at this moment. Nothing was sent. Please send again."),
    ),
    StorageFullError: (
        HTTPStatus.INSUFFICIENT_STORAGE,
        N_("The site has no room now. Nothing was sent. The text is still here."),
    ),
    UnknownUploadError: (
        HTTPStatus.CONFLICT,
        N_("The files waited too long and were deleted. Please add them again."),
    ),
    AlreadySentError: (
        HTTPStatus.CONFLICT,
        N_("This code has no room for more messages. Nothing was sent."),
    ),
    TooLargeError: (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        N_("The text is too long. Nothing was sent. Please make it shorter."),
    ),
}
NOT_NOW: Final[tuple[type[Exception], ...]] = tuple(_WHY_NOT)
"""The errors after which the same page comes back, with the text and a reason."""


def reason(error: Exception) -> tuple[HTTPStatus, FormProblem]:
    """Say why *error*, one of `NOT_NOW`, kept the form from being sent."""
    status, sentence = _WHY_NOT[type(error)]
    return status, FormProblem("", gettext(sentence))
