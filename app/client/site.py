"""One site over HTTP: every request a citizen's program or a desk makes.

Rules of this module: no redirect is followed, no cookie is kept, no environment variable chooses
a proxy, every answer is read up to a limit and checked before anyone else sees it. Through SOCKS
names are resolved by the proxy, never here, and each `Site` asks Tor for circuits of its own.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import httpx

from app.client.errors import (
    PROBLEM_PREFIX,
    Problem,
    SiteOddError,
    SiteRefusedError,
    SiteUnreachableError,
    StillCarriedError,
    UnsafeAddressError,
    WorkWantedError,
)
from app.domain import media_types
from app.domain.agencies import Agency
from app.domain.cases import UNKNOWN_STATUS, Lane, Status
from app.domain.errors import MalformedTopicError
from app.domain.weeks import monday_of
from app.tls import certificates_for
from crypto.work import MAX_BITS, Work, work_on

USER_AGENT: Final = "Mozilla/5.0"  # says neither program, version nor system
MAX_ANSWER_BYTES: Final = 1 << 20
MAX_LISTING_BYTES: Final = 64 << 20
INTAKE: Final = "/api/v1/intake"
AGENCIES: Final = "/api/v1/agencies"
ASKED: Final = "/api/v1/topics"
LISTING: Final = "/api/v1/desk/cases"
BLOBS: Final = "/api/v1/desk/blobs/"
WORK_WANTED: Final = "work-wanted"
PAYMENTS: Final = 3
"""How often one request is paid for: a price may rise, or an answer be too late."""
TRY_LATER: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
# A Tor circuit may need a minute to build, and a reviewer's line may be slow.
TIMEOUT: Final = httpx.Timeout(60.0, connect=90.0)

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Body:
    """What a request carries, and what type it says it is."""

    type: str
    content: bytes


@dataclass(frozen=True)
class Portal:
    """What the official portal calls a question, and until when it takes comments."""

    title_ar: str
    title_en: str
    number: str | None
    deadline: date | None


@dataclass(frozen=True)
class Topic:
    """An open question; `closes` is the last day on which it takes answers."""

    slug: str
    title_ar: str
    title_en: str
    closes: date | None
    portal: Portal | None = None


@dataclass(frozen=True)
class Asked:
    """A topic's page: the note by two who signed it, else the JSON. Nothing is verified yet."""

    slug: str
    content: str | None
    note: str | None


@dataclass(frozen=True)
class Intake:
    """What a site needs from and tells to everyone who seals. Nothing here is verified yet."""

    origin: str
    keyring_note: str
    roots_text: str
    promise_key: str
    topics: tuple[Topic, ...]
    attachment_bytes: int
    attachments: int
    part_bytes: int
    text_bytes: int
    objection_days: int
    log_policy: str


@dataclass(frozen=True)
class Upload:
    """A place for one sealed attachment; `have` are the parts that arrived."""

    id: str
    parts: int
    part_bytes: int
    have: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Accepted:
    """The site's answer to a submission; `promise` is a signed note, unverified."""

    commitment: bytes
    promise: str
    merge_by: date


@dataclass(frozen=True)
class MailboxSlot:
    """One of the four slots of an answer; an empty one has a random name."""

    name: bytes
    envelope: bytes


@dataclass(frozen=True)
class Mailbox:
    """`digest` is H of the stored envelope, `week` the ISO week in which it came."""

    status: str
    week: str
    digest: bytes
    slots: tuple[MailboxSlot, ...]


@dataclass(frozen=True)
class ListedAttachment:
    digest: bytes
    size: int


@dataclass(frozen=True)
class ListedCase:
    """A row of the desk's list; `week` is ISO 8601, `size` the bytes of the age file."""

    slot: bytes
    week: str
    status: str
    digest: bytes
    size: int
    attachments: tuple[ListedAttachment, ...]
    objection_until: date | None


@dataclass(frozen=True)
class ListedMessage:
    """A follow-up (`lane` citizen) or a reply (`lane` team, `copy` is the colleagues' digest)."""

    slot: bytes
    lane: Lane
    digest: bytes
    copy: bytes | None


@dataclass(frozen=True)
class ListedTeamNote:
    """A note among reviewers under its random name."""

    slot: bytes
    digest: bytes


@dataclass(frozen=True)
class ListedRelay:
    """A relay; `answer` and `document` are H of age files, None while there are none."""

    id: bytes
    agency: str
    topic: str
    due: date
    answer: bytes | None
    document: bytes | None


@dataclass(frozen=True)
class Listing:
    cases: tuple[ListedCase, ...]
    messages: tuple[ListedMessage, ...]
    team: tuple[ListedTeamNote, ...]
    relays: tuple[ListedRelay, ...]


def encode_bytes(data: bytes) -> str:
    """Base64 with padding, as the contract writes bytes."""
    return base64.b64encode(data).decode("ascii")


def decode_bytes(text: str) -> bytes:
    """The inverse of `encode_bytes`, for what this program wrote itself."""
    return base64.b64decode(text)


class Site:
    """A connection to one site. Close it, or use it as a context manager.

    *url* is `https://…`, `http://….onion` (only with *socks*) or `http://` to this machine.
    *socks* is `host:port` of Tor's SOCKS port. *transport* replaces the network.
    """

    trip: int | None = None
    """Where a courier brought the answers: which of her trips it was."""

    def __init__(
        self,
        url: str,
        socks: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = safe_address(url, through_socks=socks is not None)
        self._client = httpx.Client(
            base_url=self.url,
            proxy=isolated_proxy(socks) if socks is not None else None,
            transport=transport,
            verify=certificates_for(self.url),
            headers={
                "User-Agent": USER_AGENT,
                "Accept": "*/*",
                # Compressed answers have sizes that tell about their content.
                "Accept-Encoding": "identity",
            },
            follow_redirects=False,
            trust_env=False,
            timeout=TIMEOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    # What everyone may ask.

    def intake(self) -> Intake:
        """Return the current keyring note, topics and limits."""
        return parse_intake(self.fetch(INTAKE))

    def fetch(self, path: str, limit: int = MAX_ANSWER_BYTES) -> bytes:
        """Return an answer as it came; more than *limit* bytes are refused."""
        return self._send("GET", path, limit=limit)

    def log_file(self, path: str, limit: int) -> bytes:
        """Return a file of the public log, whole; more than *limit* bytes are refused."""
        return self._send("GET", f"/log/{path}", limit=limit)

    def create_upload(self, size: int) -> Upload:
        """Ask for a place for a sealed attachment of *size* bytes."""
        answer = self._paying("/api/v1/uploads", _as_json({"size": size}))
        with _contract():
            upload = Upload(
                id=_hex_ticket(answer["id"]),
                parts=_count(answer["parts"], least=1),
                part_bytes=_count(answer["part_bytes"], least=1),
            )
            if -(-size // upload.part_bytes) != upload.parts:
                raise ValueError("parts")
            return upload

    def put_part(self, upload: Upload, number: int, part: bytes) -> None:
        """Store part *number* (from 0). The same bytes may be put again."""
        self._send("PUT", f"/api/v1/uploads/{upload.id}/{number}", Body(media_types.BYTES, part))

    def missing_parts(self, upload: Upload) -> list[int]:
        """Return the numbers of the parts that the site does not have, ascending."""
        answer = self._json("GET", f"/api/v1/uploads/{upload.id}")
        with _contract():
            have = {_count(number) for number in _list(answer["have"])}
        return [number for number in range(upload.parts) if number not in have]

    def submit(self, request: Mapping[str, object], envelope: bytes) -> Accepted:
        """Hand in a sealed submission. The same request may be handed in again."""
        answer = self._paying("/api/v1/submissions", _sealed(request, envelope))
        with _contract():
            return Accepted(
                commitment=_bytes(answer["commitment"], 32),
                promise=_text(answer["promise"]),
                merge_by=date.fromisoformat(answer["merge_by"]),
            )

    def deposit(self, request: Mapping[str, object], envelope: bytes) -> None:
        """Hand in a follow-up message. The same request may be handed in again."""
        self._paying("/api/v1/messages", _sealed(request, envelope))

    def agencies(self) -> tuple[Agency, ...]:
        """Return the communication plans, checked for form only."""
        answer = self._json("GET", AGENCIES)
        with _contract():
            return tuple(Agency.parse(json.dumps(item)) for item in _list(answer["agencies"]))

    def asked(self) -> tuple[Asked, ...]:
        """Return what people are asked, topic by topic, unverified."""
        answer = _object(self.fetch(ASKED, MAX_LISTING_BYTES))
        with _contract():
            return tuple(
                Asked(
                    _text(item["slug"]),
                    None if item["content"] is None else _text(item["content"]),
                    None if item["note"] is None else _text(item["note"]),
                )
                for item in _list(answer["topics"])
            )

    def object_to(self, request: Mapping[str, object]) -> str:
        """Stop a relay as the holder of the code; return the status that the case now has."""
        return self._holder("object", request)

    def withdraw(self, request: Mapping[str, object]) -> str:
        """End a case as the holder of the code; return the status that the case now has."""
        return self._holder("withdraw", request)

    def _holder(self, action: str, request: Mapping[str, object]) -> str:
        answer = self._json("POST", f"/api/v1/case/{action}", request)
        with _contract():
            return Status(answer["status"])

    def mailbox(self, request: Mapping[str, object]) -> Mailbox:
        """Read one window of a mailbox; unknown names look like empty ones."""
        answer = self._json("POST", "/api/v1/mailbox", request)
        with _contract():
            return Mailbox(
                status=_mailbox_status(answer["status"]),
                week=_week(answer["week"]),
                digest=_bytes(answer["digest"], 32),
                slots=tuple(
                    MailboxSlot(_bytes(slot["name"], 32), _bytes(slot["envelope"]))
                    for slot in _list(answer["slots"])
                ),
            )

    def desk_session(self, sign: Callable[[str], str]) -> DeskSession:
        """Return a session of the device whose *sign* turns a challenge into a signed note."""
        return DeskSession(self, lambda: self.open_desk_session(sign))

    def courier_session(self, sign: Callable[[str], str], pass_note: str) -> DeskSession:
        """Return a session of the device that gave *pass_note* to the signing key."""
        return DeskSession(self, lambda: self._open_courier_session(sign, pass_note))

    def open_desk_session(self, sign: Callable[[str], str]) -> str:
        """Prove possession of a device key and return a token that lives for some minutes."""
        answer = self._json("POST", "/api/v1/desk/session", {"note": sign(self._challenge())})
        with _contract():
            return _text(answer["token"])

    def _open_courier_session(self, sign: Callable[[str], str], pass_note: str) -> str:
        proof = {"note": sign(self._challenge()), "pass": pass_note}
        answer = self._json("POST", "/api/v1/desk/courier", proof)
        with _contract():
            return _text(answer["token"])

    def _challenge(self) -> str:
        answer = self._json("POST", "/api/v1/desk/challenge", {})
        with _contract():
            challenge = _text(answer["challenge"])
            plain = challenge.isascii() and challenge.isprintable()
            if not plain or not 0 < len(challenge) <= 200:
                raise ValueError("challenge")
            return challenge

    # What a courier must be told, and a network need not be.

    def begin_batch(self) -> None:
        """What is sent from here on is worth sending whatever became of what was sent before."""

    def end_of_batches(self, today: date) -> int:  # noqa: ARG002 for couriers
        """Everything that waits has been sent. Return how many requests a courier must carry."""
        return 0

    # How every request is made.

    def _paying(self, path: str, body: Body) -> Json:
        """Send *body*, and again with the work that the site wants while many send."""
        work: Work | None = None
        for _ in range(PAYMENTS):
            try:
                return _object(self._send("POST", path, body, work=work))
            except WorkWantedError as wanted:
                work = work_on(wanted.challenge, wanted.bits)
        return _object(self._send("POST", path, body, work=work))

    def _json(self, method: str, path: str, fields: Mapping[str, object] | None = None) -> Json:
        return _object(self._send(method, path, None if fields is None else _as_json(fields)))

    def _send(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        *,
        token: str | None = None,
        work: Work | None = None,
        limit: int = MAX_ANSWER_BYTES,
    ) -> bytes:
        with self._open(method, path, body, token=token, work=work) as response:
            return b"".join(_limited(response, limit))

    @contextmanager
    def _open(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        *,
        token: str | None = None,
        work: Work | None = None,
    ) -> Iterator[httpx.Response]:
        """Yield a successful answer whose body is still unread."""
        headers = {}
        if body is not None:
            headers["Content-Type"] = body.type
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if work is not None:
            headers["Wasl-Work"] = work.encode()
        try:
            content = None if body is None else body.content
            with self._client.stream(method, path, content=content, headers=headers) as response:
                self._client.cookies.clear()
                if response.status_code in TRY_LATER or response.status_code >= 500:
                    raise _not_now(response)
                if response.status_code >= 400:
                    raise SiteRefusedError(_problem(_document(response), response.status_code))
                if response.status_code == HTTPStatus.ACCEPTED:
                    raise StillCarriedError
                if not response.is_success:
                    raise SiteOddError("the site sends its visitors elsewhere")
                yield response
        except httpx.TransportError as exc:
            raise SiteUnreachableError("the site cannot be reached") from exc
        except httpx.HTTPError as exc:
            raise SiteOddError("the answer cannot be read") from exc


class DeskSession:
    """A session of one device with a site; it renews itself when the token has run out."""

    def __init__(self, site: Site, enter: Callable[[], str]) -> None:
        """*enter* gives a new token."""
        self._site = site
        self._enter = enter
        self._token = enter()
        self.begin_batch = site.begin_batch
        self.end_of_batches = site.end_of_batches

    def listing(self) -> Listing:
        """Return every case and message that the site keeps for the desks."""
        return parse_listing(self.fetch(LISTING, MAX_LISTING_BYTES))

    def fetch(self, path: str, limit: int) -> bytes:
        """Return an answer as it came; more than *limit* bytes are refused."""
        return self._renewing(lambda token: self._site._send("GET", path, token=token, limit=limit))

    def hand_in(self, path: str, body: bytes) -> bytes:
        """Post a JSON object that somebody else wrote; return the answer as it came."""
        return self._renewing(
            lambda token: self._site._send("POST", path, Body(media_types.JSON, body), token=token)
        )

    def blob(self, digest: bytes, limit: int) -> bytes:
        """Return a small ciphertext whole; more than *limit* bytes are refused."""
        return b"".join(self.stream(digest, limit))

    def stream(self, digest: bytes, limit: int) -> Iterator[bytes]:
        """Yield a ciphertext in pieces. The caller checks the digest at the end."""
        path = BLOBS + digest.hex()
        with ExitStack() as stack:
            response = self._renewing(
                lambda token: stack.enter_context(self._site._open("GET", path, token=token))
            )
            yield from _limited(response, limit)

    def reply(self, request: Mapping[str, object]) -> None:
        """Leave a reply; the same request may be sent again."""
        self._json("/api/v1/desk/replies", request)

    def dispose(self, note: str) -> str:
        """Hand in a signed disposition; return the status that the case now has."""
        answer = self._json("/api/v1/desk/status", {"note": note})
        with _contract():
            return Status(answer["status"])

    def tell_team(self, slot: bytes, envelope: bytes) -> None:
        """Leave a note for the colleagues; the same may be left again."""
        body = {"slot": encode_bytes(slot), "envelope": encode_bytes(envelope)}
        self._json("/api/v1/desk/team", body)

    def relay(self, record: str, packet: bytes, link_hash: bytes) -> None:
        """Hand in a packet for an agency; the same may be handed in again."""
        body = {
            "record": record,
            "packet": encode_bytes(packet),
            "link_hash": encode_bytes(link_hash),
        }
        self._json("/api/v1/desk/relays", body)

    def publish(self, note: str) -> None:
        """Publish an outcome or a tally; the same may be published again."""
        self._json("/api/v1/desk/records", {"note": note})

    def _json(self, path: str, body: Mapping[str, object]) -> Json:
        return _object(self.hand_in(path, _as_json(body).content))

    def _renewing(self, ask: Callable[[str], T]) -> T:
        try:
            return ask(self._token)
        except SiteRefusedError as refusal:
            if refusal.problem.status != HTTPStatus.UNAUTHORIZED:
                raise
        self._token = self._enter()
        return ask(self._token)


def parse_intake(untrusted: bytes) -> Intake:
    """Raise `SiteOddError`."""
    answer = _object(untrusted)
    with _contract():
        limits = answer["limits"]
        return Intake(
            origin=_text(answer["origin"]),
            keyring_note=_text(answer["keyring"]),
            roots_text=_text(answer["roots"]),
            promise_key=_text(answer["promise_key"]),
            topics=tuple(_topic(item) for item in _list(answer["topics"])),
            attachment_bytes=_count(limits["attachment_bytes"]),
            attachments=_count(limits["attachments"]),
            part_bytes=_count(limits["part_bytes"], least=1),
            text_bytes=_count(limits["text_bytes"]),
            objection_days=_days(limits["objection_days"]),
            log_policy=_text(answer["log"]["policy"]),
        )


def parse_listing(untrusted: bytes) -> Listing:
    """Raise `SiteOddError`."""
    answer = _object(untrusted)
    with _contract():
        return Listing(
            cases=tuple(_listed_case(item) for item in _list(answer["cases"])),
            messages=tuple(_listed_message(item) for item in _list(answer["messages"])),
            team=tuple(
                ListedTeamNote(_bytes(item["slot"], 32), _bytes(item["digest"], 32))
                for item in _list(answer["team"])
            ),
            relays=tuple(_listed_relay(item) for item in _list(answer["relays"])),
        )


def safe_address(url: str, *, through_socks: bool) -> str:
    """Return *url* without trailing slash, or raise `UnsafeAddressError`."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise UnsafeAddressError("the address must look like https://example.org")
    if parts.username is not None or parts.password is not None:
        raise UnsafeAddressError("the address must not carry a name or password")
    if host.endswith(".onion") and not through_socks:
        # Without the proxy the name would be asked of the provider's name server.
        raise UnsafeAddressError("an onion address needs --socks, for instance 127.0.0.1:9050")
    if parts.scheme == "http" and not host.endswith(".onion") and not _is_this_machine(host):
        raise UnsafeAddressError("http is readable on the way; use https or the onion address")
    return url.rstrip("/")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def isolated_proxy(socks: str) -> str:
    """Return the proxy address; Tor gives every pair of credentials circuits of its own."""
    host, _, port = socks.rpartition(":")
    if not host or not port.isdecimal():
        raise UnsafeAddressError("--socks must look like 127.0.0.1:9050")
    return f"socks5h://{secrets.token_hex(8)}:{secrets.token_hex(8)}@{host}:{port}"


@contextmanager
def _contract() -> Iterator[None]:
    """Turn every surprise inside an answer into one error."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, MalformedTopicError) as exc:
        raise SiteOddError("the answer is not what the contract says") from exc


def _limited(response: httpx.Response, limit: int) -> Iterator[bytes]:
    read = 0
    for chunk in response.iter_bytes():
        read += len(chunk)
        if read > limit:
            raise SiteOddError("the answer is longer than it may be")
        yield chunk


def _as_json(fields: Mapping[str, object]) -> Body:
    return Body(media_types.JSON, json.dumps(fields).encode("ascii"))


def _sealed(fields: Mapping[str, object], envelope: bytes) -> Body:
    return Body(media_types.SEALED, json.dumps(fields).encode("ascii") + b"\n" + envelope)


def _object(untrusted: bytes) -> Json:
    try:
        value = json.loads(untrusted)
    except (ValueError, RecursionError) as exc:
        raise SiteOddError("the answer is not JSON") from exc
    if not isinstance(value, dict):
        raise SiteOddError("the answer is not an object")
    return value


def _document(response: httpx.Response) -> Json:
    """A problem document; empty if it is none."""
    try:
        return _object(b"".join(_limited(response, 64 << 10)))
    except SiteOddError:
        return {}


def _not_now(response: httpx.Response) -> SiteUnreachableError:
    document = _document(response)
    problem = _problem(document, response.status_code)
    if problem.code != WORK_WANTED:
        return SiteUnreachableError(problem.title, problem)
    with _contract():
        bits = _count(document["bits"])
        if bits > MAX_BITS:
            raise ValueError("bits")
        return WorkWantedError(problem, bytes.fromhex(_hex_ticket(document["challenge"])), bits)


def _problem(document: Json, status: int) -> Problem:
    def field(name: str) -> str:
        value = document.get(name)
        return value if isinstance(value, str) else ""

    kind = field("type")
    return Problem(
        code=kind.removeprefix(PROBLEM_PREFIX) if kind.startswith(PROBLEM_PREFIX) else "unknown",
        status=status,
        title=field("title") or f"HTTP {status}",
        detail=field("detail"),
        title_ar=field("title_ar"),
        detail_ar=field("detail_ar"),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: object, *, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError
    return value


def _bytes(value: object, length: int | None = None) -> bytes:
    try:
        data = base64.b64decode(_text(value), validate=True)
    except binascii.Error as exc:
        raise ValueError from exc
    if length is not None and len(data) != length:
        raise ValueError
    return data


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _mailbox_status(value: object) -> str:
    """A status word filled up with spaces, or `unknown`."""
    word = _text(value).rstrip(" ")
    return word if word == UNKNOWN_STATUS else Status(word)


def _lane(value: object) -> Lane:
    if value == "citizen":
        return "citizen"
    if value == "team":
        return "team"
    raise ValueError


def _week(value: object) -> str:
    week = _text(value)
    monday_of(week)
    return week


def _hex_ticket(value: object) -> str:
    # It becomes part of a path: nothing but hex may pass.
    text = _text(value)
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise ValueError
    return text


def _days(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 60:
        raise ValueError
    return value


def _topic(item: Json) -> Topic:
    closes, portal = item["closes"], item.get("portal")
    return Topic(
        slug=_text(item["slug"]),
        title_ar=_text(item["title"]["ar"]),
        title_en=_text(item["title"]["en"]),
        closes=None if closes is None else date.fromisoformat(closes),
        portal=None if portal is None else _portal(portal),
    )


def _portal(item: Json) -> Portal:
    number = item["number"]
    return Portal(
        title_ar=_text(item["title"]["ar"]),
        title_en=_text(item["title"]["en"]),
        number=None if number is None else _text(number),
        deadline=_day(item["deadline"]),
    )


def _listed_case(item: Json) -> ListedCase:
    return ListedCase(
        slot=_bytes(item["slot"], 32),
        week=_week(item["week"]),
        status=Status(item["status"]),
        digest=_bytes(item["digest"], 32),
        size=_count(item["bytes"]),
        attachments=_listed_attachments(item["attachments"]),
        objection_until=_day(item["objection_until"]),
    )


def _listed_relay(item: Json) -> ListedRelay:
    return ListedRelay(
        id=_bytes(item["id"], 16),
        agency=_text(item["agency"]),
        topic=_text(item["topic"]),
        due=date.fromisoformat(_text(item["due"])),
        answer=_digest(item["answer"]),
        document=_digest(item["document"]),
    )


def _day(value: object) -> date | None:
    return None if value is None else date.fromisoformat(_text(value))


def _digest(value: object) -> bytes | None:
    return None if value is None else _bytes(value, 32)


def _listed_attachments(items: object) -> tuple[ListedAttachment, ...]:
    return tuple(
        ListedAttachment(_bytes(i["digest"], 32), _count(i["bytes"])) for i in _list(items)
    )


def _listed_message(item: Json) -> ListedMessage:
    copy = item["copy"]
    return ListedMessage(
        slot=_bytes(item["slot"], 32),
        lane=_lane(item["lane"]),
        digest=_bytes(item["digest"], 32),
        copy=None if copy is None else _bytes(copy, 32),
    )
