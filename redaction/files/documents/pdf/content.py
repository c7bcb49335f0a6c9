"""Content streams: what draws pages, forms, patterns and glyphs (ISO 32000-1 §7.8.2, annex A).

Each instruction is written anew, on a line of its own: an operator that the standard knows
and as many operands of the right kind as it takes. Comments, unknown operators, surplus
operands and marks for reflow and reading aloud go; marks that say how a text reads
(ActualText) and which layer something is on stay. Resources get neutral names, and those
that nothing draws go with what may be hidden in them; pictures inside the stream become
objects like the others.
"""

import re
from collections.abc import Callable
from typing import Final

from redaction.files.documents.pdf.colours import DEVICES, space
from redaction.files.documents.pdf.copier import LISTS, Copier
from redaction.files.documents.pdf.instructions import (
    ANY,
    PICTURE,
    SHAPES,
    Instruction,
    instructions,
)
from redaction.files.documents.pdf.pictures import Inline
from redaction.files.documents.pdf.resources import NO_RESOURCES, Names, Resources, resources_of
from redaction.files.documents.pdf.source import Stream
from redaction.files.documents.pdf.syntax import Name, Value, name_text, parse, scalar, string_text
from redaction.files.documents.pdf.values import Rule

INVISIBLE: Final = b"3"
STANDARD_FONT: Final = (
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
)
_READS: Final = re.compile(rb"ActualText|#")
_DEFAULTS: Final = ("DefaultGray", "DefaultRGB", "DefaultCMYK")


class Content:
    """Writes content streams that share one resource dictionary."""

    def __init__(self, copier: Copier, resources: Resources) -> None:
        self.names = Names()
        self._copier = copier
        self._resources = resources
        self._text = bytearray()
        self._depth = 0
        self._marks: list[bool] = []
        self._mode = b"0"
        for name in _DEFAULTS:
            default = space(copier, self._look_up("ColorSpace", name))
            if default is not None:
                self.names.fix("ColorSpace", name_text(name), default.text)

    def write(self, untrusted: bytes) -> bytes:
        """Return the stream's text, with every state and mark closed again."""
        self._text, self._depth, self._marks, self._mode = bytearray(), 0, [], b"0"
        at: int | None = 0
        while at is not None:
            at = self._run(untrusted, at)
        self._text += b"EMC\n" * sum(self._marks) + b"Q\n" * self._depth
        return bytes(self._text)

    def _run(self, untrusted: bytes, at: int) -> int | None:
        """Write instructions; return where to go on behind a picture, None at the end."""
        for one in instructions(untrusted, at, self._copier.budget):
            if one.operator == PICTURE:
                return self._picture(untrusted, one)
            self._instruct(one)
        return None

    def _instruct(self, one: Instruction) -> None:
        shape = SHAPES[one.operator]
        if shape != ANY and not one.kinds.endswith(shape):
            return
        if shape != ANY and len(one.kinds) > len(shape):
            one = one.last(len(shape))
        special = _SPECIAL.get(one.operator)
        if special is None:
            self._emit(one.operator, *one.operands)
        else:
            special(self, one)

    def _emit(self, operator: bytes, *operands: bytes) -> None:
        self._text += b" ".join((*operands, operator)) + b"\n"

    def _look_up(self, category: str, name: str) -> Value:
        source = self._copier.source
        return source.entries(self._resources.entries.get(category)).get(name)

    # One method for each operator that needs more than its operands.

    def save(self, one: Instruction) -> None:
        self._depth += 1
        self._emit(one.operator)

    def restore(self, one: Instruction) -> None:
        if self._depth:
            self._depth -= 1
            self._emit(one.operator)

    def text_mode(self, one: Instruction) -> None:
        self._mode = one.operands[0]
        self._emit(one.operator, *one.operands)

    def show(self, one: Instruction) -> None:
        if self._mode == INVISIBLE:
            self._copier.warn("hidden-content")
        self._emit(one.operator, *one.operands)

    def font(self, one: Instruction) -> None:
        ref = self._copier.value("ref:font", self._look_up("Font", scalar(one.operands[0])))
        if ref is None:  # viewers take a font of their own
            ref = self._copier.known(
                "standard font", lambda: self._copier.add(lambda: STANDARD_FONT)
            )
        self._emit(one.operator, self.names.use("Font", ref), one.operands[1])

    def state(self, one: Instruction) -> None:
        self._named("extgstate", "ExtGState", one)

    def shade(self, one: Instruction) -> None:
        self._named("shading", "Shading", one)

    def _named(self, kind: str, category: str, one: Instruction) -> None:
        ref = self._copier.value(f"ref:{kind}", self._look_up(category, scalar(one.operands[0])))
        if ref is not None:
            self._emit(one.operator, self.names.use(category, ref))

    def draw(self, one: Instruction) -> None:
        untrusted = self._look_up("XObject", scalar(one.operands[0]))
        subtype = self._copier.source.entries(untrusted).get("Subtype")
        ref = None
        if subtype == "Image":
            ref = self._copier.value("ref:image", untrusted)
        elif subtype == "Form":
            ref = form(self._copier, untrusted, self._resources)
        if ref is not None:
            self._emit(one.operator, self.names.use("XObject", ref))

    def space(self, one: Instruction) -> None:
        name = scalar(one.operands[0])
        found = space(self._copier, name if name in DEVICES else self._look_up("ColorSpace", name))
        if found is not None:
            device = found.text[1:].decode("latin-1") in DEVICES
            text = found.text if device else self.names.use("ColorSpace", found.text)
            self._emit(one.operator, text)

    def colour(self, one: Instruction) -> None:
        """Keep the numbers and, behind them, the name of a pattern."""
        name = one.operands[-1:] if one.kinds.endswith("N") else []
        numbers = one.kinds[: len(one.kinds) - len(name)]
        count = len(numbers) - len(numbers.rstrip("n"))
        kept = one.operands[len(numbers) - count : len(numbers)]
        if name:
            ref = pattern(self._copier, self._look_up("Pattern", scalar(name[0])), self._resources)
            if ref is None:
                return
            kept.append(self.names.use("Pattern", ref))
        if kept:
            self._emit(one.operator, *kept)

    def intent(self, one: Instruction) -> None:
        if scalar(one.operands[0]) in LISTS["intents"]:
            self._emit(one.operator, one.operands[0])

    def mark(self, one: Instruction) -> None:
        text = self._mark_text(one) if one.operator == b"BDC" else None
        self._marks.append(text is not None)
        if text is not None:
            self._emit(one.operator, text)

    def _mark_text(self, one: Instruction) -> bytes | None:
        """Return the operands of a mark that counts: a layer, or how a text reads."""
        source = self._copier.source
        if one.kinds.endswith("NN"):
            properties = self._look_up("Properties", scalar(one.operands[-1]))
            if one.operands[-2] == b"/OC":
                ref = self._copier.value("layer", properties)
                return ref and b"/OC " + self.names.use("Properties", ref)
            entries = source.entries(properties)
        elif one.kinds.endswith("ND") and _READS.search(one.operands[-1]):
            entries = parse(one.operands[-1])
        else:
            return None
        reads = source.value(entries.get("ActualText"))
        if not isinstance(reads, bytes):
            return None
        return b"/Span << /ActualText %s >>" % string_text(reads)

    def ignore(self, one: Instruction) -> None:
        """Leave a mark that stands for itself."""

    def unmark(self, one: Instruction) -> None:
        if self._marks and self._marks.pop():
            self._emit(one.operator)

    def _picture(self, untrusted: bytes, one: Instruction) -> int:
        """Make an object of a picture inside the stream (§8.9.7); return where it ends."""
        inline = Inline(self._copier, parse(one.operands[0]))
        colours = inline.entries.get("ColorSpace")
        if isinstance(colours, Name):
            named = self._look_up("ColorSpace", colours)
            inline.entries["ColorSpace"] = colours if named is None else named
        data, after = inline.cut(untrusted, one.end)
        self._emit(b"Do", self.names.use("XObject", inline.ref(data)))
        return after


def form(copier: Copier, untrusted: Value, outer: Resources) -> bytes | None:
    """Copy a form; one without resources draws with those around it (§8.10.1)."""
    return _drawn(copier, untrusted, outer, "form")


def pattern(copier: Copier, untrusted: Value, outer: Resources) -> bytes | None:
    """Copy a pattern of tiles or of a shading (§8.7)."""
    value = copier.source.value(untrusted)
    if isinstance(value, Stream):
        return _drawn(copier, untrusted, outer, "pattern1")
    if not isinstance(value, dict):
        return None
    if not isinstance(copier.source.value(value.get("Shading")), dict | Stream):
        return None
    return copier.once(
        untrusted, "pattern2", lambda: copier.add(lambda: copier.dictionary("pattern2", value))
    )


def _drawn(copier: Copier, untrusted: Value, outer: Resources, kind: str) -> bytes | None:
    stream = copier.source.value(untrusted)
    if not isinstance(stream, Stream):
        return None
    resources = resources_of(copier, stream.entries, untrusted) or outer

    def write() -> bytes:
        content = Content(copier, resources)
        data = content.write(copier.plain(stream))
        words = copier.words(kind, stream.entries)
        return copier.stream([*words, b"/Resources " + content.names.text()], data)

    return copier.once(untrusted, (kind, resources.identity), lambda: copier.add(write))


_SPECIAL: Final[dict[bytes, Callable[[Content, Instruction], None]]] = {
    b"q": Content.save,
    b"Q": Content.restore,
    b"Tr": Content.text_mode,
    **dict.fromkeys((b"Tj", b"TJ", b"'", b'"'), Content.show),
    b"Tf": Content.font,
    b"gs": Content.state,
    b"sh": Content.shade,
    b"Do": Content.draw,
    **dict.fromkeys((b"cs", b"CS"), Content.space),
    **dict.fromkeys((b"sc", b"SC", b"scn", b"SCN"), Content.colour),
    b"ri": Content.intent,
    **dict.fromkeys((b"BMC", b"BDC"), Content.mark),
    b"EMC": Content.unmark,
    **dict.fromkeys((b"MP", b"DP"), Content.ignore),
}
KINDS: Final[dict[str, Rule]] = {
    "form": lambda copier, untrusted: form(copier, untrusted, NO_RESOURCES),
}
