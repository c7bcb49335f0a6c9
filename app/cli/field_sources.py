"""Where field kits come from: a site over the network, or an instance's own folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from app.cli.secrets import read_text
from app.client.errors import UnknownTopicError
from app.client.patience import patiently
from app.client.site import Site
from app.client.trust import RootsChangedError, trust
from app.field.kit import FieldTopic, Kit
from app.web.clock import today


@dataclass(frozen=True)
class Source:
    """Exactly one of *site* and *data*; *roots* is the text of pinned roots."""

    site: str | None
    socks: str | None
    data: Path | None
    roots: str | None

    def kit(self, slugs: Sequence[str]) -> Kit:
        """The kit for today with the topics named, or all. Raises what `trust` raises."""
        whole = self._of_folder(self.data) if self.data else self._of_site(self.site or "")
        known = {topic.slug: topic for topic in whole.topics}
        if not set(slugs) <= set(known):
            raise UnknownTopicError(", ".join(known))
        chosen = tuple(known[slug] for slug in slugs) or whole.topics
        return replace(whole, topics=chosen)

    def _of_site(self, url: str) -> Kit:
        with Site(url, self.socks) as site:
            intake = patiently(site.intake)
        trusted = trust(intake, self.roots, today=today())
        return Kit(
            origin=trusted.origin,
            roots=trusted.roots,
            keyring_note=intake.keyring_note,
            keyring=trusted.keyring,
            text_bytes=intake.text_bytes,
            topics=tuple(
                FieldTopic.of(topic.slug, topic.title_ar, topic.title_en, topic.closes)
                for topic in intake.topics
            ),
        )

    def _of_folder(self, data: Path) -> Kit:
        # The server's own modules: who works over the network does not load them.
        from app.cli.site import load_roots, load_settings, open_database  # noqa: PLC0415
        from app.services import field  # noqa: PLC0415

        settings = load_settings(data)
        roots = load_roots(settings)
        if self.roots is not None and self.roots != roots.encode():
            raise RootsChangedError("the folder has other roots than the given ones")
        with open_database(settings).reading() as connection:
            return field.kit(
                connection,
                roots,
                settings.origin,
                text_bytes=settings.limits.text_bytes,
                today=today(),
            )


def source_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give *function* a `source` made of --site, --socks, --data and --roots."""

    @click.option("--site", metavar="URL", help="Take keys and topics from this site.")
    @click.option("--socks", metavar="HOST:PORT", help="Tor's SOCKS port, with --site.")
    @click.option(
        "--data",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="Take them from an instance's folder, without a network.",
    )
    @click.option(
        "--roots",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Root keys you got another way; others are refused.",
    )
    @wraps(function)
    def with_source(
        site: str | None, socks: str | None, data: Path | None, roots: Path | None, **rest: Any
    ) -> None:
        if (site is None) == (data is None):
            raise click.UsageError("one of --site and --data is needed")
        pinned = None if roots is None else read_text(str(roots))
        function(source=Source(site, socks, data, pinned), **rest)

    return with_source
