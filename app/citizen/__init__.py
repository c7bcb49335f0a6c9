"""The citizen's pages: server-rendered, in two languages, complete without JavaScript."""

from flask import Flask

# Importing a module of pages registers them with the blueprint.
from app.citizen import (
    coverage,
    field,
    following,
    health,
    kit,
    log,
    pages,
    record,
    sending,
    topics,
    waiting,
)
from app.citizen.site import mount

__all__ = [
    "coverage",
    "field",
    "following",
    "health",
    "kit",
    "log",
    "pages",
    "record",
    "register",
    "sending",
    "topics",
    "waiting",
]


def register(app: Flask) -> None:
    """Mount every citizen page on *app*."""
    mount(app)
    waiting.register(app)
