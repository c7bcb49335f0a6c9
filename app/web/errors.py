"""Every failure leaves through here: a problem document under /api/, a page elsewhere.

A bug is answered with 500 and logged as its type and the line that raised it, never with
its message, which may carry what a person wrote.
"""

import json
import logging
from collections.abc import Callable
from html import escape
from typing import Final

from flask import Flask, Response, current_app, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from app.domain.errors import StorageFullError
from app.store.engine import is_out_of_space
from app.web.problems import INTERNAL, Problem, problem_for

PROBLEM_TYPE: Final = "application/problem+json"
API_PREFIX: Final = "/api/"
_PAGE: Final = "wasl.error_page"
_ENOSPC: Final = {28, 122}  # no space left; quota exceeded

logger = logging.getLogger("wasl")

ErrorPage = Callable[[Problem], str]
"""Renders a problem as a page, in the language of the request."""


def register(app: Flask) -> None:
    """Answer every exception of *app*."""
    app.register_error_handler(Exception, _answer)


def use_page(app: Flask, page: ErrorPage) -> None:
    """Show errors outside /api/ with *page* instead of the plain one."""
    app.extensions[_PAGE] = page


def _answer(error: Exception) -> Response | HTTPException:
    if isinstance(error, RequestRedirect):
        return error
    problem = problem_for(_translated(error))
    if problem is None:
        log_bug(error)
        problem = INTERNAL
    is_api = request.path.startswith(API_PREFIX)
    response = _document(problem, error) if is_api else _page(problem)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def log_bug(error: BaseException) -> None:
    logger.error("%s", whereabouts(error))


def whereabouts(error: BaseException) -> str:
    """The type of *error* and the line that raised it; its message stays out."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "nowhere"
    return f"{type(error).__name__} at {where}"


def _translated(error: Exception) -> Exception:
    """A full disk says so in many ways; all of them mean `StorageFullError`."""
    is_full_database = isinstance(error, OperationalError) and is_out_of_space(error)
    if is_full_database or (isinstance(error, OSError) and error.errno in _ENOSPC):
        return StorageFullError()
    return error


def _document(problem: Problem, error: Exception) -> Response:
    body = json.dumps(problem.document(error), ensure_ascii=False)
    return Response(body, problem.status, content_type=PROBLEM_TYPE)


def _page(problem: Problem) -> Response:
    render: ErrorPage = current_app.extensions.get(_PAGE, plain_page)
    try:
        # Rendering may fail like anything else, but an error page must not.
        body = render(problem)
    except Exception as error:
        log_bug(error)
        body = plain_page(problem)
    return Response(body, problem.status, content_type="text/html; charset=utf-8")


def plain_page(problem: Problem) -> str:
    """A page that needs no template, in both languages."""
    title, detail = problem.title, problem.detail
    return (
        '<!doctype html><html lang="ar" dir="rtl"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title.ar)}</title>"
        f"<h1>{escape(title.ar)}</h1><p>{escape(detail.ar)}</p>"
        f'<div lang="en" dir="ltr"><h2>{escape(title.en)}</h2><p>{escape(detail.en)}</p></div>'
        '<p><a href="/">الصفحة الأولى</a></p></html>'
    )
