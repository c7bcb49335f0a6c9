"""A mistake in wasl.toml stops the start and says how to put it right."""

from dataclasses import fields
from pathlib import Path

import pytest

from app.settings import Limits, Listen, Settings, SettingsError

LEAST = """
origin = "wasl.example"
site_url = "https://wasl.example"
exit_url = "https://www.wikipedia.org/"
"""


def _load(folder: Path, text: str) -> Settings:
    (folder / "wasl.toml").write_text(text, "utf-8")
    return Settings.load(folder)


def test_three_keys_are_enough(tmp_path: Path) -> None:
    settings = _load(tmp_path, LEAST)

    assert settings.listen == Listen("127.0.0.1", 8080, "")
    assert settings.limits == Limits()
    assert settings.database_url == f"sqlite:///{tmp_path}/wasl.sqlite3"
    assert settings.promise_key_path == tmp_path / "keys" / "promise"
    assert settings.is_https


def test_tables_are_read(tmp_path: Path) -> None:
    settings = _load(
        tmp_path,
        LEAST + 'onion = true\ndatabase = "postgresql+psycopg://db/wasl"\n'
        '[listen]\nsocket = "/run/wasl.sock"\n[limits]\nattachments = 3\n',
    )

    assert settings.listen.socket == "/run/wasl.sock"
    assert settings.limits.attachments == 3
    assert settings.database_url == "postgresql+psycopg://db/wasl"
    assert not settings.is_https


WRONG = {
    "no file name": ("", "origin: missing; add it to wasl.toml"),
    "unknown key": (LEAST + "colour = 1", "colour: no such setting; remove it"),
    "unknown key in a table": (LEAST + "[limits]\nfiles = 1", "limits.files: no such setting"),
    "text for a number": (LEAST + '[limits]\nattachments = "3"', "limits.attachments: a whole"),
    "number for a text": (LEAST + "contact = 1", "contact: a text in quotes, not 1"),
    "true for a number": (LEAST + "threads = true", "threads: a whole number, not True"),
    "number for true": (LEAST + "onion = 1", "onion: true or false, not 1"),
    "value for a table": (LEAST + "listen = 8080", "listen: write it as a table, [listen]"),
    "negative": (LEAST + "[limits]\nattachments = -1", "limits.attachments: a number that is not"),
    "too large": (LEAST + "[limits]\ntext_bytes = 300000", "limits.text_bytes: at most 250000"),
    "port": (LEAST + "[listen]\nport = 99999", "listen.port: a number from 0 to 65535"),
    "threads": (LEAST + "threads = 0", "threads: a number from 1 to 4096"),
    "origin with a scheme": (LEAST.replace('"wasl.', '"HTTPS wasl.'), "origin: a name like"),
    "URL without scheme": (LEAST.replace("https://www.", "www."), "exit_url: begins with"),
    "database without a name": (LEAST + 'database = "wasl"', "database: sqlite:///FILE, or"),
    "database unheard of": (LEAST + 'database = "ink://x"', "database: sqlite:///FILE, or"),
    "driver not installed": (LEAST + 'database = "oracle://x"', "database: sqlite:///FILE, or"),
    "not TOML": ("origin = ", "is not TOML"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, text)

    assert message in str(caught.value)


def test_a_folder_without_settings_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="wasl init"):
        Settings.load(tmp_path)


def test_the_folder_itself_is_not_a_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="data: no such setting"):
        _load(tmp_path, LEAST + 'data = "/etc"')


def test_every_setting_but_the_three_has_a_default() -> None:
    required = {each.name for each in fields(Settings) if each.default is each.default_factory}
    assert required == {"data", "origin", "site_url", "exit_url"}
