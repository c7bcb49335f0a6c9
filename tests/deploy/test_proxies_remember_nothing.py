"""What stands before the site: it passes bodies on, keeps nothing, says nothing of itself."""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil
import pytest

from app.web.clock import today
from app.web.headers import ALWAYS
from tests.stack import free_port
from tests.units.citizen.plain_browser import MULTIPART, encode_multipart, review_form
from tests.world import SEALED_HEADERS, World, sealed_body

DEPLOY = Path(__file__).parents[2] / "deploy"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
CANARY = b"CANARY-of-somebody"
START_SECONDS = 60
needs_nginx = pytest.mark.skipif(not Path(NGINX).exists(), reason="needs nginx")
needs_caddy = pytest.mark.skipif(not shutil.which("caddy"), reason="needs caddy")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A short path, because a socket's has at most 108 bytes."""
    with TemporaryDirectory(prefix="wasl-proxy-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


class Proxy:
    """nginx as it is deployed, but for its ports, its paths and a certificate of our own."""

    def __init__(self, folder: Path, backend: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.plain_port = free_port()
        self.configuration = folder / "nginx.conf"
        text = (DEPLOY / "nginx" / "nginx.conf").read_text("utf-8")
        for old, new in (
            ("/run/wasl/site.sock", str(backend)),
            ("/etc/letsencrypt/live/wasl.example", str(folder)),
            ("/run/nginx.pid", f"{folder}/nginx.pid"),
            ("/dev/shm/", f"{folder}/"),  # noqa: S108 what the configuration names
            ("[::]:443", f"[::1]:{self.port}"),
            ("[::]:80", f"[::1]:{self.plain_port}"),
            ("listen 443", f"listen 127.0.0.1:{self.port}"),
            ("listen 80", f"listen 127.0.0.1:{self.plain_port}"),
            ("user www-data;\n", ""),
        ):
            assert old in text, old
            text = text.replace(old, new)
        self.configuration.write_text(text, "utf-8")
        certify(folder)

    @property
    def command(self) -> list[str]:
        return [NGINX, "-p", str(self.folder), "-c", str(self.configuration)]

    @contextmanager
    def running(self) -> Iterator[psutil.Process]:
        command = [*self.command, "-g", "daemon off;"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                wait_for_port(self.port)
                yield psutil.Process(process.pid)
            finally:
                process.terminate()

    def client(self) -> httpx.Client:
        trust = ssl.create_default_context(cafile=str(self.folder / "fullchain.pem"))
        transport = httpx.HTTPTransport(verify=trust)
        return httpx.Client(transport=_Named(transport, self.port), timeout=60)


class _Named(httpx.BaseTransport):
    """Asks for wasl.example at the port on loopback."""

    def __init__(self, inner: httpx.HTTPTransport, port: int) -> None:
        self._inner, self._port = inner, port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = "wasl.example"
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def certify(folder: Path) -> None:
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        f" -keyout {folder}/privkey.pem -out {folder}/fullchain.pem -subj /CN=wasl.example"
        " -addext subjectAltName=DNS:wasl.example"
    )
    subprocess.run(command.split(), check=True, capture_output=True)


def wait_for_port(port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nobody listens")


@pytest.fixture(scope="module")
def world(folder: Path) -> Iterator[World]:
    world = World(folder / "world", today=today())
    settings = world.settings.data / "wasl.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('\nsocket = ""', f'\nsocket = "{folder}/site.sock"'), "utf-8")
    command = [sys.executable, "-m", "app.cli", "serve", "--data", str(world.settings.data)]
    with subprocess.Popen(command) as process:
        end = time.monotonic() + START_SECONDS
        while not (folder / "site.sock").exists():
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        # In the units systemd gives the socket to the group of the web server.
        (folder / "site.sock").chmod(0o666)
        yield world
        process.terminate()
    world.close()


@pytest.fixture(scope="module")
def proxy(folder: Path, world: World) -> Iterator[Proxy]:
    assert world.settings.origin == "wasl.example"
    proxy = Proxy(folder, folder / "site.sock")
    with proxy.running():
        yield proxy


@needs_nginx
def test_nginx_understands_every_line(tmp_path: Path) -> None:
    proxy = Proxy(tmp_path, tmp_path / "site.sock")
    done = subprocess.run([*proxy.command, "-t"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


@needs_nginx
def test_the_site_answers_through_nginx_with_its_own_headers(proxy: Proxy, world: World) -> None:
    citizen = world.citizen()
    with proxy.client() as client:
        page = client.get("https://wasl.example/en/")
        sent = client.post(
            "https://wasl.example/api/v1/submissions",
            content=sealed_body(citizen.request()),
            headers=SEALED_HEADERS,
        )

    assert sent.status_code == 201, sent.text
    for answer in (page, sent):
        assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS
        assert answer.headers["Server"] == "nginx"
        assert not {"Via", "ETag", "Last-Modified", "Content-Encoding"} & set(answer.headers)


@needs_nginx
def test_nothing_of_a_request_is_on_disk_afterwards(proxy: Proxy, world: World) -> None:
    letter = (CANARY + b" ") * 150_000
    named = {"Content-Type": MULTIPART, "User-Agent": "CANARY-of-somebody", "Cookie": "a=CANARY-o"}
    with proxy.client() as client:
        form = review_form(client.get("https://wasl.example/en/write?topic=bus-lines").text)
        form.fill(problem=CANARY.decode())
        body = encode_multipart(form.pairs, [("letter.txt", letter)])
        shown = client.post(f"https://wasl.example{form.action}", content=body, headers=named)
        client.get("https://wasl.example/CANARY-of-somebody?CANARY-of-somebody", headers=named)
        client.request("CANARY-of-somebody", "https://wasl.example/")

    assert shown.status_code == 200, shown.text
    assert CANARY.decode() in shown.text
    assert CANARY not in world.at_rest()
    assert [path for path in written(proxy.folder) if CANARY in path.read_bytes()] == []


def written(folder: Path) -> Iterator[Path]:
    """Wherever nginx could have put something."""
    places = [folder, Path("/var/log/nginx"), Path("/var/lib/nginx")]
    return (path for place in places for path in place.rglob("*") if path.is_file())


@needs_nginx
def test_a_body_on_its_way_is_in_no_file(folder: Path) -> None:
    """Looked at in the middle of a long upload that never ends."""
    (folder / "slow").mkdir()
    with backend(folder / "slow" / "site.sock") as heard:
        proxy = Proxy(folder / "slow", folder / "slow" / "site.sock")
        with proxy.running() as nginx, tls_connection(proxy) as connection:
            connection.sendall(
                b"POST /en/review HTTP/1.1\r\nHost: wasl.example\r\nContent-Length: 9000000\r\n\r\n"
            )
            connection.sendall((CANARY + b" ") * 100_000)
            wait_until(lambda: heard.count(CANARY) > 90_000)
            opened = {each.path for worker in nginx.children() for each in worker.open_files()}

    assert opened - {"/dev/null"} == set()


@needs_nginx
def test_who_asks_is_not_passed_on(folder: Path) -> None:
    (folder / "who").mkdir()
    names = (
        *("User-Agent", "Referer", "Cookie", "Accept-Language"),
        *("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"),
    )
    named = dict.fromkeys(names, "CANARY-of-somebody")
    with backend(folder / "who" / "site.sock") as heard:
        proxy = Proxy(folder / "who", folder / "who" / "site.sock")
        with proxy.running(), proxy.client() as client:
            answer = client.get("https://wasl.example/en/topics", headers=named)

    assert answer.text == "ok"
    assert heard.startswith(b"GET /en/topics HTTP/1.1\r\nHost: wasl.example\r\n")
    assert CANARY not in heard
    assert b"127.0.0.1" not in heard


@needs_nginx
def test_a_site_that_is_down_is_said_to_be_in_both_languages(folder: Path) -> None:
    (folder / "down").mkdir()
    proxy = Proxy(folder / "down", folder / "down" / "nobody.sock")
    with proxy.running(), proxy.client() as client:
        answer = client.get("https://wasl.example/")

    assert answer.status_code == 503
    assert "الموقع لا يجيب الآن" in answer.text
    assert "Nothing was sent." in answer.text
    assert answer.headers["Server"] == "nginx"


@needs_nginx
def test_only_tls_1_3_and_only_by_our_name(proxy: Proxy) -> None:
    old = ssl.create_default_context(cafile=str(proxy.folder / "fullchain.pem"))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    for context, name in ((old, "wasl.example"), (_anyone(), "other.example")):
        with socket.create_connection(("127.0.0.1", proxy.port)) as raw, pytest.raises(OSError):
            context.wrap_socket(raw, server_hostname=name)
    answer = httpx.get(f"http://127.0.0.1:{proxy.plain_port}/a", headers={"Host": "wasl.example"})
    assert answer.headers["Location"] == "https://wasl.example/a"


def _anyone() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@contextmanager
def tls_connection(proxy: Proxy) -> Iterator[ssl.SSLSocket]:
    raw = socket.create_connection(("127.0.0.1", proxy.port), timeout=30)
    with raw, _anyone().wrap_socket(raw, server_hostname="wasl.example") as connection:
        yield connection


@contextmanager
def backend(path: Path) -> Iterator[bytearray]:
    """Something in the site's place that answers "ok" and keeps every byte it hears."""
    heard = bytearray()

    def listen(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                answered = False
                while piece := connection.recv(65_536):
                    heard.extend(piece)
                    if not answered and heard.startswith(b"GET"):
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                        answered = True

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen()
        threading.Thread(target=listen, args=(listener,), daemon=True).start()
        yield heard
        listener.shutdown(socket.SHUT_RDWR)


def wait_until(holds: Any) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


@needs_caddy
def test_caddy_understands_its_file_and_remembers_nothing() -> None:
    file = str(DEPLOY / "caddy" / "Caddyfile")
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    command = ["caddy", "adapt", "--adapter", "caddyfile", "--config", file]
    config = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    [server] = config["apps"]["http"]["servers"].values()
    assert config["logging"]["logs"]["default"]["writer"] == {"output": "discard"}
    assert config["admin"]["disabled"]
    assert "logs" not in server
    assert server["tls_connection_policies"][0]["protocol_min"] == "tls1.3"
    assert "encode" not in json.dumps(config)


def test_both_proxies_drop_the_same_headers() -> None:
    nginx = (DEPLOY / "nginx" / "nginx.conf").read_text("utf-8")
    caddy = (DEPLOY / "caddy" / "Caddyfile").read_text("utf-8")
    by_nginx = set(re.findall(r'proxy_set_header (\S+) "";', nginx)) - {"Connection"}
    by_caddy = set(re.findall(r"header_up -(\S+)", caddy))

    # Caddy adds two of its own accord.
    assert by_caddy - by_nginx == {"X-Forwarded-Proto", "X-Forwarded-Host"}
    assert by_nginx <= by_caddy
