"""Opening a packet for the one request that brings its code."""

from dataclasses import dataclass

from app.domain.errors import UnknownLinkError
from app.packets.content import Content
from app.services import relays, topics
from app.store.relays import StoredRelay
from app.web.state import SiteState
from crypto.errors import CryptoError
from crypto.keyring import device_name
from crypto.link import LinkSecret, open_packet
from crypto.note import read_text_unverified
from crypto.record import Packet


@dataclass(frozen=True)
class Opened:
    """A relay and what its packet says; nothing of it is kept."""

    secret: LinkSecret
    relay: StoredRelay
    content: Content

    @property
    def is_answered(self) -> bool:
        return self.relay.answer_digest is not None


def open_by_code(state: SiteState, untrusted_code: str) -> Opened:
    """Raise `UnknownLinkError` for what is no code, and for codes that nobody was given."""
    try:
        secret = LinkSecret.parse(untrusted_code)
    except CryptoError:
        raise UnknownLinkError from None
    with state.reading() as connection:
        relay = relays.find_by_proof(connection, secret.proof)
        plan = relays.plan(connection, relay.agency)
        topic = topics.find(connection, relay.topic)
    if plan is None or topic is None:
        raise UnknownLinkError
    try:
        sealed = state.blobs.read(relay.packet_digest)
    except FileNotFoundError:
        # It was kept as long as it should be.
        raise UnknownLinkError from None
    note = open_packet(sealed, secret)
    packet = Packet.parse(read_text_unverified(note))
    return Opened(
        secret,
        relay,
        Content(packet, note, plan, topic.title.text(packet.lang), _signers(note, packet)),
    )


def _signers(note: str, packet: Packet) -> tuple[str, ...]:
    """Who signed, as the note says; the desk and the site verified it when it was relayed."""
    prefix = f"\u2014 {device_name(packet.origin, '')}"
    lines = note.rpartition("\n\n")[2].splitlines()
    return tuple(line.removeprefix(prefix).split(" ")[0] for line in lines)
