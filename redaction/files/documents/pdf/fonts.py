"""Fonts and their encodings (ISO 32000-1 §9.6 to §9.10).

Names of fonts, glyphs and collections stay, because viewers choose by them how a text
looks and what it reads as. Character maps are written anew, font files lose their texts.
"""

import re
from collections.abc import Mapping
from typing import Final

from redaction.files.documents.pdf.cmaps import character_map
from redaction.files.documents.pdf.content import Content
from redaction.files.documents.pdf.copier import Copier
from redaction.files.documents.pdf.fontfiles import anonymous
from redaction.files.documents.pdf.resources import NO_RESOURCES, resources_of
from redaction.files.documents.pdf.source import Stream
from redaction.files.documents.pdf.syntax import Name, Value, is_number, name_text, number_text
from redaction.files.documents.pdf.values import Rule, array

MAX_GLYPH_MAP: Final = 2 * 65_536
FONT_KINDS: Final = {"Type0": "font0", "Type3": "font3"}
FILE_KINDS: Final = ("Type1C", "CIDFontType0C", "OpenType")
_PREDEFINED: Final = re.compile(r"[A-Za-z0-9-]{1,40}")
_PLAIN: Final = re.compile(rb"[A-Za-z0-9-]{1,40}")


def font(copier: Copier, untrusted: Value) -> bytes | None:
    """Copy a font; None for what is none."""
    value = copier.source.value(untrusted)
    if not isinstance(value, dict):
        return None
    subtype = copier.source.value(value.get("Subtype"))
    kind = FONT_KINDS.get(subtype, "font") if isinstance(subtype, Name) else "font"
    if kind == "font3":
        return copier.add(lambda: _drawn_font(copier, value, untrusted))
    return copier.add(lambda: copier.dictionary(kind, value))


def _drawn_font(copier: Copier, entries: Mapping[str, Value], owner: Value) -> bytes:
    """Return a font whose glyphs are content streams (§9.6.5)."""
    resources = resources_of(copier, entries, owner) or NO_RESOURCES
    content = Content(copier, resources)
    glyphs = []
    procedures = copier.source.entries(entries.get("CharProcs"))
    for name in sorted(_named_glyphs(copier, entries) & procedures.keys()):
        stream = copier.source.value(procedures[name])
        if isinstance(stream, Stream):
            text = copier.stream([], content.write(copier.plain(stream)))
            glyphs += [name_text(name), copier.put(text)]
    words = [
        b" ".join((b"/CharProcs", b"<<", *glyphs, b">>")),
        b"/Resources " + content.names.text(),
    ]
    return copier.dictionary("font3", entries, *words)


def _named_glyphs(copier: Copier, entries: Mapping[str, Value]) -> set[str]:
    """Return the glyphs that an encoding names; others cannot be shown."""
    encoding = copier.source.entries(entries.get("Encoding"))
    items = map(copier.source.value, copier.source.items(encoding.get("Differences")))
    return {str(item) for item in items if isinstance(item, Name)}


def descriptor(copier: Copier, untrusted: Value) -> bytes | None:
    """Copy a font descriptor (§9.8)."""
    value = copier.source.value(untrusted)
    if not isinstance(value, dict):
        return None
    return copier.add(lambda: copier.dictionary("descriptor", value))


def font_file(copier: Copier, untrusted: Value) -> bytes | None:
    """Copy an embedded font; one that cannot be read goes, as viewers do without it too."""
    stream = copier.source.value(untrusted)
    found = anonymous(copier.plain(stream)) if isinstance(stream, Stream) else None
    if found is None:
        return None
    copier.leave(stream.entries)
    words = [b"/Length%d %d" % (i, size) for i, size in enumerate(found.lengths, 1)]
    subtype = copier.source.value(stream.entries.get("Subtype"))
    if isinstance(subtype, Name) and subtype in FILE_KINDS:
        words = [b"/Subtype " + name_text(subtype)]
    return copier.add(lambda: copier.stream(words, found.data))


def encoding(copier: Copier, untrusted: Value) -> bytes | None:
    """Write an encoding: by name, by what is different, or as a character map."""
    value = copier.source.value(untrusted)
    if isinstance(value, Name):
        return name_text(value) if _PREDEFINED.fullmatch(value) else None
    if isinstance(value, dict):
        return copier.dictionary("encoding", value)
    if isinstance(value, Stream):
        return copier.once(untrusted, "map", lambda: copier.add(lambda: _map(copier, value)))
    return None


def _map(copier: Copier, stream: Stream) -> bytes:
    """Return a character map from codes to glyphs (§9.7.5.3)."""
    entries = stream.entries
    system = copier.source.entries(entries.get("CIDSystemInfo"))
    words = [b"/Type /CMap /CMapName /R"]
    told = copier.words("system", system)
    words += [b"/CIDSystemInfo << %s >>" % b" ".join(told)] if told else []
    upright = copier.source.value(entries.get("WMode"))
    if is_number(upright) and upright in (0, 1):
        words.append(b"/WMode %d" % upright)
    other = copier.source.value(entries.get("UseCMap"))
    if isinstance(other, Name) and _PREDEFINED.fullmatch(other):
        words.append(b"/UseCMap " + name_text(other))
    copier.leave(entries)
    return copier.stream(
        words, character_map(copier.plain(stream), copier.budget, _system_lines(copier, system))
    )


def _system_lines(copier: Copier, system: Mapping[str, Value]) -> bytes:
    """Return the collection in the map's own words, in strings that every reader reads."""
    parts = [copier.source.value(system.get(key)) for key in ("Registry", "Ordering")]
    if not all(isinstance(part, bytes) and _PLAIN.fullmatch(part) for part in parts):
        return b""
    return (
        b"/CIDSystemInfo 3 dict dup begin\n/Registry (%s) def\n/Ordering (%s) def\n"
        b"/Supplement 0 def\nend def\n" % tuple(parts)
    )


def to_unicode(copier: Copier, untrusted: Value) -> bytes | None:
    """Write what the glyphs of a font read as (§9.10.3)."""
    value = copier.source.value(untrusted)
    if isinstance(value, Name):
        return name_text(value) if _PREDEFINED.fullmatch(value) else None
    if not isinstance(value, Stream):
        return None
    copier.leave(value.entries)
    return copier.once(
        untrusted,
        "reads",
        lambda: copier.add(lambda: _reading_map(copier, value)),
    )


def _reading_map(copier: Copier, stream: Stream) -> bytes:
    return copier.stream([], character_map(copier.plain(stream), copier.budget))


def descendants(copier: Copier, untrusted: Value) -> bytes | None:
    """Write the one font of glyphs under a composite font (§9.7.6)."""
    items = copier.source.items(untrusted)
    entries = copier.source.value(items[0]) if items else None
    if not isinstance(entries, dict):
        return None
    ref = copier.once(
        items[0], "cidfont", lambda: copier.add(lambda: copier.dictionary("cidfont", entries))
    )
    return array((ref,))


def system(copier: Copier, untrusted: Value) -> bytes | None:
    """Write a collection of glyphs (§9.7.3)."""
    entries = copier.source.value(untrusted)
    return copier.dictionary("system", entries) if isinstance(entries, dict) else None


def glyph_map(copier: Copier, untrusted: Value) -> bytes | None:
    """Write which glyph each character takes (§9.7.4.2)."""
    value = copier.source.value(untrusted)
    if not isinstance(value, Stream):
        return b"/Identity" if value == "Identity" else None
    data = copier.plain(value)[:MAX_GLYPH_MAP]
    return copier.once(untrusted, "glyphs", lambda: copier.add(lambda: copier.stream([], data)))


def differences(copier: Copier, untrusted: Value) -> bytes | None:
    """Write the codes that mean other glyphs, and their names (§9.6.6.1)."""
    items = map(copier.source.value, copier.source.items(untrusted))
    return array(
        number_text(item) if is_number(item) else name_text(item)
        for item in items
        if is_number(item) or isinstance(item, Name)
    )


RULES: Final[dict[str, Rule]] = {
    "encoding": encoding,
    "to_unicode": to_unicode,
    "descendants": descendants,
    "system": system,
    "glyph_map": glyph_map,
    "differences": differences,
}
KINDS: Final[dict[str, Rule]] = {
    "font": font,
    "descriptor": descriptor,
    "fontfile": font_file,
}
