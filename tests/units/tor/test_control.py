"""The reader of the control protocol, against a tor that we play."""

from __future__ import annotations

import hmac
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest

from tor.control import Control
from tor.errors import ControlError
from tor.status import bootstrap_progress, introduction_points, is_published

COOKIE = bytes(range(32))
NONCE = bytes(32)
TO_CONTROLLER = b"Tor safe cookie authentication server-to-controller hash"
TO_SERVER = b"Tor safe cookie authentication controller-to-server hash"
ADDRESS = "25njqamcweflpvkl73j4szahhihoc4xt3ktcgjnpaingr5yhkenl5sid.onion"

Answers = dict[str, str]


@contextmanager
def _played(answers: Answers, cookie: bytes = COOKIE) -> Iterator[tuple[Path, list[str]]]:
    """A socket where *answers* are given by the command's beginning; and what was asked."""
    asked: list[str] = []
    with TemporaryDirectory(prefix="wasl-control-") as folder, socket.socket(socket.AF_UNIX) as tor:
        (Path(folder) / "cookie").write_bytes(COOKIE)
        path = Path(folder) / "control"
        tor.bind(str(path))
        tor.listen()
        thread = Thread(target=_serve, args=(tor, answers, cookie, Path(folder), asked))
        thread.start()
        try:
            yield path, asked
        finally:
            thread.join(10)


def _serve(
    tor: socket.socket, answers: Answers, cookie: bytes, folder: Path, asked: list[str]
) -> None:
    connection, _ = tor.accept()
    with connection, connection.makefile("rb") as lines:
        for line in lines:
            command = line.decode().strip()
            asked.append(command)
            connection.sendall(_answer(command, answers, cookie, folder).encode())


def _answer(command: str, answers: Answers, cookie: bytes, folder: Path) -> str:
    if command.startswith("PROTOCOLINFO"):
        methods = f'AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE="{folder}/cookie"'
        return f"250-PROTOCOLINFO 1\r\n250-{methods}\r\n250 OK\r\n"
    if command.startswith("AUTHCHALLENGE"):
        said = cookie + bytes.fromhex(command.split()[2]) + NONCE
        proof = hmac.digest(TO_CONTROLLER, said, "sha256").hex().upper()
        return f"250 AUTHCHALLENGE SERVERHASH={proof} SERVERNONCE={NONCE.hex()}\r\n"
    if command.startswith("AUTHENTICATE"):
        return "250 OK\r\n"
    return next((text for start, text in answers.items() if command.startswith(start)), "510 ?\r\n")


def test_the_cookie_is_proved_and_never_sent() -> None:
    with _played({}) as (path, asked), Control(path):
        pass

    nonce = bytes.fromhex(asked[1].split()[2])
    proof = hmac.digest(TO_SERVER, COOKIE + nonce + NONCE, "sha256").hex()
    assert asked[2] == f"AUTHENTICATE {proof}"
    assert COOKIE.hex() not in " ".join(asked).lower()


def test_whoever_does_not_know_the_cookie_learns_nothing() -> None:
    with (
        _played({}, cookie=bytes(32)) as (path, asked),
        pytest.raises(ControlError, match="does not know tor's cookie"),
    ):
        Control(path)

    assert not [line for line in asked if line.startswith("AUTHENTICATE")]


def test_answers_of_every_form_are_read_and_events_between_are_not_taken_for_them() -> None:
    circuits = (
        f"1 BUILT PURPOSE=HS_SERVICE_INTRO HS_STATE=HSSI_ESTABLISHED REND_QUERY={ADDRESS[:56]}",
        f"2 BUILT PURPOSE=HS_SERVICE_INTRO HS_STATE=HSSI_CONNECTING REND_QUERY={ADDRESS[:56]}",
        f"3 BUILT PURPOSE=HS_SERVICE_INTRO HS_STATE=HSSI_ESTABLISHED REND_QUERY={'a' * 56}",
        "4 BUILT PURPOSE=GENERAL",
    )
    answers = {
        "GETINFO version": "650 HS_DESC UPLOAD x y\r\n250-version=0.4.9\r\n250 OK\r\n",
        "GETINFO circuit-status": "250+circuit-status=\r\n"
        + "".join(f"{line}\r\n" for line in circuits)
        + ".\r\n250 OK\r\n",
        "GETINFO status": "250-status/bootstrap-phase=NOTICE PROGRESS=75 TAG=x\r\n250 OK\r\n",
    }
    with _played(answers) as (path, _), Control(path) as control:
        assert control.info("version") == "0.4.9"
        assert introduction_points(control, ADDRESS) == 1
        assert bootstrap_progress(control) == 75


REFUSALS: dict[str, tuple[str, str]] = {
    "refused": ("552 Unrecognized key\r\n", "tor refuses GETINFO: Unrecognized key"),
    "cut": ("250-version=0.4", "tor does not answer"),
}


@pytest.mark.parametrize(("answer", "message"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_an_error(answer: str, message: str) -> None:
    with (
        _played({"GETINFO": answer}) as (path, _),
        Control(path, timeout=1) as control,
        pytest.raises(ControlError, match=message),
    ):
        control.info("version")


def test_where_no_tor_is_the_message_says_what_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="is it running"):
        Control(tmp_path / "control")


NAME = ADDRESS[:56]
FETCHES = {
    "one directory has it": ((f"REQUESTED {NAME}", f"RECEIVED {NAME}"), True),
    "the second one has it": (
        (f"REQUESTED {NAME}", f"REQUESTED {NAME}", f"FAILED {NAME}", f"RECEIVED {NAME}"),
        True,
    ),
    "none has it": ((f"REQUESTED {NAME}", f"FAILED {NAME}"), False),
    "another service's is there": (
        (f"REQUESTED {NAME}", f"RECEIVED {'a' * 56}", f"FAILED {NAME}"),
        False,
    ),
}


@pytest.mark.parametrize(("events", "published"), FETCHES.values(), ids=FETCHES)
def test_a_descriptor_is_published_when_the_network_gives_it(
    events: tuple[str, ...], published: bool
) -> None:
    said = "".join(f"650 HS_DESC {event} NO_AUTH $AA~relay x\r\n" for event in events)
    answers = {"SETEVENTS": "250 OK\r\n", "HSFETCH": f"250 OK\r\n{said}"}
    with _played(answers) as (path, _):
        assert is_published(path, ADDRESS) == published
