"""A small reader of tor's control protocol (control-spec), enough to ask how tor is.

Own code, because stem, the one library for it, has had no release since 2023 and no types.
Authentication proves that we can read the cookie without handing it to whoever listens there
(SAFECOOKIE, control-spec §3.24).
"""

import hmac
import os
import re
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from tor.errors import ControlError

_SERVER: Final = b"Tor safe cookie authentication server-to-controller hash"
_CLIENT: Final = b"Tor safe cookie authentication controller-to-server hash"
_COOKIE_BYTES: Final = 32
_MAX_LINE_BYTES: Final = 1 << 20
_CHALLENGE: Final = re.compile(
    r"AUTHCHALLENGE SERVERHASH=([0-9A-F]{64}) SERVERNONCE=([0-9A-F]{64})"
)


class Control:
    """An authenticated connection to the control socket at a path."""

    def __init__(self, path: Path, *, timeout: float = 30) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(str(path))
        except OSError as exc:
            self._socket.close()
            raise ControlError(
                f"no tor answers at {path}: is it running, and may this user read it?"
            ) from exc
        self._lines = self._socket.makefile("rb")
        try:
            self._authenticate()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def wait_at_most(self, seconds: float) -> None:
        """For each line from now on; after a line that did not come the connection is of no use."""
        self._socket.settimeout(seconds)

    def ask(self, command: str) -> list[str]:
        """Send one line; return the lines of the answer, or raise `ControlError`."""
        try:
            self._socket.sendall(f"{command}\r\n".encode("ascii"))
        except OSError as exc:
            raise ControlError("tor closed the connection") from exc
        answer: list[str] = []
        for code, text, is_last in self._reply():
            # Asynchronous events may come between a question and its answer.
            if code.startswith("6"):
                continue
            answer.append(text)
            if is_last and not code.startswith("2"):
                raise ControlError(f"tor refuses {command.split(maxsplit=1)[0]}: {text}")
            if is_last:
                return answer
        raise ControlError("tor closed the connection")

    def info(self, key: str) -> str:
        """The value of one `GETINFO` key; lines are parted by line feeds."""
        first, *rest = self.ask(f"GETINFO {key}")
        return "\n".join([first.partition("=")[2], *rest[:-1]]).strip("\n")

    def events(self) -> Iterator[str]:
        """Asynchronous events as they come; ends with `ControlError` when time is up."""
        for code, text, _ in self._reply():
            if code.startswith("6"):
                yield text

    def _reply(self) -> Iterator[tuple[str, str, bool]]:
        """Code, text, and whether the reply ends with it."""
        while line := self._line():
            code, separator, text = line[:3], line[3:4], line[4:]
            yield code, text, separator == " "
            if separator == "+":
                for more in self._data():
                    yield code, more, False

    def _data(self) -> Iterator[str]:
        while (line := self._line()) != ".":
            yield line.removeprefix(".")

    def _line(self) -> str:
        try:
            raw = self._lines.readline(_MAX_LINE_BYTES)
        except OSError as exc:
            raise ControlError("tor does not answer") from exc
        if not raw.endswith(b"\r\n"):
            raise ControlError("tor closed the connection")
        return raw[:-2].decode("utf-8", "replace")

    def _authenticate(self) -> None:
        cookie = self._cookie()
        nonce = os.urandom(_COOKIE_BYTES)
        (answer,) = self.ask(f"AUTHCHALLENGE SAFECOOKIE {nonce.hex()}")
        challenge = _CHALLENGE.fullmatch(answer)
        if challenge is None:
            raise ControlError("what answers there is not tor")
        theirs, their_nonce = map(bytes.fromhex, challenge.groups())
        said = cookie + nonce + their_nonce
        if not hmac.compare_digest(hmac.digest(_SERVER, said, "sha256"), theirs):
            raise ControlError("what answers there does not know tor's cookie")
        self.ask(f"AUTHENTICATE {hmac.digest(_CLIENT, said, 'sha256').hex()}")

    def _cookie(self) -> bytes:
        methods = next(
            (line for line in self.ask("PROTOCOLINFO 1") if line.startswith("AUTH ")), ""
        )
        files = [each for each in shlex.split(methods) if each.startswith("COOKIEFILE=")]
        if not files:
            raise ControlError("tor has no control cookie: set CookieAuthentication 1")
        try:
            cookie = Path(files[0].removeprefix("COOKIEFILE=")).read_bytes()
        except OSError as exc:
            raise ControlError(f"{exc.filename}: {exc.strerror}; run this as tor's user") from None
        if len(cookie) != _COOKIE_BYTES:
            raise ControlError("tor's control cookie does not have 32 bytes")
        return cookie
