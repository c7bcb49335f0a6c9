"""`wasl rules`, `wasl root rules`, `wasl sequence` and `wasl witness`, as operators run them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.cli.rules import draft_rules
from app.log_keys import load_log_keys, load_policy, load_release_key
from app.settings import Settings, SettingsError
from crypto.note import SigningKey, sign
from crypto.tlog.cosignature import has_ml_dsa
from crypto.tlog.rules import Rules, sign_rules
from tests.world import World


def _wasl(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def _ok(*arguments: str | Path) -> str:
    done = _wasl(*arguments)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def root_keys(world: World, tmp_path: Path) -> list[Path]:
    """The three root keys, each in a file of its owner."""
    files = [tmp_path / f"root-{letter}.key" for letter in "abc"]
    for file, key in zip(files, world.root_keys, strict=True):
        file.write_text(f"{key.encode()}\n", "utf-8")
    return files


def test_an_instance_is_born_with_the_keys_of_its_log(world: World) -> None:
    keys = load_log_keys(world.settings)
    policy = load_policy(world.settings)

    assert (keys.ml_dsa is not None) == has_ml_dsa()
    assert policy.log_keys(world.settings.origin) == keys.verifiers
    assert policy.quorum == "none"
    release = load_release_key(world.settings)
    assert release
    assert release.name == "wasl.example/release"


def test_rules_are_drafted_signed_by_two_roots_and_published(
    world: World, root_keys: list[Path], tmp_path: Path
) -> None:
    data, draft, note = world.settings.data, tmp_path / "rules.txt", tmp_path / "rules.note"
    _ok("rules", "draft", "--data", data, "--out", draft, "--cover", "10 1/3")
    shown = _ok("root", "rules", "--yes", "--key", root_keys[0], draft, note)
    assert draft.read_text("utf-8") in shown

    alone = _wasl("rules", "publish", "--data", data, note)
    assert (alone.exit_code, "too few roots" in alone.output) == (1, True)
    _ok("root", "rules", "--yes", "--key", root_keys[1], draft, note)
    for _ in range(2):
        _ok("rules", "publish", "--data", data, note)

    following = Rules.parse(_ok("rules", "draft", "--data", data))
    first = Rules.parse(draft.read_text("utf-8"))
    assert (following.serial, following.previous) == (2, first.digest)
    assert first.cover_mean == 10


def test_a_root_may_say_no(world: World, root_keys: list[Path], tmp_path: Path) -> None:
    draft, note = tmp_path / "rules.txt", tmp_path / "rules.note"
    _ok("rules", "draft", "--data", world.settings.data, "--out", draft)
    asked = ["root", "rules", "--key", str(root_keys[0]), str(draft), str(note)]
    CliRunner().invoke(main, asked, input="n\n")
    assert not note.exists() or not note.read_text("utf-8")


def test_rules_that_do_not_follow_are_refused(world: World, tmp_path: Path) -> None:
    first = draft_rules(world.settings, world.state.database)
    world.starts_log()
    other = sign_rules(
        draft_rules(world.settings, world.state.database, cover_mean=3), *world.root_keys[:2]
    )
    again = sign_rules(first, *world.root_keys[1:])
    forged = sign(first.encode(), *(SigningKey.generate(key.name) for key in world.root_keys))
    note = tmp_path / "rules.note"
    for text, word in ((again, "serial 2"), (forged, "signed")):
        note.write_text(text, "utf-8")
        refused = _wasl("rules", "publish", "--data", world.settings.data, note)
        assert (refused.exit_code, word in refused.output) == (1, True), refused.output
    note.write_text(other, "utf-8")
    _ok("rules", "publish", "--data", world.settings.data, note)


@pytest.mark.parametrize(
    "options",
    [("--slot", "7s"), ("--slot", "a day"), ("--cover", "26"), ("--cover", "26 1/0")],
)
def test_rules_that_cannot_be_kept_are_not_drafted(world: World, options: tuple[str, str]) -> None:
    assert _wasl("rules", "draft", "--data", world.settings.data, *options).exit_code != 0


def test_sequencing_once_seals_and_publishes(world: World) -> None:
    world.starts_log()
    data = world.settings.data
    assert _ok("sequence", "--data", data, "--now") == "Batches sealed: 1\n"
    assert _ok("sequence", "--data", data, "--now") == "Batches sealed: 0\n"
    assert (world.settings.log_path / "checkpoint").exists()


def test_what_is_missing_is_named(world: World) -> None:
    data = world.settings.data
    refused = _wasl("sequence", "--data", data, "--now")
    assert (refused.exit_code, "wasl rules draft" in refused.output) == (1, True)

    world.starts_log()
    policy = world.settings.policy_path
    text = policy.read_text("utf-8")
    policy.write_text(text.replace("/log\n", "/log/2\n"), "utf-8")
    refused = _wasl("sequence", "--data", data, "--now")
    assert (refused.exit_code, "another witness policy" in refused.output) == (1, True)
    policy.write_text("quorum none\n", "utf-8")
    refused = _wasl("sequence", "--data", data, "--now")
    assert (refused.exit_code, "does not name this log" in refused.output) == (1, True)
    policy.write_text(text, "utf-8")
    world.settings.log_key_path.write_text(
        SigningKey.generate(world.settings.origin).encode() + "\n", "ascii"
    )
    refused = _wasl("sequence", "--data", data, "--now")
    assert (refused.exit_code, "other log keys" in refused.output) == (1, True)
    world.settings.log_key_path.unlink()
    refused = _wasl("sequence", "--data", data, "--now")
    assert (refused.exit_code, "log.key" in refused.output) == (1, True)


def test_without_a_release_key_no_client_is_logged(world: World) -> None:
    world.settings.release_key_path.unlink()
    assert world.starts_log().release_keys == ()
    world.sequences()
    assert "bundle" not in world.audits().statistics()["leaves"]


def test_new_rules_are_followed_and_logged(world: World) -> None:
    world.starts_log()
    world.sequences()
    world.starts_log(cover_mean=0)
    world.next_day()
    world.sequences()

    assert world.audits().statistics()["leaves"]["policy"] == 2


SOCKS = {"127.0.0.1": False, "tor": False, "127.0.0.1:9050": True, "http://x:1": False}


@pytest.mark.parametrize(("socks", "good"), SOCKS.items())
def test_settings_of_the_log(world: World, socks: str, good: bool) -> None:
    path = world.settings.data / "wasl.toml"
    path.write_text(path.read_text("utf-8") + f'\n[log]\nsocks = "{socks}"\n', "utf-8")
    if good:
        assert Settings.load(world.settings.data).log.socks == socks
    else:
        with pytest.raises(SettingsError, match=r"log\.socks"):
            Settings.load(world.settings.data)


# Witnesses


def test_a_witness_is_made_once(world: World, tmp_path: Path) -> None:
    vkey = load_log_keys(world.settings).ed25519.verifier.encode()
    folder = tmp_path / "ngo"
    printed = _ok("witness", "init", folder, "--name", "ngo.example/w", "--log", vkey)

    assert printed.startswith("ngo.example/w+")
    assert (folder / "logs.txt").read_text("utf-8") == f"{vkey}\n"
    assert (folder / "witness.key").stat().st_mode & 0o077 == 0
    assert _wasl("witness", "init", folder, "--name", "ngo.example/w").exit_code == 1


def test_a_witness_says_what_it_misses(tmp_path: Path) -> None:
    nowhere = _wasl("witness", "serve", tmp_path)
    assert (nowhere.exit_code, "wasl witness init" in nowhere.output) == (1, True)
    assert _wasl("witness", "init", tmp_path / "a", "--name", "two words").exit_code == 1
    assert _wasl("witness", "init", tmp_path / "a", "--name", "a", "--log", "b").exit_code == 1
    _ok("witness", "init", tmp_path / "ngo", "--name", "ngo.example/w")
    (tmp_path / "ngo" / "logs.txt").write_text("nonsense\n", "utf-8")
    broken = _wasl("witness", "serve", tmp_path / "ngo")
    assert (broken.exit_code, "holds no keys" in broken.output) == (1, True)
