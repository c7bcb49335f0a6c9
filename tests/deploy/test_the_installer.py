"""`deploy/install`: it says what it would do, does it on a small machine, and may be run again."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.settings import Settings
from tests.deploy.machine import PROJECT, Machine, is_possible, machine
from tests.world import World

INSTALL = PROJECT / "deploy" / "install"

STARTED = ("wasl-site.socket", "wasl-onion.socket", "wasl-site", "wasl-tor", "nginx")
in_a_machine = pytest.mark.skipif(not is_possible(), reason="needs root, overlayfs and systemd")

# The machine has no network and shares its kernel: what reaches for either is stood in for.
STUBS = """
mkdir stubs
for name in apt-get sysctl swapoff; do printf '#!/bin/sh\\nexit 0\\n' >stubs/$name; done
printf '#!/bin/sh\\ntest ! -e /swaps || cat /swaps\\n' >stubs/swapon
cat >stubs/certbot <<'END'
#!/bin/sh
mkdir -p /etc/letsencrypt/live/wasl.example && cd /etc/letsencrypt/live/wasl.example
exec openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
  -keyout privkey.pem -out fullchain.pem -subj /CN=wasl.example 2>/dev/null
END
cp stubs/apt-get opt/wasl/venv/bin/pip
printf '#!/bin/sh\\nexit 0\\n' >stubs/environment
chmod 755 stubs/* opt/wasl/venv/bin/pip
mkdir -p var/log/journal/old var/log/nginx && echo address >var/log/nginx/access.log
echo '/dev/sda2 none swap sw 0 0' >etc/fstab
"""


def installs(*words: str) -> subprocess.CompletedProcess[str]:
    command = [str(INSTALL), "--dry-run", *words]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def test_a_dry_run_says_everything_and_needs_no_rights(tmp_path: Path) -> None:
    (tmp_path / "roots.txt").write_text("roots")
    done = installs("--domain", "wasl.example")

    assert done.returncode == 0, done.stderr
    for part in (
        "apt-get install",
        "would write: /etc/systemd/journald.conf.d/60-wasl.conf",
        "kernel.core_pattern = |/bin/false",
        "scripts/environment /usr/bin/python3 /opt/wasl/venv requirements.lock",
        "wasl tor setup /var/lib/tor/wasl --target unix:/run/wasl/onion.sock",
        "wasl init /var/lib/wasl/site --origin wasl.example",
        "would write: /etc/nginx/nginx.conf",
        "certbot certonly",
        "systemctl enable --quiet wasl-site.socket",
    ):
        assert part in done.stdout, part
    assert not Path("/opt/wasl").exists()
    assert not Path("/etc/sysctl.d/60-wasl.conf").exists()


def test_an_onion_service_alone_opens_no_port() -> None:
    done = installs("--onion-only", "--origin", "wasl.example")

    assert done.returncode == 0, done.stderr
    assert "--onion --site-url http://ADDRESS.onion" in done.stdout
    assert "nginx.conf" not in done.stdout
    assert "certbot" not in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name a --domain, or say --onion-only"),
        (("--onion-only",), "needs an --origin"),
        (("--onion-only", "--domain", "a.example"), "exclude each other"),
        (("--domain", "https://a.example"), "not a domain"),
        (("--domain", "a.example", "--roots", "/nowhere"), "cannot be read"),
        (("--wrong",), "no such option"),
    ],
)
def test_what_it_cannot_do_it_says_before_it_begins(words: tuple[str, ...], said: str) -> None:
    done = installs(*words)

    assert done.returncode == 1
    assert said in done.stderr
    assert done.stdout == ""


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine on which the installer has run."""
    world = World(tmp_path_factory.mktemp("world"))
    world.close()
    with machine(tmp_path_factory.mktemp("box"), STUBS) as built:
        (built.root / "root/roots.txt").write_text(world.roots.encode())
        run_it(built)
        yield built


def run_it(box: Machine) -> str:
    words = ("--domain", "wasl.example", "--contact", "help@wasl.example")
    path = "PATH=/stubs:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin"
    return box.runs(
        "env", path, "/opt/wasl/src/deploy/install", *words, "--roots", "/root/roots.txt"
    )


@in_a_machine
def test_afterwards_the_service_runs(box: Machine) -> None:
    assert {unit: box.state(unit) for unit in STARTED} == dict.fromkeys(STARTED, "active")
    uds = str(box.root / "run/wasl/site.sock")
    with httpx.Client(transport=httpx.HTTPTransport(uds=uds), timeout=60) as client:
        page = client.get("http://wasl.example/en/privacy")

    assert page.status_code == 200
    assert "help@wasl.example" in page.text
    onion = (box.root / "var/lib/tor/wasl/site/hostname").read_text().strip()
    assert page.headers["Onion-Location"] == f"http://{onion}/en/privacy"


@in_a_machine
def test_everything_listens_on_unix_sockets(box: Machine) -> None:
    settings = Settings.load(box.root / "var/lib/wasl/site")

    assert settings.listen.socket == "/run/wasl/site.sock"
    assert settings.listen.tor_sockets == ("/run/wasl/onion.sock", "/run/wasl/desk.sock")


@in_a_machine
@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/var/lib/wasl", "wasl 700"),
        ("/var/lib/wasl/site", "wasl 700"),
        ("/var/lib/wasl/site/keys", "wasl 700"),
        ("/var/lib/wasl/site/wasl.toml", "wasl 600"),
        ("/var/lib/wasl/site/roots.txt", "wasl 600"),
        ("/var/lib/tor/wasl/site", "debian-tor 2700"),
        ("/run/wasl/site.sock", "wasl 660"),
    ],
)
def test_folders_have_their_modes(box: Machine, path: str, owner: str) -> None:
    assert box.runs("stat", "-c", "%U %a", path).strip() == owner


@in_a_machine
def test_the_machine_forgets(box: Machine) -> None:
    root = box.root

    assert not (root / "var/log/journal").exists()
    assert list((root / "var/log/nginx").iterdir()) == []
    assert "Storage=volatile" in (root / "etc/systemd/journald.conf.d/60-wasl.conf").read_text()
    assert "access_log off" in (root / "etc/nginx/nginx.conf").read_text()
    assert "wasl.example/fullchain.pem" in (root / "etc/nginx/nginx.conf").read_text()


@in_a_machine
def test_it_may_be_run_again_and_keeps_every_key(box: Machine) -> None:
    kept = ("var/lib/wasl/site/keys/promise", "var/lib/tor/wasl/site/hostname")
    before = [(box.root / path).read_bytes() for path in kept]
    said = run_it(box)

    assert "it stays as it is" in said
    assert [(box.root / path).read_bytes() for path in kept] == before
    assert {unit: box.state(unit) for unit in STARTED} == dict.fromkeys(STARTED, "active")


@in_a_machine
def test_swap_that_is_not_encrypted_is_turned_off_for_good(box: Machine) -> None:
    assert (box.root / "etc/fstab").read_text().startswith("/dev/sda2")
    (box.root / "swaps").write_text("/dev/sda2\n")
    said = run_it(box)

    assert "Swap on /dev/sda2 is not encrypted" in said
    assert re.fullmatch(r"# wasl: /dev/sda2 .*\n", (box.root / "etc/fstab").read_text())
