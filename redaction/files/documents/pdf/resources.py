"""The resources of content streams (ISO 32000-1 §7.8.3): as they came, and under new names."""

from collections.abc import Hashable, Mapping
from typing import Final, NamedTuple

from redaction.files.documents.pdf.copier import Copier
from redaction.files.documents.pdf.syntax import Ref, Value, name_text


class Resources(NamedTuple):
    """A resource dictionary, and what tells it from others."""

    entries: dict[str, Value]
    identity: Hashable


class Names:
    """The resources that a content stream was seen to use, under their new names."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[bytes, bytes]] = {}
        self._names: dict[tuple[str, bytes], bytes] = {}

    def use(self, category: str, text: bytes) -> bytes:
        """Return the name for a resource that is written as *text*."""
        if (category, text) not in self._names:
            name = self._names[category, text] = b"/R%d" % (len(self._names) + 1)
            self.fix(category, name, text)
        return self._names[category, text]

    def fix(self, category: str, name: bytes, text: bytes) -> None:
        """Write a resource under *name*, for which viewers look."""
        self._texts.setdefault(category, {})[name] = text

    def text(self) -> bytes:
        """Return the resource dictionary."""
        words = [b"<<"]
        for category in sorted(self._texts):
            words += [name_text(category), b"<<"]
            words += [word for entry in self._texts[category].items() for word in entry]
            words.append(b">>")
        return b" ".join((*words, b">>"))


def resources_of(copier: Copier, entries: Mapping[str, Value], owner: Value) -> Resources | None:
    """Return the resources that *entries* have of their own."""
    untrusted = entries.get("Resources")
    value = copier.source.value(untrusted)
    if not isinstance(value, dict):
        return None
    if isinstance(untrusted, Ref):
        return Resources(value, untrusted)
    # A direct dictionary of a direct object is like no other.
    return Resources(value, ("in", owner if isinstance(owner, Ref) else object()))


NO_RESOURCES: Final = Resources({}, None)
