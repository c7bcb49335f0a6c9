"""Layers (optional content, ISO 32000-1 §8.11): what is on and off when the file opens.

Each layer that something is drawn on becomes a nameless one; who made it, in which language
and for whom goes.
"""

from typing import Final

from redaction.files.documents.pdf.copier import Copier
from redaction.files.documents.pdf.syntax import Ref, Value, string_text
from redaction.files.documents.pdf.values import MAX_DEPTH, Rule, array

_LAYER: Final = b"<< /Type /OCG /Name %s >>" % string_text(b"Layer")
_OPERATORS: Final = ("And", "Or", "Not")


class Layers:
    """The layers of one document; give it the catalog's entry."""

    def __init__(self, copier: Copier, untrusted: Value) -> None:
        self._copier = copier
        properties = copier.source.entries(untrusted)
        self._default = copier.source.entries(properties.get("D"))
        self._refs: dict[Ref, bytes] = {}

    def rules(self) -> dict[str, Rule]:
        """Return the rules for entries that name layers."""
        return {
            "layer": lambda _, untrusted: self._layer(untrusted),
            "layer_list": lambda _, untrusted: self._list(untrusted),
            "visibility": lambda _, untrusted: self._visibility(untrusted, 0),
        }

    def properties(self) -> bytes | None:
        """Return the catalog's entry for the layers that were met; warn if any is off."""
        if not self._refs:
            return None
        off = [ref for layer, ref in self._refs.items() if self._is_off(layer)]
        if off:
            self._copier.warn("hidden-content")
        return b"<< /OCGs %s /D << /OFF %s >> >>" % (array(self._refs.values()), array(off))

    def _layer(self, untrusted: Value) -> bytes | None:
        """Write a layer, or a dictionary that says which layers something belongs to."""
        entries = self._copier.source.entries(untrusted)
        kind = self._copier.source.value(entries.get("Type"))
        if kind == "OCMD":
            return self._copier.once(
                untrusted,
                "layers",
                lambda: self._copier.add(lambda: self._copier.dictionary("layers", entries)),
            )
        if kind != "OCG" or not isinstance(untrusted, Ref):
            return None
        if untrusted not in self._refs:
            self._refs[untrusted] = self._copier.add(lambda: _LAYER)
        return self._refs[untrusted]

    def _list(self, untrusted: Value) -> bytes | None:
        value = self._copier.source.value(untrusted)
        if not isinstance(value, list):
            return self._layer(untrusted)
        refs = [self._layer(item) for item in value]
        return array(ref for ref in refs if ref)

    def _visibility(self, untrusted: Value, depth: int) -> bytes | None:
        """Write a condition: layers joined by And, Or and Not."""
        items = self._copier.source.items(untrusted)
        operator = self._copier.source.value(items[0]) if items else None
        if operator not in _OPERATORS or depth == MAX_DEPTH:
            return None
        parts = [self._layer(item) or self._visibility(item, depth + 1) for item in items[1:]]
        return array((b"/" + operator.encode(), *(part for part in parts if part)))

    def _is_off(self, layer: Ref) -> bool:
        """Tell whether a layer is off on a screen (§8.11.4.3 and §8.11.4.4)."""
        source, default = self._copier.source, self._default
        off = bool(source.value(default.get("BaseState")) == "OFF")
        if layer in source.items(default.get("ON")):
            off = False
        if layer in source.items(default.get("OFF")):
            off = True
        for usage in map(source.entries, source.items(default.get("AS"))):
            view = source.value(usage.get("Event")) == "View"
            if view and layer in source.items(usage.get("OCGs")):
                off = self._is_seen_off(layer, otherwise=off)
        return off

    def _is_seen_off(self, layer: Ref, *, otherwise: bool) -> bool:
        """Tell what a layer says of itself on a screen."""
        source = self._copier.source
        view = source.entries(source.entries(source.entries(layer).get("Usage")).get("View"))
        state = source.value(view.get("ViewState"))
        return bool(state == "OFF") if state in ("ON", "OFF") else otherwise
