"""The page that people without JavaScript see while many do: it holds their form until their turn.

Nothing of the form is kept here: it goes back into the page, whole, with a place in the queue. The
page does not refresh itself, because a browser that asks again forgets what a form had brought; a
line that the stylesheet shows in time says when the button may be pressed.
"""

from http import HTTPStatus
from typing import Final

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue

from app.citizen.derivation import PLACE
from app.citizen.forms import form_of_this_request
from app.domain.errors import NotYetError

WAITS: Final = (10, 20, 30, 45, 60, 90, 120, 180, 300, 600)
"""Seconds that the page and its stylesheet can say; the next longer one is said."""


def register(app: Flask) -> None:
    """Answer `NotYetError`, which only forms of citizens raise, with the page."""
    app.register_error_handler(NotYetError, _page)


def _page(error: NotYetError) -> ResponseReturnValue:
    seconds = next((each for each in WAITS if each >= error.seconds), WAITS[-1])
    pairs = [(name, value) for name, value in form_of_this_request().pairs if name != PLACE]
    page = render_template(
        "citizen/wait.html",
        action=request.path,
        fields=[*pairs, (PLACE, error.place)],
        seconds=seconds,
        has_turn=error.has_turn,
    )
    return page, HTTPStatus.SERVICE_UNAVAILABLE
