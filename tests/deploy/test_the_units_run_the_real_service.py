"""The systemd units: closed as far as they can be, and everything still works in them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fpdf import FPDF

from app.web.clock import today
from crypto.tlog.cosignature import WitnessKey
from tests.deploy.machine import INSTALLED, UNITS, Machine, is_possible, machine
from tests.units.citizen.plain_browser import MULTIPART, encode_multipart, review_form
from tests.world import SEALED_HEADERS, World, sealed_body

MAX_EXPOSURE = 1.0
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
in_a_machine = pytest.mark.skipif(not is_possible(), reason="needs root, overlayfs and systemd")
tools = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")


def test_there_is_a_unit_for_each_part() -> None:
    assert [name[5:-8] for name in SERVICES] == ["sequencer", "site", "tor", "witness"]


@tools
@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_is_hardly_exposed(name: str) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNITS / name)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    figure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)

    assert figure, said
    assert float(figure[1]) <= MAX_EXPOSURE, said


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_leaves_nothing_of_its_memory_on_a_disk(name: str) -> None:
    """No figure counts these, and the program's own limits are not to be the only ones."""
    lines = set((UNITS / name).read_text("utf-8").splitlines())

    assert {"LimitCORE=0", "MemorySwapMax=0", "UMask=0077", "PrivateTmp=yes"} <= lines


@tools
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    """The program is not installed here, so another stands in for it; nothing else is changed."""
    for path in [*UNITS.glob("*.service"), *UNITS.glob("*.socket")]:
        text = path.read_text("utf-8")
        (tmp_path / path.name).write_text(text.replace("/opt/wasl/venv/bin/wasl", "/usr/bin/true"))
    command = ["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with machine(tmp_path_factory.mktemp("box"), INSTALLED) as built:
        yield built


@pytest.fixture(scope="module")
def world(box: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An instance of today, which lies where the units look for it, and whose site runs."""
    world = World(tmp_path_factory.mktemp("world"), today=today())
    world.starts_log()
    world.close()
    settings = world.settings.data / "wasl.toml"
    text = settings.read_text("utf-8").replace('\nsocket = ""', '\nsocket = "/run/wasl/site.sock"')
    for door in ("onion", "desk"):
        text = text.replace(f'{door}_socket = ""', f'{door}_socket = "/run/wasl/{door}.sock"')
    settings.write_text(text, "utf-8")
    box.runs("install", "-d", "-m", "700", "-o", "wasl", "-g", "wasl", "/var/lib/wasl")
    shutil.copytree(world.settings.data, box.root / "var/lib/wasl/site")
    box.runs("chown", "-R", "wasl:wasl", "/var/lib/wasl/site")
    box.starts("wasl-site")
    yield world


@pytest.fixture(scope="module")
def client(box: Machine, world: World) -> Iterator[httpx.Client]:
    """The proxy's way in: there is no other."""
    assert world.settings.origin == "wasl.example"
    transport = httpx.HTTPTransport(uds=str(box.root / "run/wasl/site.sock"))
    with httpx.Client(transport=transport, base_url="http://wasl.example", timeout=60) as client:
        yield client


@in_a_machine
def test_the_site_takes_a_submission_and_answers_it(world: World, client: httpx.Client) -> None:
    citizen = world.citizen()

    body = sealed_body(citizen.request())
    sent = client.post("/api/v1/submissions", content=body, headers=SEALED_HEADERS)
    assert sent.status_code == 201
    answer = client.post("/api/v1/mailbox", json=citizen.question())
    assert answer.json()["status"].strip() == "received"


@in_a_machine
def test_a_pdf_without_javascript_is_cleaned_behind_the_walls(client: httpx.Client) -> None:
    """Hostile files are read in processes that wall themselves in: the unit lets them."""
    pdf = FPDF()
    pdf.set_author("Samir")
    pdf.add_page()
    form = review_form(client.get("/en/write?topic=bus-lines").text)
    form.fill(problem="Late")
    body = encode_multipart(form.pairs, [("samir.pdf", bytes(pdf.output()))])
    answer = client.post(form.action, content=body, headers={"Content-Type": MULTIPART})

    assert "file-1.pdf" in answer.text, re.findall("<li>.*samir.*|<a href=.#.*", answer.text)
    assert answer.status_code == 200


@in_a_machine
@pytest.mark.usefixtures("world")
def test_what_walls_stand_around_a_hostile_file_in_the_unit(box: Machine) -> None:
    """The unit forbids namespaces, so seccomp and Landlock must hold; they are enough."""
    code = "from redaction.sandbox import protections as p; print(*sorted(p()))"
    text = (UNITS / "wasl-site.service").read_text("utf-8")
    start = f"ExecStart=/opt/wasl/venv/bin/python -c '{code}'"
    text = re.sub("(?m)^ExecStart=.*$", start, text).replace("Type=exec", "Type=oneshot")
    text = re.sub("(?m)^(Sockets|Restart|Requires|After)=.*\n", "", text)
    (box.root / "etc/systemd/system/wasl-walls.service").write_text(text, "utf-8")
    box.runs("systemctl", "daemon-reload")
    box.runs("systemctl", "start", "wasl-walls")

    assert "landlock seccomp\n" in box.journal("wasl-walls")


@in_a_machine
@pytest.mark.usefixtures("world")
def test_only_its_sockets_lead_to_the_site(box: Machine) -> None:
    site = box.shows("wasl-site", "MainPID")
    tables = [box.runs("cat", f"/proc/{site}/net/{kind}") for kind in ("tcp", "tcp6", "udp")]

    assert [len(table.splitlines()) for table in tables] == [1, 1, 1]
    assert "127.0.0.1" not in box.runs("cat", f"/proc/{site}/net/route")
    owners = box.runs("stat", "-c", "%U:%G %a", "/run/wasl/site.sock", "/run/wasl/onion.sock")
    assert owners.splitlines() == ["wasl:www-data 660", "wasl:debian-tor 660"]


@in_a_machine
@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("user", "socket", "enters"),
    [
        ("www-data", "/run/wasl/site.sock", True),
        ("www-data", "/run/wasl/onion.sock", False),
        ("debian-tor", "/run/wasl/onion.sock", True),
        ("debian-tor", "/run/wasl/site.sock", False),
        ("nobody", "/run/wasl/site.sock", False),
    ],
)
def test_each_door_is_for_one(box: Machine, user: str, socket: str, enters: bool) -> None:
    code = f"import socket; socket.socket(socket.AF_UNIX).connect({socket!r})"
    python = "/opt/wasl/venv/bin/python"
    said = box.runs("runuser", "-u", user, "--", python, "-c", code, check=False)

    assert ("PermissionError" not in said) is enters, said


@in_a_machine
@pytest.mark.usefixtures("world")
def test_the_site_can_write_nowhere_else_and_leaves_no_core(box: Machine) -> None:
    site = box.shows("wasl-site", "MainPID")
    status = box.runs("cat", f"/proc/{site}/status")
    limits = box.runs("cat", f"/proc/{site}/limits")
    mounts = box.runs("cat", f"/proc/{site}/mounts").splitlines()
    writable = {line.split()[1] for line in mounts if line.split()[3].split(",")[0] == "rw"}

    assert re.search(r"NoNewPrivs:\s+1", status)
    assert re.search(r"Seccomp:\s+2", status)
    assert re.search(r"CapBnd:\s+0{16}", status)
    assert re.search(r"Max core file size\s+0\s+0", limits)
    assert "/var/lib/wasl" in writable
    assert not {"/", "/usr", "/etc", "/home", "/root", "/var"} & writable


@in_a_machine
@pytest.mark.usefixtures("world")
def test_the_sequencer_publishes_the_log(box: Machine) -> None:
    box.starts("wasl-sequencer")
    box.waits_for("/var/lib/wasl/site/log/checkpoint", "wasl-sequencer")

    assert (box.root / "var/lib/wasl/site/log/checkpoint").read_text().startswith("wasl.example\n")
    assert box.state("wasl-sequencer") == "active"


@in_a_machine
def test_the_witness_answers_on_its_socket(box: Machine) -> None:
    key = WitnessKey.generate("log.example").verifier.encode()
    command = ["/opt/wasl/venv/bin/wasl", "witness", "init", "/var/lib/wasl-witness"]
    box.runs("install", "-d", "-m", "700", "-o", "wasl-witness", "-g", "wasl-witness", command[-1])
    box.runs("runuser", "-u", "wasl-witness", "--", *command, "--name", "ngo.example/w")
    box.starts("wasl-witness")
    uds = str(box.root / "run/wasl-witness/witness.sock")
    with httpx.Client(transport=httpx.HTTPTransport(uds=uds)) as client:
        answer = client.post("http://w/add-checkpoint", content=f"old 0\n\n{key}\n0\n")

    assert answer.status_code in {400, 403, 404}


@in_a_machine
@pytest.mark.usefixtures("world")
@pytest.mark.skipif(not shutil.which("tor"), reason="needs tor")
def test_tor_runs_the_onion_services(box: Machine) -> None:
    as_tor = ["runuser", "-u", "debian-tor", "--", "/opt/wasl/venv/bin/wasl", "tor"]
    target = "unix:/run/wasl/onion.sock"
    box.runs(*as_tor, "setup", "/var/lib/tor/wasl", "--target", target)
    box.starts("wasl-tor")
    control = re.search(
        r"^ControlSocket (\S+)", (box.root / "var/lib/tor/wasl/torrc").read_text(), re.MULTILINE
    )
    assert control
    box.waits_for(control[1], "wasl-tor")
    said = box.runs(*as_tor, "status", "/var/lib/tor/wasl", check=False)

    # There is no network to publish in; what matters is that tor runs and can be asked.
    assert said.startswith("tor 0.4"), said
    assert "NOT PUBLISHED" in said
    box.runs("systemctl", "reload", "wasl-tor")
    assert box.state("wasl-tor") == "active"
    root = f"/proc/{box.shows('wasl-tor', 'MainPID')}/root"
    seen = box.runs("find", f"{root}/", "-xdev", "-not", "-type", "d")
    assert set(box.runs("ls", f"{root}/var/lib").split()) == {"tor"}
    assert seen == ""
