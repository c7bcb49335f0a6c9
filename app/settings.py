"""`DIR/wasl.toml`, read once. Unknown, missing or ill-typed keys stop the start.

Every default is safe in production; a key's meaning stands beside it. Secrets are not in
the file: it names the files that hold them. No other module reads the environment.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeVar, get_type_hints

FILE_NAME: Final = "wasl.toml"
_ORIGIN: Final = re.compile(r"[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9._-]+)*", re.ASCII)
_MAX_ORIGIN: Final = 128
_MAX_SOCKET_BYTES: Final = 100
_ONION_URL: Final = re.compile(r"http://[a-z2-7]{56}\.onion", re.ASCII)
_SQLITE: Final = "sqlite:///"
_HOST_PORT: Final = re.compile(r"[A-Za-z0-9.-]+:[0-9]{1,5}", re.ASCII)


class SettingsError(Exception):
    """The message names the key and how to put it right."""


@dataclass(frozen=True)
class Listen:
    """Where `wasl serve` waits for connections: a Unix socket if one is named, else TCP.

    `onion_socket` is a second Unix socket, for tor alone, which says there by circuit who asks.
    `desk_socket` is another such for the desk's onion; if named, desks are served there alone.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    socket: str = ""
    onion_socket: str = ""
    desk_socket: str = ""

    def __post_init__(self) -> None:
        sockets = [path for path in (self.socket, *self.tor_sockets) if path]
        _require(
            len(set(sockets)) == len(sockets),
            "listen.onion_socket",
            "another path than the other sockets: only tor may speak there",
        )
        _require(
            all(len(path.encode()) <= _MAX_SOCKET_BYTES for path in sockets),
            "listen",
            "a socket's path has at most 100 bytes",
        )
        _require(0 <= self.port <= 65_535, "listen.port", "a number from 0 to 65535")

    @property
    def tor_sockets(self) -> tuple[str, ...]:
        """Where only tor speaks."""
        return tuple(path for path in (self.onion_socket, self.desk_socket) if path)


@dataclass(frozen=True)
class Limits:
    """What one person may use. Loopback, a Unix socket and Tor stand for many people at once:
    they share one budget, `people_per_shared_address` times as large.

    For all together: of each kind of thing that is sent, `calm_per_minute` cost nothing before
    programs are asked for work; `turns_per_minute` is how many people without JavaScript are
    served when more come."""

    attachment_bytes: int = 104_857_600
    attachments: int = 10
    text_bytes: int = 200_000
    unfinished_uploads_bytes: int = 2_147_483_648
    free_disk_bytes: int = 268_435_456
    submissions_per_hour: int = 30
    messages_per_hour: int = 60
    uploads_per_hour: int = 120
    parts_per_minute: int = 600
    mailbox_per_minute: int = 60
    pages_per_minute: int = 300
    desk_per_minute: int = 600
    people_per_shared_address: int = 500
    calm_per_minute: int = 120
    turns_per_minute: int = 60

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            _require(value >= 0, f"limits.{each.name}", "a number that is not negative")
        _require(self.turns_per_minute > 0, "limits.turns_per_minute", "at least 1")
        _require(self.text_bytes <= 250_000, "limits.text_bytes", "at most 250000")
        _require(self.attachments <= 100, "limits.attachments", "at most 100")


@dataclass(frozen=True)
class Log:
    """The receipt log. `folder` is what `/log/` serves; `policy` says who witnesses it.

    `guard` remembers what was last signed and must be in no backup. `socks` is `HOST:PORT` of
    the proxy through which witnesses are asked. `legal_orders` is how many orders to hand over
    data the operator has received; the log publishes it daily.
    """

    folder: str = "log"
    key: str = "keys/log"
    ml_dsa_key: str = "keys/log-mldsa"
    release_key: str = "keys/release"
    policy: str = "witness-policy.txt"
    guard: str = "guard/guard.sqlite3"
    socks: str = ""
    legal_orders: int = 0

    def __post_init__(self) -> None:
        _require(self.legal_orders >= 0, "log.legal_orders", "a number that is not negative")
        _require(
            not self.socks or _HOST_PORT.fullmatch(self.socks) is not None,
            "log.socks",
            "HOST:PORT of a SOCKS proxy, such as 127.0.0.1:9050",
        )


@dataclass(frozen=True)
class Cases:
    """How long citizens may object before their words are relayed: `objection_days`.

    A case can be read here for `retention_weeks` weeks after the one in which it came; a week
    later the key to what is stored of it is destroyed.
    """

    objection_days: int = 3
    retention_weeks: int = 26

    def __post_init__(self) -> None:
        # The log's last roll of a case comes 60 days after its week.
        _require(
            10 <= self.retention_weeks <= 52, "cases.retention_weeks", "a number from 10 to 52"
        )
        _require(0 <= self.objection_days <= 60, "cases.objection_days", "a number from 0 to 60")


@dataclass(frozen=True)
class Notice:
    """What stands at the top of every page in each language, such as that data were lost."""

    ar: str = ""
    en: str = ""

    def __post_init__(self) -> None:
        _require(bool(self.ar) == bool(self.en), "notice", "a text in both languages, ar and en")


@dataclass(frozen=True)
class Settings:
    """One instance. `origin` names it in everything signed and never changes;
    `site_url` is where people reach it; `exit_url` is where the quick exit leads;
    `contact` is how to reach the operator, `data_protection_contact` the officer whom the law
    on personal data asks for; `source_url` is where this very code can be had;
    `onion` says that this is an onion service; `onion_url` is the onion twin of a site that is
    on the open web too.
    """

    data: Path = field(metadata={"toml": False})
    origin: str
    site_url: str
    exit_url: str
    contact: str = ""
    data_protection_contact: str = ""
    source_url: str = ""
    onion: bool = False
    onion_url: str = ""
    threads: int = 768
    database: str = "sqlite:///wasl.sqlite3"
    promise_key: str = "keys/promise"
    session_key: str = "keys/session"
    storage_keys: str = "keys/storage"
    roots: str = "roots.txt"
    listen: Listen = field(default_factory=Listen)
    limits: Limits = field(default_factory=Limits)
    log: Log = field(default_factory=Log)
    cases: Cases = field(default_factory=Cases)
    notice: Notice = field(default_factory=Notice)

    def __post_init__(self) -> None:
        _require(
            len(self.origin) <= _MAX_ORIGIN and bool(_ORIGIN.fullmatch(self.origin)),
            "origin",
            "a name like wasl.example or wasl.example/test: small letters, no https://",
        )
        for key in ("site_url", "exit_url", *(["source_url"] if self.source_url else [])):
            url = getattr(self, key)
            _require(
                url.startswith(("https://", "http://")), key, "begins with https:// or http://"
            )
            _require(url.isprintable() and " " not in url, key, "a URL without spaces")
        _require(
            not self.onion_url or _ONION_URL.fullmatch(self.onion_url) is not None,
            "onion_url",
            "http:// and the 56 letters of a v3 address and .onion, with nothing after it",
        )
        _require(1 <= self.threads <= 4096, "threads", "a number from 1 to 4096")
        _require(
            self.database.startswith(_SQLITE) or _has_driver(self.database),
            "database",
            "sqlite:///FILE, or the URL of a database whose driver is installed, as psycopg is "
            "for postgresql+psycopg://HOST/NAME",
        )

    @classmethod
    def load(cls, data: Path) -> Self:
        """Read `data/wasl.toml`; raise `SettingsError` with a message for the operator."""
        path = data / FILE_NAME
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise SettingsError(f"{path} is not there: run `wasl init {data} --origin …`") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
            raise SettingsError(f"{path} is not TOML: {exc}") from None
        return _read(cls, table, "", data=data.resolve())

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL; a relative SQLite path is taken from the data folder."""
        path = self.database.removeprefix(_SQLITE)
        if path == self.database or path.startswith("/"):
            return self.database
        return f"sqlite:///{self.data / path}"

    @property
    def promise_key_path(self) -> Path:
        return self.data / self.promise_key

    @property
    def session_key_path(self) -> Path:
        return self.data / self.session_key

    @property
    def storage_keys_path(self) -> Path:
        return self.data / self.storage_keys

    @property
    def roots_path(self) -> Path:
        return self.data / self.roots

    @property
    def blobs_path(self) -> Path:
        return self.data / "blobs"

    @property
    def uploads_path(self) -> Path:
        return self.data / "uploads"

    @property
    def copies_path(self) -> Path:
        return self.data / "copies"

    @property
    def log_path(self) -> Path:
        return self.data / self.log.folder

    @property
    def log_key_path(self) -> Path:
        return self.data / self.log.key

    @property
    def ml_dsa_key_path(self) -> Path:
        return self.data / self.log.ml_dsa_key

    @property
    def release_key_path(self) -> Path:
        return self.data / self.log.release_key

    @property
    def policy_path(self) -> Path:
        return self.data / self.log.policy

    @property
    def guard_path(self) -> Path:
        return self.data / self.log.guard

    @property
    def onion_host(self) -> str:
        """The name of the onion twin, or empty."""
        return self.onion_url.removeprefix("http://")

    @property
    def is_https(self) -> bool:
        """Served over TLS on the open web (never true of an onion service)."""
        return self.site_url.startswith("https://") and not self.onion


def _has_driver(url: str) -> bool:
    # Most programs that read settings need no database.
    from sqlalchemy.engine import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        make_url(url).get_dialect().import_dbapi()
    except (ArgumentError, ImportError):
        return False
    return True


def _require(holds: bool, key: str, wanted: str) -> None:
    if not holds:
        raise SettingsError(f"{key}: {wanted}")


_T = TypeVar("_T")


def _read(cls: type[_T], table: Mapping[str, Any], path: str, **given: object) -> _T:
    """Build dataclass *cls* from *table*: each field of the right type, nothing left over."""
    types = get_type_hints(cls)
    values = dict(given)
    known = [each for each in fields(cls) if each.metadata.get("toml", True)]  # type: ignore[arg-type]
    for each in known:
        key = f"{path}{each.name}"
        if each.name in table:
            values[each.name] = _value(types[each.name], table[each.name], key)
        elif each.default is MISSING and each.default_factory is MISSING:
            raise SettingsError(f"{key}: missing; add it to {FILE_NAME}")
    for name in table.keys() - {each.name for each in known}:
        raise SettingsError(f"{path}{name}: no such setting; remove it from {FILE_NAME}")
    return cls(**values)


def _value(wanted: type, value: object, key: str) -> object:
    if is_dataclass(wanted):
        if not isinstance(value, dict):
            raise SettingsError(f"{key}: write it as a table, [{key}]")
        return _read(wanted, value, f"{key}.")
    if type(value) is not wanted:
        names = {str: "a text in quotes", int: "a whole number", bool: "true or false"}
        raise SettingsError(f"{key}: {names[wanted]}, not {value!r}")
    return value
