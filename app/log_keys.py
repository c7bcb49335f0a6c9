"""The log's keys and policy, read from an instance's folder."""

from pathlib import Path
from typing import TypeVar

from app.log.keys import LogKeys
from app.settings import Settings, SettingsError
from crypto.errors import MalformedError
from crypto.note import SeedKey, SigningKey
from crypto.tlog.cosignature import MlDsa44Key, has_ml_dsa
from crypto.tlog.policy import Policy

Key = TypeVar("Key", bound=SeedKey)


def release_key_name(origin: str) -> str:
    """The name of the key that signs what the site hands to browsers."""
    return f"{origin}/release"


def load_log_keys(settings: Settings) -> LogKeys:
    """Raises `SettingsError`. The second key is optional: not every machine can use it."""
    ed25519 = _load(SigningKey, settings.log_key_path, "log.key")
    if ed25519 is None:
        raise SettingsError(f"log.key: {settings.log_key_path} is not there")
    ml_dsa = _load(MlDsa44Key, settings.ml_dsa_key_path, "log.ml_dsa_key")
    if ml_dsa and not has_ml_dsa():
        raise SettingsError(
            f"log.ml_dsa_key: {settings.ml_dsa_key_path} is there, and this machine's "
            "`cryptography` has no ML-DSA: its wheels from PyPI do"
        )
    return LogKeys(ed25519, ml_dsa)


def load_release_key(settings: Settings) -> SigningKey | None:
    """None where the operator keeps it elsewhere. Raises `SettingsError`."""
    return _load(SigningKey, settings.release_key_path, "log.release_key")


def load_policy(settings: Settings) -> Policy:
    """Raises `SettingsError`."""
    try:
        policy = Policy.parse(settings.policy_path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"log.policy: {settings.policy_path} is not there") from None
    except (MalformedError, UnicodeDecodeError) as exc:
        raise SettingsError(f"log.policy: {settings.policy_path}: {exc}") from None
    if not policy.log_keys(settings.origin):
        raise SettingsError(f"log.policy: {settings.policy_path} does not name this log")
    return policy


def _load(kind: type[Key], path: Path, setting: str) -> Key | None:
    try:
        return kind.parse(path.read_text("ascii").removesuffix("\n"))
    except FileNotFoundError:
        return None
    except (MalformedError, UnicodeDecodeError):
        raise SettingsError(f"{setting}: {path} holds no such key") from None
