"""The JSON in front of every text: one spelling, no floats, no null (SPEC.md §2)."""

import json
from collections.abc import Mapping
from typing import Final, NoReturn

from crypto.encoding import HASH_BYTES, decode_base64
from crypto.errors import MalformedPayloadError

_NUMBERS: Final = 1 << 53


def encode_manifest(manifest: Mapping[str, object]) -> bytes:
    """Sorted keys, no white space, UTF-8 as it is."""
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def parse_manifest(untrusted: bytes, type_: str) -> "Fields":
    """Raise `MalformedPayloadError` unless it is a manifest of that type in its one spelling."""
    fields = parse_any_manifest(untrusted)
    fields.one_of("type", (type_,))
    return fields


def parse_any_manifest(untrusted: bytes) -> "Fields":
    """The fields of a manifest, its type still among them. Raise `MalformedPayloadError`."""
    try:
        value = json.loads(untrusted, parse_float=_refuse, parse_constant=_refuse)
        if not isinstance(value, dict) or encode_manifest(value) != untrusted:
            raise MalformedPayloadError("not a manifest")
    except (ValueError, RecursionError) as exc:
        raise MalformedPayloadError("not a manifest") from exc
    return Fields(value)


def _refuse(_: str) -> NoReturn:
    raise MalformedPayloadError("not a number of ours")


class Fields:
    """Takes typed values out of an object. Everything raises `MalformedPayloadError`."""

    def __init__(self, untrusted: object) -> None:
        if not isinstance(untrusted, dict):
            raise MalformedPayloadError("an object expected")
        self._left: dict[str, object] = dict(untrusted)

    def text(self, name: str) -> str:
        value = self._left.pop(name, None)
        if not isinstance(value, str):
            raise MalformedPayloadError(f"{name}: text expected")
        return value

    def text_if_any(self, name: str) -> str | None:
        return self.text(name) if name in self._left else None

    def one_of(self, name: str, words: tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in words:
            raise MalformedPayloadError(f"{name}: not one of the known words")
        return value

    def integer(self, name: str, at_least: int = 0) -> int:
        value = self._left.pop(name, None)
        # True is an int to Python, and only to Python.
        if not isinstance(value, int) or isinstance(value, bool):
            raise MalformedPayloadError(f"{name}: number expected")
        if not at_least <= value < _NUMBERS:
            raise MalformedPayloadError(f"{name}: out of range")
        return value

    def boolean(self, name: str) -> bool:
        value = self._left.pop(name, None)
        if not isinstance(value, bool):
            raise MalformedPayloadError(f"{name}: true or false expected")
        return value

    def hash(self, name: str) -> bytes:
        try:
            return decode_base64(self.text(name), HASH_BYTES)
        except ValueError as exc:
            raise MalformedPayloadError(f"{name}: 32 bytes expected") from exc

    def objects(self, name: str) -> list["Fields"]:
        value = self._left.pop(name, None)
        if not isinstance(value, list):
            raise MalformedPayloadError(f"{name}: list expected")
        return [Fields(item) for item in value]

    def object_if_any(self, name: str) -> "Fields | None":
        return Fields(self._left.pop(name)) if name in self._left else None

    def end(self) -> None:
        """Nothing may be left over."""
        if self._left:
            raise MalformedPayloadError("a field is unknown")
