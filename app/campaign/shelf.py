"""Files of kits as they were drawn, so that nobody can make the site draw them again and again."""

from collections import OrderedDict
from threading import Lock
from typing import Final

from app.campaign.facts import Facts
from app.campaign.kit import KitFile

MOST_BYTES: Final = 128 << 20
"""Some thirty kits. Beyond that what was asked for longest ago is forgotten."""


class Shelf:
    """In memory alone: that a file was ever asked for is written nowhere."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._files: OrderedDict[tuple[Facts, str], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()
        self._drawing = Lock()

    def get(self, facts: Facts, file: KitFile) -> bytes:
        """The bytes of *file*; one is drawn at a time, whoever asks."""
        found = self._find(facts, file)
        if found is not None:
            return found
        with self._drawing:
            found = self._find(facts, file)
            if found is None:
                found = file.make(facts)
                self._keep(facts, file, found)
        return found

    def _find(self, facts: Facts, file: KitFile) -> bytes | None:
        with self._lock:
            found = self._files.get((facts, file.name))
            if found is not None:
                self._files.move_to_end((facts, file.name))
            return found

    def _keep(self, facts: Facts, file: KitFile, data: bytes) -> None:
        slug = facts.topic.slug
        with self._lock:
            for key in [key for key in self._files if key[0].topic.slug == slug]:
                if key[0] != facts:
                    self._forget(key)
            self._files[(facts, file.name)] = data
            self._bytes += len(data)
            while self._bytes > self._most_bytes:
                self._forget(next(iter(self._files)))

    def _forget(self, key: tuple[Facts, str]) -> None:
        self._bytes -= len(self._files.pop(key))
