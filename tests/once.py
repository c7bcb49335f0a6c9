"""What each of hundreds of test applications would do anew, done once in a process.

Nothing here changes what a test sees: the results are the ones that were worked out the first time.
"""

from __future__ import annotations

import gc
import ssl
from collections.abc import Callable
from functools import cache
from typing import Any

import certifi
from alembic import command
from alembic.config import Config
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Connection
from werkzeug.routing import Rule

_THRESHOLDS = 20_000, 20, 20


def everything() -> None:
    """Call it before tests are collected."""
    gc.disable()
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}
    _compile_each_address_once()
    _make_tables_once()
    _read_authorities_once()


def leave_what_was_collected() -> None:
    """Thousands of tests live as long as the process: no garbage is looked for among them.

    Nor so often among what each leaves behind: the usual thresholds are for programs that stay.
    """
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    gc.enable()


class CompiledTemplates(BytecodeCache):
    """What every application of this process has compiled."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


def _compile_each_address_once() -> None:
    """Werkzeug compiles two functions for each address of each application it is part of."""
    compile_builder = Rule._compile_builder
    compiled: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = once  # type: ignore[method-assign, assignment]


def _make_tables_once() -> None:
    """Alembic takes longer than most tests: the statements that it ended with are said again."""
    upgrade = command.upgrade
    made: list[str] = []

    def once(config: Config, revision: str) -> None:
        connection: Connection = config.attributes["connection"]
        is_new = connection.dialect.name == "sqlite" and not _statements(connection)
        if not is_new or revision != "head":
            upgrade(config, revision)
        elif made:
            for statement in made:
                connection.exec_driver_sql(statement)
        else:
            upgrade(config, revision)
            version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            made.extend(_statements(connection))
            made.append(f"INSERT INTO alembic_version VALUES ('{version}')")  # noqa: S608

    command.upgrade = once  # type: ignore[assignment]


def _statements(connection: Connection) -> list[str]:
    asked = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
    return list(connection.exec_driver_sql(asked).scalars())


def _read_authorities_once() -> None:
    """Each client of httpx reads every authority of the web; the tests' speak to this machine."""
    create = ssl.create_default_context
    of_the_web = cache(create)

    def once(*arguments: Any, **named: Any) -> ssl.SSLContext:
        is_usual = not arguments and named == {"cafile": certifi.where()}
        return (of_the_web if is_usual else create)(*arguments, **named)

    ssl.create_default_context = once
