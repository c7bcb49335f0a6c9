"""Error pages: the words of `app.web.problems` in the page's language, and what to do next."""

from http import HTTPStatus

from flask import render_template, request

from app.citizen.language import current, gettext
from app.web.problems import Problem


def page(problem: Problem) -> str:
    """Return a whole page about *problem*; on a form it also says what became of the text."""
    code = current().code
    sentences = [problem.detail.text(code)]
    if request.method == "POST":
        sentences += _about_the_form(problem.status)
    return render_template(
        "citizen/error.html", title=problem.title.text(code), sentences=sentences
    )


def _about_the_form(status: HTTPStatus) -> list[str]:
    told = [gettext("The text may still be on the previous page. The back button leads there.")]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        told.append(gettext("Sending the same page again is safe. It never arrives twice."))
    return told
