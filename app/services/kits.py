"""What the kit of a topic is made of, as the site keeps it."""

from datetime import date

from sqlalchemy import Connection

from app.campaign.facts import Facts, readers_of, results_of
from app.domain.errors import NoKeyringError
from app.domain.topics import Bilingual, Topic
from app.services import keyrings, record, relays
from crypto.keyring import Roots


def facts(
    connection: Connection,
    topic: Topic,
    *,
    roots: Roots,
    origin: str,
    site_url: str,
    onion_url: str,
    today: date,
) -> Facts:
    """The public facts of *topic*; *today* chooses the keyring that says who reads."""
    return Facts(
        topic=topic,
        site_url=site_url.rstrip("/"),
        onion_url=onion_url,
        readers=_readers(connection, roots, origin, today),
        results=results_of(topic, record.everything(connection), relays.plans(connection)),
    )


def _readers(
    connection: Connection, roots: Roots, origin: str, today: date
) -> tuple[Bilingual, ...]:
    try:
        return readers_of(keyrings.open_current(connection, roots, origin, today))
    except NoKeyringError:
        return ()
