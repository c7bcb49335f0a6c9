"""Containers and AppArmor: what can be read of them without building or loading anything."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from typing import Any

import pytest

from tests.deploy.machine import PROJECT

FOLDER = PROJECT / "deploy" / "container"
CONTAINERFILE = (FOLDER / "Containerfile").read_text("utf-8")


def services() -> dict[str, dict[str, Any]]:
    lines = (FOLDER / "compose.yaml").read_text("utf-8").splitlines()
    compose = json.loads("\n".join(line for line in lines if not line.startswith("#")))
    found: dict[str, dict[str, Any]] = compose["services"]
    named = {volume.partition(":")[0] for each in found.values() for volume in each["volumes"]}
    assert named == set(compose["volumes"])
    return found


@pytest.mark.parametrize("name", ["site", "sequencer", "tor"])
def test_a_container_has_no_rights_and_a_root_that_is_read_only(name: str) -> None:
    service = services()[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == "10001:10001"
    assert service["ulimits"] == {"core": 0}
    assert service["memswap_limit"] == service["mem_limit"]
    assert all("noexec" in each for each in service["tmpfs"])
    assert not {"ports", "privileged", "cap_add", "pid", "ipc", "devices"} & set(service)


def test_the_site_has_no_network_and_no_log() -> None:
    assert services()["site"]["network_mode"] == "none"
    assert services()["site"]["logging"] == {"driver": "none"}


def test_the_base_is_a_debian_release_and_nobody_is_root() -> None:
    bases = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", CONTAINERFILE, re.MULTILINE)
    stages = {stage for _, stage in bases}

    assert [base for base, _ in bases if base not in stages] == ["docker.io/library/debian:12-slim"]
    for stage in ("tor", "site"):
        text = CONTAINERFILE.partition(f" AS {stage}\n")[2].partition("\nFROM ")[0]
        assert "\nUSER 10001:10001\n" in text


def test_every_package_of_the_program_is_copied_into_it() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    packages = settings["tool"]["setuptools"]["packages"]["find"]["include"]
    copied = {name for line in re.findall(r"^COPY (.+)$", CONTAINERFILE, re.MULTILINE)
              for name in line.split()[:-1]}  # fmt: skip

    assert {name.removesuffix("*") for name in packages} <= copied
    for name in copied - {"--from=build", "/opt/wasl"}:
        assert (PROJECT / name).exists(), name


@pytest.mark.skipif(not shutil.which("apparmor_parser"), reason="needs apparmor_parser")
def test_apparmor_understands_the_profile() -> None:
    profile = str(PROJECT / "deploy" / "apparmor" / "wasl-site")
    command = ["apparmor_parser", "--skip-kernel-load", "--skip-cache", "--stdout", profile]
    done = subprocess.run(command, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
    assert b"wasl-site" in done.stdout
