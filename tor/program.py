"""The tor program of this machine: what it can do, and what it says of a configuration."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tor.errors import TorMissingError, TorrcRefusedError

_VERSION: Final = re.compile(r"Tor version ([0-9][\w.\-]*)")
_COMPLAINT: Final = re.compile(r"\[(?:warn|err)\] (.*)")
# What tor says after the sentence that matters.
_BOILERPLATE: Final = (
    "You are running Tor as root",
    "Reading config failed",
    "Failed to parse/validate config: Failed to configure rendezvous options",
)
_FIXES: Final = (
    (r"Unknown option", "remove that line, or install a newer tor"),
    (r"are too permissive", "run `chmod 700` on that folder: only tor's user may read it"),
    (r"is not owned by this user", "run `chown -R` on it for the user that tor runs as"),
    (r"with no ports configured", "add a HiddenServicePort line below its HiddenServiceDir"),
    (r"Another hidden service is already", "give each service a HiddenServiceDir of its own"),
    (r"must be between", "take a number in that range"),
    (r"burst .* can not be smaller", "make the burst at least as large as the rate"),
    (r"NonAnonymous|SingleHop", "remove that line: it would show where the server is"),
    (r"ob_config", "run `wasl tor setup` with --onionbalance, which writes that file"),
)
_ELSE: Final = "correct that line, or write the file anew with `wasl tor setup`"


@dataclass(frozen=True)
class Features:
    """What a build of tor has; `has_pow` is the proof-of-work defence of onion services."""

    version: str
    has_pow: bool


def find(name: str = "tor") -> str:
    """Where the program is; raises `TorMissingError`."""
    path = shutil.which(name)
    if path is None:
        raise TorMissingError(f"{name} is not installed. On Debian or Ubuntu: sudo apt install tor")
    return path


def features() -> Features:
    """Ask the program of this machine."""
    tor = find()
    version = _VERSION.search(_run(tor, "--version").stdout)
    modules = _run(tor, "--list-modules").stdout
    return Features(version[1].rstrip(".") if version else "unknown", "pow: yes" in modules)


def verify(torrc: str) -> None:
    """Have tor itself read *torrc*; raise `TorrcRefusedError` with its words and the way out."""
    tor = find()
    with TemporaryDirectory(prefix="wasl-torrc-") as folder:
        file, defaults = Path(folder, "torrc"), Path(folder, "defaults")
        file.write_text(torrc, "utf-8")
        # Without this tor would add the defaults of the machine, which name another user.
        defaults.touch()
        said = _run(
            *(tor, "--verify-config", "--hush"),
            *("-f", str(file), "--defaults-torrc", str(defaults)),
        )
    if said.returncode != 0:
        raise TorrcRefusedError(explain(said.stdout))


def explain(said: str) -> str:
    """One sentence of what tor *said*, and the fix."""
    complaints = [
        line.removeprefix("Failed to parse/validate config: ")
        for line in _COMPLAINT.findall(said)
        if not line.startswith(_BOILERPLATE)
    ]
    problem = complaints[-1] if complaints else "tor does not accept this configuration."
    fix = next((fix for pattern, fix in _FIXES if re.search(pattern, problem)), _ELSE)
    return f"tor: {problem.rstrip('.')}. To put it right: {fix}"


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 ours
