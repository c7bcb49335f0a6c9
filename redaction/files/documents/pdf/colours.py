"""Colour spaces, functions and shadings (ISO 32000-1 §7.10, §8.6, §8.7.4.5).

Profiles name screens, printers and people. Only the tables that colours are computed with
are kept, under a new head; those of a screen or scanner that is not a common one single it
out by themselves, so rounded ones take their place.
"""

from typing import Final, NamedTuple

from redaction.files.documents.pdf.copier import LISTS, Copier
from redaction.files.documents.pdf.icc import neutral, singles_out
from redaction.files.documents.pdf.source import Stream
from redaction.files.documents.pdf.syntax import (
    Name,
    Value,
    is_number,
    is_whole,
    name_text,
    number_text,
    string_text,
    tokens,
)
from redaction.files.documents.pdf.values import MAX_DEPTH, Rule, array, number_list, required
from redaction.files.errors import UnreadableFileError

DEVICES: Final = {"DeviceGray": 1, "DeviceRGB": 3, "DeviceCMYK": 4, "Pattern": 0}
BY_CHANNELS: Final = {1: "DeviceGray", 3: "DeviceRGB", 4: "DeviceCMYK"}
SHORT: Final = {"G": "DeviceGray", "RGB": "DeviceRGB", "CMYK": "DeviceCMYK", "I": "Indexed"}
PARAMETERS: Final = {"CalGray": ("gray", 1), "CalRGB": ("rgb", 3), "Lab": ("lab", 3)}
MAX_INKS: Final = 32
MAX_FUNCTIONS: Final = 32
_CALCULATOR: Final = frozenset(
    b"abs add atan ceiling cos cvi cvr div exp floor idiv ln log mod mul neg round sin sqrt "
    b"sub truncate and bitshift eq false ge gt le lt ne not or true xor if ifelse copy dup "
    b"exch index pop roll { }".split()
)


class Space(NamedTuple):
    """A colour space's text and the number of its components."""

    text: bytes
    channels: int


def space(copier: Copier, untrusted: Value, depth: int = 0) -> Space | None:
    """Return a colour space, or None for one that nobody knows."""
    value = copier.source.value(untrusted)
    if isinstance(value, Name):
        value = SHORT.get(value, value)
        return Space(name_text(value), DEVICES[value]) if value in DEVICES else None
    if not isinstance(value, list) or not value or depth == MAX_DEPTH:
        return None
    return copier.once(untrusted, "space", lambda: _family(copier, value, depth))


def _family(copier: Copier, parts: list[Value], depth: int) -> Space | None:
    """Return a colour space of which more is told than its name."""
    family = copier.source.value(parts[0])
    family = SHORT.get(family, family) if isinstance(family, Name) else ""
    if family in DEVICES and len(parts) == 1:
        return space(copier, Name(family))
    if len(parts) < 2:
        return None
    if family == "ICCBased":
        return copier.once(parts[1], "icc", lambda: _profiled(copier, parts[1]))
    if family in PARAMETERS:
        kind, channels = PARAMETERS[family]
        entries = copier.source.entries(parts[1])
        return Space(array((name_text(family), copier.dictionary(kind, entries))), channels)
    if family == "Pattern":
        base = space(copier, parts[1], depth + 1)
        return base and Space(array((b"/Pattern", base.text)), base.channels)
    if family == "Indexed" and len(parts) > 3:
        return _indexed(copier, parts, depth)
    if family in ("Separation", "DeviceN") and len(parts) > 3:
        return _inks(copier, family, parts, depth)
    return None


def _profiled(copier: Copier, untrusted: Value) -> Space | None:
    stream = copier.source.value(untrusted)
    if not isinstance(stream, Stream):
        return None
    channels = copier.source.value(stream.entries.get("N"))
    device = BY_CHANNELS.get(channels) if is_number(channels) else None
    if device is None:
        return None
    copier.leave(stream.entries)
    data = copier.plain(stream)
    profile = neutral(data, int(channels))
    if profile != data:
        copier.note("colour-profile")
    if profile is None or (profile != data and singles_out(data)):
        copier.warn("colours-may-change")
    if not profile:
        return Space(name_text(device), int(channels))
    words = [b"/N %d" % channels, b"/Alternate " + name_text(device)]
    ref = copier.add(lambda: copier.stream(words, profile))
    return Space(array((b"/ICCBased", ref)), int(channels))


def _indexed(copier: Copier, parts: list[Value], depth: int) -> Space | None:
    """Return a palette, without what stands behind its last colour."""
    last = copier.source.value(parts[2])
    table = copier.source.value(parts[3])
    colours = copier.plain(table) if isinstance(table, Stream) else table
    if not isinstance(colours, bytes) or not is_whole(last) or not 0 <= last <= 255:
        return None
    base = space(copier, parts[1], depth + 1)
    if base is None:
        return None
    kept = string_text(colours[: (int(last) + 1) * base.channels])
    return Space(array((b"/Indexed", base.text, number_text(last), kept)), 1)


def _inks(copier: Copier, family: str, parts: list[Value], depth: int) -> Space | None:
    """Return inks by name, and what stands for them on a screen."""
    names = copier.source.value(parts[1])
    inks = [copier.source.value(ink) for ink in (names if isinstance(names, list) else [names])]
    if not 0 < len(inks) <= MAX_INKS or not all(isinstance(ink, Name) for ink in inks):
        return None
    base = space(copier, parts[2], depth + 1) if _is_function(copier, parts[3]) else None
    tint = copier.value("ref:function", parts[3]) if base else None
    if not base or not tint:
        return None
    texts = [name_text(ink) for ink in inks]
    written = texts[0] if family == "Separation" else array(texts)
    return Space(array((name_text(family), written, base.text, tint)), len(inks))


def colours(copier: Copier, untrusted: Value) -> bytes | None:
    """Write a colour space."""
    found = space(copier, untrusted)
    return found and found.text


def channels_of(copier: Copier, untrusted: Value) -> int | None:
    """Return how many components a colour has, without copying the space."""
    value = copier.source.value(untrusted)
    parts = value if isinstance(value, list) else [value]
    family = copier.source.value(parts[0]) if parts else None
    family = SHORT.get(family, family) if isinstance(family, Name) else ""
    if family in DEVICES:
        return DEVICES[family] or None
    if family in PARAMETERS:
        return PARAMETERS[family][1]
    if family in ("Indexed", "Separation"):
        return 1
    if family == "DeviceN" and len(parts) > 1:
        return len(copier.source.items(parts[1])) or None
    if family == "ICCBased" and len(parts) > 1:
        channels = copier.source.value(copier.source.entries(parts[1]).get("N"))
        return int(channels) if is_number(channels) and channels in BY_CHANNELS else None
    return None


def function(copier: Copier, untrusted: Value) -> bytes | None:
    """Copy a function: samples, an exponent, several of them, or a calculator's program."""
    if not _is_function(copier, untrusted):
        return None
    value = copier.source.value(untrusted)
    if isinstance(value, Stream):
        return copier.add(lambda: _coded_function(copier, value))
    return copier.add(lambda: copier.dictionary("function", value))


def _is_function(copier: Copier, untrusted: Value) -> bool:
    value = copier.source.value(untrusted)
    kind = copier.source.value(copier.source.entries(value).get("FunctionType"))
    return is_number(kind) and kind in ((0, 4) if isinstance(value, Stream) else (2, 3))


def _coded_function(copier: Copier, stream: Stream) -> bytes:
    words = copier.words("function", stream.entries)
    data = copier.plain(stream)
    if copier.source.value(stream.entries["FunctionType"]) == 4:
        program = [token for token, _ in copier.budget.counted(tokens(data))]
        if not all(token in _CALCULATOR or _is_digits(token) for token in program):
            raise UnreadableFileError("pdf-malformed")
        return copier.stream(words, b" ".join(program))
    return copier.stream(words, data[: _samples(copier, stream)])


def _is_digits(token: bytes) -> bool:
    return not token.strip(b"+-.0123456789")


def _samples(copier: Copier, stream: Stream) -> int | None:
    """Return how many bytes the samples take (§7.10.2), None if that is not told."""
    size = number_list(copier, stream.entries.get("Size"))
    bounds = number_list(copier, stream.entries.get("Range"))
    bits = copier.source.value(stream.entries.get("BitsPerSample"))
    if not size or not bounds or not is_whole(bits) or not all(map(is_whole, size)):
        return None
    count = int(bits) * (len(bounds) // 2)
    for points in size:
        count *= int(points)
    return max(0, count + 7) // 8


def functions(copier: Copier, untrusted: Value) -> bytes | None:
    """Write a reference to a function, or an array of them."""
    value = copier.source.value(untrusted)
    if not isinstance(value, list):
        return copier.value("ref:function", untrusted)
    if len(value) > MAX_FUNCTIONS or not all(_is_function(copier, item) for item in value):
        return None
    return array(required(copier.value("ref:function", item)) for item in value)


def transfer(copier: Copier, untrusted: Value) -> bytes | None:
    """Write a transfer function (§10.5)."""
    value = copier.source.value(untrusted)
    if isinstance(value, Name):
        return name_text(value) if value in ("Identity", "Default") else None
    return functions(copier, untrusted)


def shading(copier: Copier, untrusted: Value) -> bytes | None:
    """Copy a shading; meshes are streams (§8.7.4.5.5)."""
    value = copier.source.value(untrusted)
    if isinstance(value, Stream):
        return copier.add(
            lambda: copier.stream(copier.words("shading", value.entries), copier.plain(value))
        )
    if isinstance(value, dict):
        return copier.add(lambda: copier.dictionary("shading", value))
    return None


def graphics_state(copier: Copier, untrusted: Value) -> bytes | None:
    """Copy an ExtGState (§8.4.5)."""
    value = copier.source.value(untrusted)
    if not isinstance(value, dict):
        return None
    return copier.add(lambda: copier.dictionary("extgstate", value))


def group(copier: Copier, untrusted: Value) -> bytes | None:
    """Write how a group of objects is made transparent (§11.6.6)."""
    entries = copier.source.entries(untrusted)
    if copier.source.value(entries.get("S")) != LISTS["groups"][0]:
        return None
    return copier.dictionary("group", entries)


RULES: Final[dict[str, Rule]] = {
    "colours": colours,
    "functions": functions,
    "transfer": transfer,
    "group": group,
}
KINDS: Final[dict[str, Rule]] = {
    "function": function,
    "shading": shading,
    "extgstate": graphics_state,
}
