"""Asking witnesses for cosignatures (C2SP tlog-witness), and what they know of this log.

A witness remembers one tree of the log and cosigns only what continues it. Any answer but 200
is no cosignature; 409 with a size says which tree it remembers, and that it is larger than ours
says that this database is an old copy. Nothing is sent but the log's own lines and a proof.
"""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Protocol, Self

import httpx

from app.log.errors import RestoredError
from app.tls import certificates_for
from crypto.encoding import decode_decimal, encode_base64
from crypto.errors import CryptoError
from crypto.note import open_note, signature_line
from crypto.tlog.cosignature import time_of
from crypto.tlog.policy import Policy, Witness

MAX_ANSWER_BYTES: Final = 65_536
TIMEOUT: Final = httpx.Timeout(20.0, connect=30.0)
_SIZE: Final = re.compile(r"(0|[1-9][0-9]{0,15})\n", re.ASCII)
_TRIES: Final = 3


class Tree(Protocol):
    """What is asked about: `crypto.tlog.tiles.TiledTree` is one."""

    size: int

    def consistency_proof(self, old: int) -> list[bytes]: ...


@dataclass(frozen=True)
class Cosigned:
    """Verified lines and times (POSIX seconds) by the witnesses' names in the policy.

    `reached` names those who answered anything sensible, and so do not know a larger tree.
    """

    lines: dict[str, str] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    reached: frozenset[str] = frozenset()


@dataclass
class _Remembered:
    """The size that a witness has said it remembers, or cosigned last."""

    size: int = 0


class WitnessClient(AbstractContextManager["WitnessClient"]):
    """Talks to the witnesses of a policy; *socks* is `HOST:PORT` of a SOCKS proxy, or empty."""

    def __init__(
        self, policy: Policy, *, socks: str = "", transport: httpx.BaseTransport | None = None
    ) -> None:
        self._witnesses = [witness for witness in policy.witnesses if witness.url]
        self._remembered = {witness.name: _Remembered() for witness in self._witnesses}
        self._http = httpx.Client(
            timeout=TIMEOUT,
            proxy=f"socks5h://{socks}" if socks else None,
            trust_env=False,
            follow_redirects=False,
            transport=transport,
            verify=certificates_for(*(witness.url for witness in self._witnesses)),
            headers={"User-Agent": "wasl-log"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._http.close()

    def cosign(self, tree: Tree, note: str) -> Cosigned:
        """Ask everyone to cosign *note*, which is over *tree*.

        Raises `RestoredError` if anyone remembers a larger tree.
        """
        lines, times, reached = {}, {}, set()
        for witness in self._witnesses:
            answer = self._ask(witness, tree, note)
            if answer is not None:
                reached.add(witness.name)
            if answer:
                lines[witness.name] = signature_line(witness.key, answer)
                times[witness.name] = time_of(answer)
        return Cosigned(lines, times, frozenset(reached))

    def _ask(self, witness: Witness, tree: Tree, note: str) -> bytes | None:
        """A verified cosignature, empty if it was refused; None if nobody was there."""
        remembered = self._remembered[witness.name]
        for _ in range(_TRIES):
            answer = self._post(witness, add_checkpoint(tree, remembered.size, note))
            if answer is None:
                return None
            status, text = answer
            if status == HTTPStatus.OK:
                remembered.size = tree.size
                return _cosignature(witness, note, text)
            size = _size_of(text) if status == HTTPStatus.CONFLICT else None
            if size is None or size == remembered.size:
                return b""
            if size > tree.size:
                raise RestoredError(
                    f"witness {witness.name} has seen a tree of {size} leaves, and the database "
                    f"has {tree.size}: it is an old copy, and the log must not go on from it"
                )
            remembered.size = size
        return b""

    def _post(self, witness: Witness, body: bytes) -> tuple[int, str] | None:
        url = f"{witness.url.rstrip('/')}/add-checkpoint"
        try:
            with self._http.stream("POST", url, content=body) as response:
                untrusted = b""
                for chunk in response.iter_bytes():
                    untrusted += chunk
                    if len(untrusted) > MAX_ANSWER_BYTES:
                        return None
        except (httpx.HTTPError, httpx.InvalidURL):
            return None
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return None
        return response.status_code, untrusted.decode("utf-8", "replace")


def add_checkpoint(tree: Tree, old: int, note: str) -> bytes:
    """The body of a request to cosign *note*, for a witness that remembers *old* leaves."""
    # A witness that remembers more than we have is sent no proof: there is none.
    proof: Sequence[bytes] = tree.consistency_proof(old) if old <= tree.size else ()
    lines = [f"old {old}", *map(encode_base64, proof)]
    return ("".join(f"{line}\n" for line in lines) + "\n" + note).encode()


def _cosignature(witness: Witness, note: str, untrusted_lines: str) -> bytes:
    try:
        opened = open_note(note + untrusted_lines, [witness.key])
    except CryptoError:
        return b""
    return opened.signatures[0]


def _size_of(untrusted: str) -> int | None:
    match = _SIZE.fullmatch(untrusted)
    return decode_decimal(match[1]) if match else None
