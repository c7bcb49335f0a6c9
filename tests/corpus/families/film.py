"""Films: MP4, MOV, 3GP and Matroska, as phones, cameras and editors write them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tests.corpus.entry import Entry, Planter, Same, seed
from tests.corpus.writers import matroska, movie, photo, sound
from tests.corpus.writers.matroska import CODEC_PRIVATE, CUES, SEEK_HEAD, SEGMENT, VOID, Element
from tests.corpus.writers.movie import Box, File, full, joined, opened

X264_PAGE = b"http://www.videolan.org/x264.html"
X265_PAGE = b"http://x265.org"
LAVF = "Lavf59.27.100"


def entries() -> Iterator[Entry]:
    yield from (phone(), editor(), fragmented(), hevc(), av1(), position_track(), gaps(), cut())
    yield boxes()
    yield from (iphone(), quicktime(), timecode(), mobile(), untouched("h264.mp4", "mp4"))
    for name, base in (("h264", "h264.mkv"), ("lossless", "flac.mkv")):
        plant = _with_program(Planter("mkv", name), base, ("x264 - core",))
        yield plant.entry("mkv", matroska.everything(plant, base), Same.MEDIA)
    plant = Planter("webm", "vp9")
    yield plant.entry("webm", matroska.everything(plant, "vp9.webm"), Same.MEDIA)
    yield from (vorbis_in_webm(), indexed(), unknown_sizes(), untouched("vp9.webm", "webm"))


def untouched(base: str, family: str) -> Entry:
    """Just what ffmpeg writes about itself."""
    plant = _with_program(Planter(family, "ffmpeg"), base)
    plant.found("Lavf", "program in the container")
    return plant.entry(family, seed(base), Same.MEDIA)


def phone() -> Entry:
    """A film of a phone: tags of QuickTime, 3GPP and iTunes, boxes of camera makers."""
    plant = _with_program(Planter("mp4", "phone"), "h264.mp4")
    root = opened(movie.tagged(plant, ""))
    user = root.find(b"moov", b"udta")
    user.children = [*movie.asset_tags(plant, ""), *movie.maker_boxes(plant, ""), *user.children]
    track = root.find(b"moov", b"trak")
    told = [
        Box(b"name", plant.raw("track name")),
        movie.keyed({"com.example.a": plant.raw("track mdta")}),
    ]
    track.children.append(Box(b"udta", b"", told))
    track.children.append(Box(b"load", plant.raw("load box")))
    return _entry(plant, "mp4", _named_encoder(_rewritten_sei(joined(root), plant), plant))


def editor() -> Entry:
    """Edited and put on the web: the tags stand before the film, so its offsets move."""
    plant = _with_program(Planter("mp4", "editor"), "faststart.mp4")
    root = opened(seed("faststart.mp4"))
    movie.times(root, plant, "")
    moov = root.find(b"moov")
    moov.children[1:1] = [full(b"iods", b"\x10" + plant.raw("iods"))]
    moov.find(b"udta").children = [movie.item_list(movie.itunes_tags(plant, ""))]
    moov.children.append(Box(b"uuid", plant.blob("uuid in moov") + plant.raw("uuid box in moov")))
    root.children[1:1] = [
        Box(b"uuid", movie.XMP_BOX + photo.xmp(plant, "uuid ")),
        Box(b"skip", plant.raw("skip box")),
        Box(b"wide", plant.raw("wide box")),
        Box(b"meta", full(b"hdlr", bytes(8)).write() + Box(b"xml ", plant.raw("xml box")).write()),
        Box(b"pdin", plant.raw("pdin box")),
    ]
    return _entry(plant, "mp4", joined(root))


def fragmented() -> Entry:
    """Recorded in pieces, with events and wall-clock times between them."""
    plant = _with_program(Planter("mp4", "fragmented"), "fragmented.mp4")
    root = opened(seed("fragmented.mp4"))
    movie.times(root, plant, "")
    root.find(b"moov", b"udta").children = movie.quicktime_tags(plant, "")
    pieces = [child for child in root.children if child.kind != b"mfra"]
    at = next(n for n, child in enumerate(pieces) if child.kind == b"moof")
    event = b"urn:" + plant.raw("emsg scheme") + b"\0" + plant.raw("emsg value") + b"\0"
    pieces[at:at] = [
        full(b"prft", bytes(4) + plant.number("prft clock", 8).to_bytes(8) + bytes(4)),
        full(b"emsg", event + bytes(16) + plant.raw("emsg data")),
        Box(b"styp", b"msdh" + bytes(4) + b"msdh"),
        Box(b"uuid", plant.blob("uuid between fragments") + plant.raw("uuid data")),
    ]
    pieces.append(Box(b"free", plant.raw("free box at the end")))
    data = b"".join(piece.write() for piece in pieces)
    return _entry(plant, "mp4", _rewritten_sei(data, plant))


def hevc() -> Entry:
    """The encoder's settings stand in the decoder's configuration and in a colour profile."""
    plant = _with_program(Planter("mp4", "hevc"), "hevc.mp4")
    data = _replaced(movie.tagged(plant, "", "hevc.mp4"), X265_PAGE, plant.raw("SEI of x265"))
    plant.found("x265 (build", "SEI of x265")
    return _entry(plant, "mp4", data)


def av1() -> Entry:
    plant = _with_program(Planter("mp4", "av1"), "av1.mp4")
    plant.found("libaom-av1", "compressor name")
    return _entry(plant, "mp4", movie.tagged(plant, "", "av1.mp4"))


def position_track() -> Entry:
    """A track of positions, as dashboard and action cameras record."""
    plant = _with_program(Planter("mp4", "position-track"), "h264.mp4")
    root = opened(seed("h264.mp4"))
    movie.times(root, plant, "")
    samples = [movie.position(plant, f"position {n}").ljust(48) for n in range(5)]
    kind = b"\0\0\0\0\0\0\0\1\0application/" + plant.raw("media type of the track") + b"\0"
    track = _track(b"meta", Box(b"mett", kind), samples, plant.raw("handler name of the track"))
    return _entry(plant, "mp4", _with_track(root, track, samples))


def timecode() -> Entry:
    """A QuickTime film with a time code and a track of chapter names."""
    plant = _with_program(Planter("mov", "timecode"), "pcm.mov")
    root = opened(seed("pcm.mov"))
    movie.times(root, plant, "")
    chapter = plant.raw("chapter")
    samples = [struct.pack(">H", len(chapter)) + chapter]
    entry = Box(b"text", bytes(6) + b"\0\1" + bytes(42) + plant.raw("font of the text track"))
    track = _track(b"text", entry, samples, plant.raw("handler name of chapters"))
    moov = root.find(b"moov")
    moov.children.append(Box(b"udta", b"", movie.quicktime_tags(plant, "")))
    return _entry(plant, "mov", _with_track(root, track, samples))


def gaps() -> Entry:
    """Bytes in the media data that no sample uses, and bytes after the last box."""
    plant = _with_program(Planter("mp4", "gaps"), "faststart.mp4")
    root = opened(seed("faststart.mp4"))
    movie.times(root, plant, "")
    data = root.find(b"mdat")
    data.body += plant.raw("end of the media data") + photo.snapshot(
        plant, "photo in the media data "
    )
    moov = root.find(b"moov")
    moov.children = [child for child in moov.children if child.kind != b"udta"]
    tail = Box(b"mdat", plant.raw("second media data")).write() + Box(b"free", b"").write()
    return _entry(
        plant, "mp4", joined(root) + tail + Box(b"junk", plant.raw("unknown box")).write()
    )


def boxes() -> Entry:
    """Rarer boxes: tags of music players, kinds, languages, groups of samples, spheres."""
    plant = _with_program(Planter("mp4", "boxes"), "h264.mp4")
    root = opened(seed("h264.mp4"))
    movie.times(root, plant, "")
    moov = root.find(b"moov")
    tag = sound.id3(sound.usual(plant, "ID32 "))
    moov.children.append(
        full(
            b"meta",
            full(b"hdlr", bytes(4) + b"ID32").write() + full(b"ID32", b"\x15\xc7" + tag).write(),
        )
    )
    track = moov.find(b"trak")
    sphere = bytes.fromhex("FFCC8263F8554A938814587A02521FDD")
    told = "<rdf:SphericalVideo><Software>{mark}</Software></rdf:SphericalVideo>"
    kind = b"urn:" + plant.raw("kind") + b"\0" + plant.raw("kind value") + b"\0"
    track.children += [
        Box(b"uuid", sphere + plant.fill(told, "sphere").encode()),
        Box(
            b"udta",
            b"",
            [full(b"kind", kind), full(b"titl", b"\x15\xc7" + plant.raw("titl") + b"\0")],
        ),
        Box(
            b"meta",
            full(b"hdlr", bytes(20)).write() + Box(b"xml ", plant.raw("xml in track")).write(),
        ),
        Box(b"tref", b"", [Box(b"hint", plant.number("tref").to_bytes(4))]),
    ]
    media = track.find(b"mdia")
    media.children.append(full(b"elng", b"ar-x-" + plant.raw("elng") + b"\0"))
    table = media.find(b"minf", b"stbl")
    group = b"mine" + struct.pack(">II", 11, 1) + plant.raw("sgpd")
    table.children += [
        Box(b"sgpd", b"\1\0\0\0" + group),
        full(b"sbgp", b"mine" + struct.pack(">III", 1, 10, 1)),
        full(b"subs", plant.raw("subs")),
        Box(b"saiz", plant.raw("saiz")),
        full(b"cslg", bytes(20)),
    ]
    entry = table.find(b"stsd")
    inner = Box(b"uuid", plant.blob("uuid in an entry") + plant.raw("data in an entry")).write()
    size = int.from_bytes(entry.body[8:12])
    first = (size + len(inner)).to_bytes(4) + entry.body[12 : 8 + size] + inner
    entry.body = entry.body[:8] + first + entry.body[8 + size :]
    return _entry(plant, "mp4", joined(root))


def cut() -> Entry:
    """What ends with bytes that are no box."""
    plant = _with_program(Planter("mp4", "tail"), "h264.mp4")
    tail = b"\0\0\0\0" + b"".join(plant.raw(f"tail {number}") for number in range(16))
    return _entry(plant, "mp4", movie.tagged(plant, "") + tail)


def iphone() -> Entry:
    """An upright film of an iPhone, with values by name, and a turned matrix that stays."""
    plant = _with_program(Planter("mov", "iphone"), "pcm.mov")
    root = opened(seed("pcm.mov"))
    movie.times(root, plant, "")
    moov = root.find(b"moov")
    moov.children = [child for child in moov.children if child.kind != b"udta"]
    moov.children.append(movie.keyed(movie.apple_values(plant, "")))
    header = moov.find(b"trak", b"tkhd")
    turned = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 48 << 16, 0, 1 << 30)
    header.body = header.body[:40] + turned + header.body[76:]
    moov.find(b"trak").children.append(movie.keyed({"com.apple.x": plant.raw("track mdta")}))
    root.children.append(Box(b"wide", plant.raw("wide box")))
    return _entry(plant, "mov", _rewritten_sei(joined(root), plant))


def quicktime() -> Entry:
    """A camera's film of single pictures, with boxes of many makers."""
    plant = _with_program(Planter("mov", "camera"), "mjpeg.mov")
    root = opened(seed("mjpeg.mov"))
    movie.times(root, plant, "")
    moov = root.find(b"moov")
    moov.children = [child for child in moov.children if child.kind != b"udta"]
    told = [*movie.quicktime_tags(plant, ""), *movie.maker_boxes(plant, "")]
    moov.children.append(Box(b"udta", b"", told))
    root.children += [Box(b"pnot", plant.raw("pnot")), Box(b"PICT", photo.snapshot(plant, "PICT "))]
    return _entry(plant, "mov", joined(root))


def mobile() -> Entry:
    """An older phone."""
    plant = Planter("3gp", "mobile")
    root = opened(seed("phone.3gp"))
    movie.times(root, plant, "")
    moov = root.find(b"moov")
    moov.children = [child for child in moov.children if child.kind != b"udta"]
    moov.children.append(Box(b"udta", b"", movie.asset_tags(plant, "")))
    root.children.append(Box(b"uuid", plant.blob("uuid") + plant.raw("uuid data")))
    return _entry(plant, "3gp", joined(root))


def vorbis_in_webm() -> Entry:
    """Comments of Vorbis stand in the track's configuration."""
    plant = Planter("webm", "vorbis")
    header, segment = matroska.parse(matroska.everything(plant, "vp8.webm", tail=b""))
    for track in segment.first(matroska.TRACKS).children:
        for element in track.children:
            if element.number == CODEC_PRIVATE and b"vorbis" in element.data:
                comments = sound.vorbis_comments(plant, "CodecPrivate ")
                element.data = matroska.vorbis_private(element.data, comments)
    return plant.entry("webm", header.write() + segment.write(), Same.MEDIA)


def indexed() -> Entry:
    """With its index; what tells stands after all that the index points to."""
    plant = _with_program(Planter("mkv", "indexed"), "h264.mkv")
    header, segment = matroska.parse(seed("h264.mkv"))[:2]
    plant.found(LAVF, "MuxingApp")
    told = [matroska.tags(plant), matroska.attachments(plant), Element(VOID, plant.raw("Void"))]
    head = seed("h264.mkv")[: len(seed("h264.mkv")) - len(_body(seed("h264.mkv"))) - 8]
    body = _body(seed("h264.mkv")) + b"".join(each.write() for each in told)
    assert {SEEK_HEAD, CUES} & {each.number for each in segment.children}
    assert header.children
    return plant.entry("mkv", head + matroska.size_bytes(len(body)) + body, Same.MEDIA)


def unknown_sizes() -> Entry:
    """A recording of a browser: segment and clusters without a length."""
    plant = Planter("webm", "browser")
    header, segment = matroska.parse(seed("vp9.webm"))[:2]
    streamed = matroska.number_bytes(SEGMENT) + b"\x01" + b"\xff" * 7
    streamed += matroska.info(segment.first(matroska.INFO), plant).write()
    streamed += matroska.tracks(segment.first(matroska.TRACKS), plant).write()
    streamed += matroska.tags(plant).write()
    for cluster in segment.children:
        if cluster.number == matroska.CLUSTER:
            streamed += matroska.number_bytes(matroska.CLUSTER) + b"\x01" + b"\xff" * 7
            streamed += b"".join(child.write() for child in cluster.children)
    return plant.entry("webm", header.write() + streamed, Same.MEDIA)


def _body(data: bytes) -> bytes:
    """What a segment with eight bytes of length holds."""
    at = data.index(matroska.number_bytes(SEGMENT)) + 4
    return data[at + 8 :]


def _entry(plant: Planter, extension: str, data: bytes) -> Entry:
    return plant.entry(extension, data, Same.MEDIA)


def _with_program(
    plant: Planter, base: str, names: tuple[str, ...] = ("x264 - core", "Lavc")
) -> Planter:
    """Record what the encoder of the seed left."""
    for name in names:
        if name.encode() in seed(base):
            plant.found(name, "name of the encoder")
    return plant


def _replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new.ljust(len(old), b" "))


def _rewritten_sei(data: bytes, plant: Planter) -> bytes:
    return _replaced(data, X264_PAGE, plant.raw("user data in a SEI message"))


def _named_encoder(data: bytes, plant: Planter) -> bytes:
    """The name of the compressor has 31 letters of room."""
    plant.markers = [marker for marker in plant.markers if marker.needle != "Lavc"]
    at = data.index(b"Lavc")
    length = data[at - 1]
    name = plant.raw("compressor name")[:length]
    return data[:at] + name.ljust(length, b" ") + data[at + length :]


def _track(handler: bytes, entry: Box, samples: list[bytes], name: bytes) -> Box:
    """Return a track of samples of one size, whose offset is not known yet."""
    number, size = len(samples), len(samples[0])
    table = Box(
        b"stbl",
        b"",
        [
            full(b"stsd", struct.pack(">I", 1) + entry.write()),
            full(b"stts", struct.pack(">III", 1, number, 1000)),
            full(b"stsc", struct.pack(">IIII", 1, 1, number, 1)),
            full(b"stsz", struct.pack(">II", size, number)),
            full(b"stco", struct.pack(">II", 1, 0)),
        ],
    )
    link = full(b"dref", struct.pack(">I", 1) + Box(b"url ", b"\0\0\0\1").write())
    minf = Box(b"minf", b"", [full(b"nmhd", b""), Box(b"dinf", b"", [link]), table])
    header = full(b"hdlr", bytes(4) + handler + bytes(12) + name + b"\0")
    mdhd = full(b"mdhd", struct.pack(">IIIIHH", 0, 0, 1000, 1000 * number, 0x55C4, 0))
    mdia = Box(b"mdia", b"", [mdhd, header, minf])
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    tkhd = struct.pack(">IIIII", 0, 0, 9, 0, 1000) + bytes(16) + matrix + bytes(8)
    return Box(b"trak", b"", [Box(b"tkhd", b"\0\0\0\1" + tkhd), mdia])


def _with_track(root: File, track: Box, samples: list[bytes]) -> bytes:
    """Return the file with one more track, whose samples stand at its end."""
    moov = root.find(b"moov")
    last = max(n for n, child in enumerate(moov.children) if child.kind == b"trak")
    moov.children.insert(last + 1, track)
    joined(root)
    root.children.append(Box(b"mdat", b"".join(samples)))
    data = b"".join(child.write() for child in root.children)
    offset = len(data) - sum(map(len, samples))
    table = track.find(b"mdia", b"minf", b"stbl", b"stco")
    table.body = struct.pack(">III", 0, 1, offset)
    return b"".join(child.write() for child in root.children)
