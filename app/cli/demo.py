"""`wasl demo`: a site with its log, two witnesses, four reviewers and their keys on one machine.

It only runs the commands that operators, key officers and reviewers would run, and each lasting
part in a process of its own, so what works here works for them. Everything is in one folder,
keys of all roles included: never for real submissions.
"""

from __future__ import annotations

import io
import json
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Final, NoReturn

import click
import httpx

from app.cli import main
from app.desk.training.answers import Record
from app.desk.training.curriculum import file_bytes, items
from app.desk.training.models import model_answers
from app.domain.weeks import week_of
from app.log.publication import CHECKPOINT
from app.settings import FILE_NAME
from app.web.clock import today
from crypto.tlog.policy import Policy
from crypto.training import is_sandbox
from tor.instance import DESK, SITE, Instance

ORIGIN: Final = "demo.wasl.example"
TRAINING_ORIGIN: Final = f"training.{ORIGIN}"
SAMPLES: Final = Path(__file__).parent.parent / "samples"
START_SECONDS: Final = 60
END_SECONDS: Final = 20
WITNESSES: Final = ("amal", "nahr")
"""Organisations of the demo that witness its log; either of them is enough."""
RULES: Final = ("--slot", "5s", "--gap", "30d", "--cover", "4 1/2")
"""A batch within seconds, none while nothing happens, and little cover: for trying out."""


@dataclass(frozen=True)
class SampleReviewer:
    """Somebody of a made-up organisation."""

    id: str
    org: str
    name_ar: str
    name_en: str


REVIEWERS: Final = (
    SampleReviewer("amal-1", "amal", "مركز أمل للحوار (مثال)", "Amal Dialogue Centre (example)"),
    SampleReviewer("amal-2", "amal", "مركز أمل للحوار (مثال)", "Amal Dialogue Centre (example)"),
    SampleReviewer("nahr-1", "nahr", "جمعية نهر (مثال)", "Nahr Association (example)"),
)
"""Of the founding organisations."""
NEWCOMER: Final = SampleReviewer("rukn-1", "rukn", "مبادرة ركن (مثال)", "Rukn Initiative (example)")
"""Of one that the founders vouch for; it is on probation."""


@dataclass(frozen=True)
class Layout:
    """Where things are in the demo's folder; *origin* is what its keys are named after."""

    root: Path
    origin: str = ORIGIN

    @property
    def is_training(self) -> bool:
        return is_sandbox(self.origin)

    @property
    def cases_sent(self) -> Path:
        """There once the made-up cases of a place for training were handed in."""
        return self.root / "cases-sent"

    @property
    def roots(self) -> Path:
        return self.root / "roots"

    @property
    def keyrings(self) -> Path:
        return self.root / "keyrings"

    @property
    def founding(self) -> Path:
        """The first keyring: whose vouches counted before there was anybody else."""
        return self.root / "founding"

    @property
    def registers(self) -> Path:
        return self.root / "registers"

    @property
    def application(self) -> Path:
        return self.root / f"{NEWCOMER.org}.application"

    @property
    def everybody(self) -> list[SampleReviewer]:
        """Those who have a desk: demos of older versions have no newcomer."""
        return [each for each in (*REVIEWERS, NEWCOMER) if self.desk(each).exists()]

    @property
    def site(self) -> Path:
        return self.root / "site"

    @property
    def passphrase(self) -> Path:
        return self.root / "passphrase"

    @property
    def facts(self) -> Path:
        return self.root / "demo.json"

    @property
    def policy(self) -> Path:
        return self.site / "witness-policy.txt"

    @property
    def tor(self) -> Path:
        return self.root / "tor"

    @property
    def onion_socket(self) -> Path:
        return self.root / "onion.sock"

    @property
    def client_keys(self) -> Path:
        return self.root / "client-keys"

    @property
    def network(self) -> Path:
        return self.root / "network.json"

    def witness(self, name: str) -> Path:
        return self.root / "witnesses" / name

    def desk(self, reviewer: SampleReviewer) -> Path:
        return self.root / "desks" / reviewer.id

    def enrolment(self, reviewer: SampleReviewer) -> Path:
        return self.root / f"enrolment-{reviewer.id}.json"

    def training(self, reviewer: SampleReviewer) -> Path:
        return self.root / f"training-{reviewer.id}.json"


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the demo; made if it is not there, used again if it is"
    " [demo-data, or training-data].",
)
@click.option("--port", type=click.IntRange(1, 65_535), default=8080, show_default=True)
@click.option("--desk-port", type=click.IntRange(1, 65_535), default=8081, show_default=True)
@click.option("--onion", is_flag=True, help="Also over a Tor network on this machine alone.")
@click.option("--training", is_flag=True, help="A place for training, with made-up cases in it.")
def command(data: Path | None, port: int, desk_port: int, onion: bool, training: bool) -> None:
    """Start everything on this machine, with sample organisations and topics.

    With --training it is a place for training: its pages say so, its keys work nowhere else, and
    made-up cases are in the inbox.
    """
    data = data or Path("training-data" if training else "demo-data")
    layout = Layout(data.resolve(), TRAINING_ORIGIN if training else ORIGIN)
    signal.signal(signal.SIGTERM, _end)
    is_new = not layout.facts.exists()
    if is_new:
        _begin(layout, onion)
    else:
        _require_same_port(layout, port)
        _require_onion_if_wanted(layout, onion)
    with _network(layout, onion) as network:
        if is_new:
            _build(layout, port, desk_port, onion)
        _renew_keys(layout)
        with _running(layout, port, desk_port) as children:
            _send_cases(layout, port)
            _tell(layout, port, desk_port)
            if network:
                children.append(network)
                _wait_for_network(layout, children)
                _tell_onion(layout)
            _watch(children)


def _require_same_port(layout: Layout, port: int) -> None:
    facts = json.loads(layout.facts.read_text("utf-8"))
    if not layout.training(REVIEWERS[0]).exists():
        raise click.ClickException(f"{layout.root} is of an older version: use another --data")
    if facts["origin"] != layout.origin:
        raise click.ClickException(
            f"{layout.root} is {facts['origin']}: with and without --training are two folders"
        )
    if facts["port"] != port:
        raise click.ClickException(
            f"{layout.root} was made for port {facts['port']}: "
            f"use --port {facts['port']}, or another --data"
        )


def _require_onion_if_wanted(layout: Layout, onion: bool) -> None:
    if onion and not layout.tor.exists():
        raise click.ClickException(f"{layout.root} was made without --onion: use another --data")


def _begin(layout: Layout, onion: bool) -> None:
    if layout.root.exists() and any(layout.root.iterdir()):
        raise click.ClickException(f"{layout.root} is not empty and holds no demo")
    click.echo(f"Building the demo in {layout.root}")
    layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    layout.passphrase.write_text(f"demo-{secrets.token_hex(4)}\n", "utf-8")
    if onion:
        _build_onion(layout)


def _build(layout: Layout, port: int, desk_port: int, onion: bool) -> None:
    _step("root keys, 2 of 3 must sign", "root", "init", layout.roots, "--name", layout.origin)
    for reviewer in REVIEWERS:
        _build_desk(layout, reviewer)
    _found(layout)
    first = _sign(layout, layout.founding, REVIEWERS, weeks=1)
    _build_desk(layout, NEWCOMER)
    _admit(layout)
    notes = _sign(layout, layout.keyrings, layout.everybody, weeks=8)
    url = f"http://127.0.0.1:{port}"
    twin = _onion_twin(layout) if onion else []
    _step(
        "the site: settings, keys, database",
        *("init", layout.site, "--origin", layout.origin, "--roots", layout.roots / "roots.txt"),
        *("--site-url", url, "--port", str(port), "--contact", "demo@wasl.example"),
        *twin,
    )
    _let_nobody_wait(layout)
    witnesses = _build_witnesses(layout)
    _sign_rules(layout)
    _publish(layout, "--register", _registers(layout)[0], *first)
    admitted = ("--register", _registers(layout)[1], "--application", layout.application)
    _publish(layout, *admitted, *notes)
    copies = sorted((SAMPLES / "topics" / "copies").iterdir())
    _wasl("topics", "archive", "--data", layout.site, *copies)
    for kind in ("topics", "agencies"):
        samples = sorted((SAMPLES / kind).glob("*.toml"))
        _step(f"sample {kind}", kind, "import", "--data", layout.site, *samples)
    for reviewer in layout.everybody:
        _step(
            f"{reviewer.id} learns where the site is",
            *("desk", "connect", layout.desk(reviewer), url),
            *("--roots", layout.roots / "roots.txt", "--passphrase-file", layout.passphrase),
        )
    _write_facts(layout, port, desk_port, witnesses)


def _build_onion(layout: Layout) -> None:
    """Keys for two onion services, the desk's closed but for one reviewer."""
    target = f"unix:{layout.onion_socket}"
    _step(
        "an onion for citizens and one for reviewers",
        "tor",
        "setup",
        layout.tor,
        *("--target", target),
    )
    addresses = Instance(layout.tor).addresses()
    reviewer = REVIEWERS[1].id
    file = layout.client_keys / f"{reviewer}.auth_private"
    key = _wasl("tor", "client-auth", "key", file, "--onion", addresses[DESK]).strip()
    _wasl("tor", "client-auth", "add", layout.tor / DESK, reviewer, key)


def _onion_twin(layout: Layout) -> list[str]:
    """Options for `wasl init`."""
    url = f"http://{Instance(layout.tor).addresses()[SITE]}"
    return ["--onion-url", url, "--onion-socket", str(layout.onion_socket)]


def _let_nobody_wait(layout: Layout) -> None:
    """Whoever tries the demo would not wait days for a citizen's objection."""
    with (layout.site / FILE_NAME).open("a", encoding="utf-8") as settings:
        settings.write("\n[cases]\nobjection_days = 0\n")


def _build_witnesses(layout: Layout) -> dict[str, int]:
    """Their ports by their names; the site's policy names them from now on."""
    policy = Policy.parse(layout.policy.read_text("utf-8"))
    known: list[str] = []
    for log in policy.logs:
        known += ["--log", log.key.encode()]
    ports = dict(zip(WITNESSES, _free_ports(len(WITNESSES)), strict=True))
    lines: list[str] = []
    for name in WITNESSES:
        vkey = _step(
            f"witness of {name}",
            *("witness", "init", layout.witness(name), "--name", f"{name}.example/witness"),
            *known,
        )
        lines.append(f"witness {name} {vkey.strip()} http://127.0.0.1:{ports[name]}\n")
    lines.append(f"group either any {' '.join(WITNESSES)}\nquorum either\n")
    logs = policy.encode().removesuffix("quorum none\n")
    layout.policy.write_text(logs + "".join(lines), "utf-8")
    return ports


def _free_ports(count: int) -> list[int]:
    """All held at once, so that no two are the same."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _sign_rules(layout: Layout) -> None:
    """What the log binds itself to, signed by the roots."""
    draft, note = layout.root / "rules.txt", layout.root / "rules.note"
    _step("rules of the log", *("rules", "draft", "--data", layout.site, *RULES, "--out", draft))
    _wasl("root", "rules", "--roots-dir", layout.roots, "--yes", draft, note)
    _wasl("rules", "publish", "--data", layout.site, note)


def _build_desk(layout: Layout, reviewer: SampleReviewer) -> None:
    passphrase = ("--passphrase-file", layout.passphrase)
    made = _step(
        f"desk of {reviewer.id} ({reviewer.name_en})",
        *("desk", "init", layout.desk(reviewer), "--origin", layout.origin, *passphrase, "--trial"),
        *("--org", reviewer.org, "--reviewer", reviewer.id),
        *("--name-ar", reviewer.name_ar, "--name-en", reviewer.name_en),
    )
    _enrol(layout, reviewer, made.split("Device key: ")[1].split()[0])


def _enrol(layout: Layout, reviewer: SampleReviewer, device: str) -> None:
    """Public keys for the officers, and a certificate of training that one of them examined.

    At a place for training the newcomer has none yet: her inbox shows what is missing.
    """
    enrol = (
        *("desk", "enrol", layout.desk(reviewer), "--passphrase-file", layout.passphrase),
        *("--out", layout.enrolment(reviewer)),
    )
    if layout.is_training and reviewer == NEWCOMER:
        _wasl(*enrol)
        return
    record = layout.training(reviewer)
    record.write_text(Record(model_answers(device)).encode(), "utf-8")
    _wasl(*enrol, "--training", record)
    _wasl("training", "countersign", record, "--key", layout.roots / "root-a.key", "--yes")


def _found(layout: Layout) -> None:
    """The first register: organisations that the roots alone admit."""
    founders: list[str | Path] = []
    for reviewer in REVIEWERS:
        founders += ["--founding", layout.enrolment(reviewer)]
    _step(
        "the founding organisations",
        *(
            "root",
            "admit",
            "--roots-dir",
            layout.roots,
            "--origin",
            layout.origin,
            "--yes",
            *founders,
        ),
        *("--out", layout.registers / "register-1.note"),
    )


def _admit(layout: Layout) -> None:
    """One more organisation applies, two vouch for it, and it is on probation."""
    secret: tuple[str | Path, ...] = ("--passphrase-file", layout.passphrase)
    out = ("--out", layout.application)
    _step(
        f"{NEWCOMER.org} applies and two vouch for it",
        *("desk", "apply", layout.desk(NEWCOMER), *secret, *out),
    )
    for reviewer in (REVIEWERS[0], REVIEWERS[-1]):
        _wasl("desk", "vouch", layout.desk(reviewer), layout.application, *secret, "--yes")
    _wasl(
        *("root", "admit", "--roots-dir", layout.roots, "--yes", layout.application),
        *("--register", layout.registers / "register-1.note"),
        *("--keyring", _keyrings(layout.founding)[-1]),
        *("--out", layout.registers / "register-2.note"),
    )


def _registers(layout: Layout) -> list[Path]:
    return sorted(layout.registers.glob("register-*.note"))


def _keyrings(folder: Path) -> list[Path]:
    return sorted(folder.glob("keyring-*.note"))


def _sign(
    layout: Layout, out: Path, reviewers: Sequence[SampleReviewer], *, weeks: int
) -> list[Path]:
    """A keyring for each of the next *weeks*, after those that are there; all in *out*."""
    enrolments: list[str | Path] = []
    for reviewer in reviewers:
        enrolments += ["--enrolment", layout.enrolment(reviewer)]
        if layout.training(reviewer).exists():
            enrolments += ["--training", layout.training(reviewer)]
    earlier = [*_keyrings(layout.founding), *_keyrings(layout.keyrings)]
    previous: list[str | Path] = ["--previous", earlier[-1]] if earlier else []
    _step(
        "keyrings",
        *(
            "root",
            "sign",
            "--roots-dir",
            layout.roots,
            "--origin",
            layout.origin,
            "--weeks",
            str(weeks),
        ),
        *("--register", _registers(layout)[-1], "--out", out, *enrolments, *previous),
    )
    return _keyrings(out)


def _publish(layout: Layout, *what: str | Path) -> None:
    _wasl("keyring", "publish", "--data", layout.site, *what)


def _renew_keys(layout: Layout) -> None:
    """A demo that slept for weeks has no keyring for this one."""
    if (layout.keyrings / f"keyring-{week_of(today())}.note").exists():
        return
    for reviewer in layout.everybody:
        _wasl("desk", "rotate", layout.desk(reviewer), "--passphrase-file", layout.passphrase)
        enrolment = json.loads(layout.enrolment(reviewer).read_text("utf-8"))
        _enrol(layout, reviewer, enrolment["device"])
    if not layout.registers.exists():
        _found(layout)
    notes = _sign(layout, layout.keyrings, layout.everybody, weeks=8)
    _publish(layout, "--register", _registers(layout)[-1], *notes)


def _write_facts(layout: Layout, port: int, desk_port: int, witnesses: dict[str, int]) -> None:
    """What the demo is made of, for scripts and for its own next start. Written last."""
    facts = {
        "origin": layout.origin,
        "port": port,
        "desk_port": desk_port,
        "passphrase": layout.passphrase.read_text("utf-8").strip(),
        "roots": str(layout.roots / "roots.txt"),
        "site": str(layout.site),
        "log": f"http://127.0.0.1:{port}/log",
        "witness_policy": str(layout.policy),
        "witnesses": witnesses,
        "desks": {each.id: str(layout.desk(each)) for each in layout.everybody},
    }
    layout.facts.write_text(json.dumps(facts, indent=1) + "\n", "utf-8")


def _send_cases(layout: Layout, port: int) -> None:
    """Hand in the made-up cases of a place for training, as citizens would."""
    if not layout.is_training or layout.cases_sent.exists():
        return
    click.echo("  - made-up cases, as citizens would send them (a minute)")
    # What the words give away is the point of them, so nobody is warned of it.
    with TemporaryDirectory() as folder, redirect_stderr(io.StringIO()):
        for item in items().values():
            text = Path(folder) / "text.txt"
            text.write_text(item.text, "utf-8")
            files: list[str | Path] = []
            if item.file:
                picture = Path(folder) / item.file
                picture.write_bytes(file_bytes(item.file))
                files = ["--attach", picture]
            url, topic = f"http://127.0.0.1:{port}", ("--topic", item.topic)
            _wasl("send", url, *topic, "--text-file", text, *files, "--json")
    layout.cases_sent.touch()


@contextmanager
def _network(layout: Layout, onion: bool) -> Iterator[subprocess.Popen[bytes] | None]:
    """The Tor network, if wanted: it gets ready while everything else is built and started."""
    layout.network.unlink(missing_ok=True)
    if not onion:
        yield None
        return
    keys = ("--client-keys", layout.client_keys)
    network = _start("tor", "testnet", layout.tor, *keys, "--facts", layout.network)
    try:
        yield network
    finally:
        network.terminate()
        _wait_or_kill(network)


@contextmanager
def _running(layout: Layout, port: int, desk_port: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    desk = layout.desk(REVIEWERS[0])
    witnesses = json.loads(layout.facts.read_text("utf-8"))["witnesses"]
    children = [
        _start("serve", "--data", layout.site),
        _start("desk", "serve", desk, "--port", str(desk_port)),
        *(
            _start("witness", "serve", layout.witness(name), "--port", str(at))
            for name, at in witnesses.items()
        ),
    ]
    try:
        for child, at in zip(children, (port, desk_port, *witnesses.values()), strict=True):
            _wait_until_answers(child, at)
        children.append(_start("sequence", "--data", layout.site, "--after-outage"))
        _wait_until_answers(children[-1], port, f"log/{CHECKPOINT}", HTTPStatus.OK)
        yield children
    except KeyboardInterrupt:
        click.echo("\nEnding.")
    finally:
        for child in children:
            child.terminate()
        for child in children:
            _wait_or_kill(child)


def _wait_for_network(layout: Layout, children: list[subprocess.Popen[bytes]]) -> None:
    """The network gives up by itself when it cannot start, and then says why."""
    while not layout.network.exists():
        if any(child.poll() is not None for child in children):
            raise click.ClickException("a part of the demo ended by itself; see above")
        time.sleep(0.1)


def _wait_or_kill(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _wait_until_answers(
    child: subprocess.Popen[bytes], port: int, path: str = "", wanted: int | None = None
) -> None:
    """Until anything is answered, or until the status is the one that is *wanted*."""
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/", timeout=5) as client:
        while child.poll() is None and time.monotonic() < deadline:
            try:
                status = client.get(path).status_code
            except httpx.TransportError:
                status = None
            if status is not None and wanted in (None, status):
                return
            time.sleep(0.1)
    raise click.ClickException(
        f"nothing answers at http://127.0.0.1:{port}/{path}: is another program using that port?"
    )


def _watch(children: list[subprocess.Popen[bytes]]) -> None:
    while all(child.poll() is None for child in children):
        time.sleep(0.5)
    raise click.ClickException("a part of the demo ended by itself; see above")


def _tell(layout: Layout, port: int, desk_port: int) -> None:
    site, code = f"http://127.0.0.1:{port}", "code.txt"
    passphrase, wasl = layout.passphrase.read_text("utf-8").strip(), _as_typed()
    colleague = layout.desk(REVIEWERS[1])
    click.echo(
        f"""
Wasl is running. {
            "This is a place for training."
            if layout.is_training
            else "Everything here is for trying out: all keys lie in one folder."
        }

  As a citizen     {site}/        (Arabic)
                   {site}/en/     (English)
  As a reviewer    http://127.0.0.1:{desk_port}/        passphrase: {passphrase}

  By program       {wasl} send {site} --topic water-strategy --text-file view.txt
                   {wasl} follow {site} --code-file {code}
                   {wasl} desk list {colleague} --passphrase-file {layout.passphrase}

  As an auditor    {site}/log/checkpoint        (the public log)
                   {wasl} audit init --policy {layout.policy} --url {site}/log --state audit
                   {wasl} audit sync --state audit
                   {wasl} audit verify --state audit

Ctrl+C ends it; the folder {layout.root} stays."""
    )


def _tell_onion(layout: Layout) -> None:
    network = json.loads(layout.network.read_text("utf-8"))
    site, desk, socks = (network["services"][SITE], network["services"][DESK], network["socks"])
    wasl, reviewer = _as_typed(), layout.desk(REVIEWERS[1])
    click.echo(
        f"""
  Over Tor         on a network that is on this machine alone and hides nobody
                   {wasl} send http://{site} --socks {socks} \\
                     --topic water-strategy --text-file view.txt
                   {wasl} tor status {layout.tor}
  As a reviewer    {wasl} desk connect {reviewer} http://{desk} --socks {socks} \\
                     --roots {layout.roots}/roots.txt --passphrase-file {layout.passphrase}
                   (only with the key in {layout.client_keys})"""
    )


def _as_typed() -> str:
    """How this very `wasl` is called from here; `make run` leaves it out of the PATH."""
    ours = Path(sys.executable).with_name("wasl")
    if shutil.which("wasl") == str(ours):
        return "wasl"
    return str(ours.relative_to(Path.cwd()) if ours.is_relative_to(Path.cwd()) else ours)


def _step(label: str, *arguments: str | Path) -> str:
    click.echo(f"  - {label}")
    return _wasl(*arguments)


def _wasl(*arguments: str | Path) -> str:
    """Run a command of ours to its end and return what it printed.

    In this process: two dozen programs would spend most of a start on loading themselves.
    """
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            code = main.main(list(map(str, arguments)), prog_name="wasl", standalone_mode=False)
    except click.ClickException as error:
        raise _failed(arguments, error.format_message()) from None
    if code:
        raise _failed(arguments, printed.getvalue().strip())
    return printed.getvalue()


def _failed(arguments: Sequence[str | Path], why: str) -> click.ClickException:
    return click.ClickException(f"`wasl {' '.join(map(str, arguments[:2]))}` failed: {why}")


def _start(*arguments: str | Path) -> subprocess.Popen[bytes]:
    """Start a lasting part; it leaves Ctrl+C to us, so that we end everything in order."""
    command = _command(*arguments)
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603


def _command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "app.cli", *map(str, arguments)]
