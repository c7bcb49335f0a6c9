"""Read the items of a cleaned HEIC or AVIF a second time."""

from collections.abc import Iterator

from redaction.files.media.isobmff_boxes import TABLES
from redaction.files.media.verify_boxes import Node, Reader
from redaction.files.media.verify_config import Config
from redaction.files.media.verify_entries import Part, detail

_MOST = {"grid": 12, "iovl": 18, "tmap": 256, "iden": 0}


def read_items(reader: Reader, meta: Node) -> Iterator[Part]:
    """Judge all tables; yield where the items lie that stay."""
    reader.handler(reader.one(meta.all("hdlr")), ("pict",))
    for node in meta.all("dinf", "dref"):
        reader.self_contained(node)
    kinds = _kinds(reader, reader.one(meta.all("iinf")))
    properties = _properties(reader, reader.one(meta.all("iprp", "ipco")))
    configs: dict[int, list[Config]] = {}
    for node in meta.all("iprp", "ipma"):
        _associations(reader, node, properties, configs)
    parts: dict[int, int] = {}
    for node in meta.all("iref"):
        _references(reader, node, kinds, parts)
    idat = meta.all("idat")
    for item, box, extents in _locations(reader, reader.one(meta.all("iloc"))):
        kind = kinds.get(item, "free")
        if kind == "free":
            continue
        reader.demand(box in {0, 1})
        base = reader.one(idat).body if box else 0
        coding = TABLES["items"][kind]
        known = [one for one in configs.get(item, []) if one.name == coding]
        reader.demand(bool(known) or not coding)
        size = sum(length for _, length in extents)
        reader.demand(bool(coding) or size <= _MOST[kind] + 8 * parts.get(item, 0))
        for start, length in extents:
            config = known[0] if known else Config()
            yield Part(base + start, base + start + length, config, (length,))


def _kinds(reader: Reader, node: Node) -> dict[int, str]:
    """Return the type of each item; nothing may follow it."""
    kinds = {}
    for one in reader.boxes(node.body + (8 if reader.number(node.body, 1) else 6), node.end):
        reader.demand(one.kind == "infe")
        version = reader.number(one.body, 1)
        width = 4 if version == 3 else 2
        kind = reader.word(one.body + 6 + width)
        reader.demand(version in {2, 3} and (kind in TABLES["items"] or kind == "free"))
        reader.zeros(one.body + 4 + width, one.body + 6 + width)
        reader.zeros(one.body + 10 + width, one.end)
        kinds[reader.number(one.body + 4, width)] = kind
    return kinds


def _properties(reader: Reader, node: Node) -> dict[int, Config | None]:
    """Return by number what each property says of the coding."""
    found: dict[int, Config | None] = {}
    for number, one in enumerate(reader.boxes(node.body, node.end), 1):
        found[number] = None
        if one.kind in {"hvcC", "av1C"}:
            found[number] = detail(reader, one)
        elif one.kind == "colr":
            reader.colour(one)
        elif one.kind == "auxC":
            reader.auxiliary(one)
        elif one.kind != "free":
            reader.numbers(one)
    return found


def _associations(
    reader: Reader,
    node: Node,
    properties: dict[int, Config | None],
    configs: dict[int, list[Config]],
) -> None:
    version_and_flags, entries = reader.array(node.body, 2)
    wide, at = 4 if version_and_flags >> 24 else 2, node.body + 8
    width = 2 if version_and_flags & 1 else 1
    for _ in range(entries):
        item, count = reader.number(at, wide), reader.number(at + wide, 1)
        for index in reader.array(at + wide + 1, count, width):
            config = properties.get(index & (1 << (8 * width - 1)) - 1)
            if config is not None:
                configs.setdefault(item, []).append(config)
        at += wide + 1 + count * width
    reader.demand(at <= node.end)
    reader.zeros(at, node.end)


def _references(reader: Reader, node: Node, kinds: dict[int, str], parts: dict[int, int]) -> None:
    """Demand known kinds of references between items that exist; count what items are made of."""
    width = 4 if reader.number(node.body, 1) else 2
    for one in reader.boxes(node.body + 4, node.end, free=False):
        numbers = reader.array(one.body + width + 2, reader.number(one.body + width, 2), width)
        source = reader.number(one.body, width)
        reader.demand(one.body + width * (len(numbers) + 1) + 2 == one.end)
        reader.demand(one.kind in TABLES["references"])
        reader.demand(kinds.keys() >= {source, *numbers})
        if one.kind == "dimg":
            parts[source] = parts.get(source, 0) + len(numbers)


def _locations(reader: Reader, node: Node) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Yield number, place (0 the file, 1 the box of data) and extents of each item."""
    version, sizes = reader.number(node.body, 1), reader.number(node.body + 4, 2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 4 if version == 2 else 2
    at = node.body + 6 + wide
    for _ in range(reader.number(node.body + 6, wide)):
        item, at = reader.number(at, wide), at + wide
        box = reader.number(at, 2) & 15 if version else 0
        at += 4 if version else 2
        start, at = reader.number(at, base), at + base
        extents = []
        count, at = reader.number(at, 2), at + 2
        for _ in range(count):
            at += index if version else 0
            extents.append((start + reader.number(at, offset), reader.number(at + offset, length)))
            at += offset + length
        yield item, box, extents
    reader.demand(at <= node.end)
    reader.zeros(at, node.end)
