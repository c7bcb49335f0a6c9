"""Sounds: MP3, M4A, Ogg, Opus, FLAC and WAV, with the tags of recorders, players and studios."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tests.corpus.entry import Entry, Planter, Same, seed
from tests.corpus.writers import flac, movie, ogg, photo, riff, sound
from tests.corpus.writers.movie import Box, joined, opened
from tests.corpus.writers.sound import LATIN, WIDE, WIDE_BIG, frame, id3, text


def entries() -> Iterator[Entry]:
    yield from (mp3_player(), mp3_studio(), mp3_old(), mp3_unsynchronised(), mp3_stacked())
    yield from (mp3_ape(), mp3_encoder(), m4a_player(), m4a_lossless(), m4a_memo())
    yield ogg_skeleton()
    yield from (vorbis(), opus(), ogg_flac(), ogg_joined(), flac_tags(), flac_id3(), flac_picture())
    yield from (wav_broadcast(), wav_phone(), wav_studio(), wav_id3())


def mp3_player() -> Entry:
    plant = Planter("mp3", "player")
    return _entry(plant, "mp3", sound.tagged(plant, ""), "cbr.mp3")


def mp3_studio() -> Entry:
    """ID3v2.3 in UTF-16, with Lyrics3, APE and ID3v1 behind the sound."""
    plant = Planter("mp3", "studio")
    frames = sound.usual(plant, "ID3 ", 3, WIDE) + sound.comments(plant, "ID3 ", 3)
    frames += sound.pictures(plant, "ID3 ", 3) + sound.objects(plant, "ID3 ", 3)
    head = id3(frames, 3, padding=bytes(16) + plant.raw("ID3 padding") + bytes(16))
    tail = sound.ape(plant, "") + sound.lyrics3(plant, "") + sound.id3v1(plant, "")
    return _entry(plant, "mp3", head + seed("cbr.mp3") + tail, "cbr.mp3")


def mp3_old() -> Entry:
    """ID3v2.2 with names of three letters, and the first tag of all behind."""
    plant = Planter("mp3", "old")
    names = (b"TT2", b"TP1", b"TAL", b"TEN", b"TSS", b"TCM", b"TOF", b"TYE", b"TRC")
    frames = b"".join(text(n, plant.mark(f"ID3 {n.decode()}"), 2, LATIN) for n in names)
    frames += frame(b"COM", b"\0eng\0" + plant.raw("ID3 COM"), 2)
    frames += frame(b"PIC", b"\0JPG\3\0" + photo.photo(plant, "ID3 PIC "), 2)
    frames += frame(b"UFI", b"x\0" + plant.raw("ID3 UFI"), 2)
    enhanced = b"TAG+" + plant.raw("enhanced tag").ljust(223, b"\0")
    tail = enhanced + sound.id3v1(plant, "")
    return _entry(plant, "mp3", id3(frames, 2) + seed("vbr.mp3") + tail, "vbr.mp3")


def mp3_unsynchronised() -> Entry:
    """With an extended header, a footer, compressed frames and UTF-16 without a mark."""
    plant = Planter("mp3", "rare-id3")
    frames = sound.usual(plant, "ID3 ", 4, WIDE_BIG) + sound.packed(b"TPUB", plant.mark("packed"))
    frames += frame(b"CHAP", _chapter(plant)) + frame(b"CTOC", plant.raw("ID3 CTOC") + b"\0\3\0")
    frames += frame(b"LINK", b"TIT2http://" + plant.raw("ID3 LINK") + b"\0")
    frames += frame(b"IPLS", b"\3" + plant.raw("ID3 IPLS"))
    extended = sound.safe(6) + b"\1\0"
    body = extended + frames
    head = b"ID3\4\0\x50" + sound.safe(len(body)) + body + b"3DI\4\0\x50" + sound.safe(len(body))
    return _entry(plant, "mp3", head + seed("vbr.mp3"), "vbr.mp3")


def _chapter(plant: Planter) -> bytes:
    inner = text(b"TIT2", plant.mark("ID3 CHAP title"))
    return plant.raw("ID3 CHAP name") + b"\0" + bytes(8) + b"\xff" * 8 + inner


def mp3_stacked() -> Entry:
    """Several tags one after the other, and bytes between and behind."""
    plant = Planter("mp3", "stacked")
    first = id3(sound.usual(plant, "first "), 4)
    second = id3(sound.usual(plant, "second ", 3, WIDE), 3)
    between = bytes(7) + plant.raw("between tags and sound") + bytes(9)
    tail = id3(sound.usual(plant, "tag behind "), 4) + plant.raw("bytes behind the sound")
    return _entry(plant, "mp3", first + second + between + seed("cbr.mp3") + tail, "cbr.mp3")


def mp3_ape() -> Entry:
    """An APE tag in front, and one without a header behind."""
    plant = Planter("mp3", "ape")
    front, back = sound.ape(plant, "front "), sound.ape(plant, "back ", header=False)
    return _entry(plant, "mp3", front + seed("vbr.mp3") + back, "vbr.mp3")


def mp3_encoder() -> Entry:
    """The encoder's name and settings in the first frame, which makes no sound."""
    plant = Planter("mp3", "encoder")
    data = bytearray(seed("vbr.mp3"))
    at = data.index(b"Lavf") if b"Lavf" in data else data.index(b"LAME")
    data[at : at + 9] = plant.digits("encoder name", 9).encode()
    end = at + 60
    data[end : end + 11] = plant.raw("rest of the first frame")
    tail = b"".join(plant.raw(f"tail {number}") + bytes(30) for number in range(14))
    return _entry(plant, "mp3", bytes(data) + tail)


def m4a_player() -> Entry:
    plant = Planter("m4a", "player")
    root = opened(seed("aac.m4a"))
    movie.times(root, plant, "")
    root.find(b"moov", b"udta").children = [movie.item_list(movie.itunes_tags(plant, ""))]
    root.children.append(Box(b"free", plant.raw("free box")))
    return _entry(plant, "m4a", joined(root))


def m4a_lossless() -> Entry:
    plant = Planter("m4a", "lossless")
    root = opened(seed("alac.m4a"))
    movie.times(root, plant, "")
    told = [*movie.asset_tags(plant, ""), movie.item_list(movie.itunes_tags(plant, ""))]
    root.find(b"moov", b"udta").children = told
    root.children.append(Box(b"uuid", plant.blob("uuid") + plant.raw("uuid data")))
    return _entry(plant, "m4a", joined(root))


def m4a_memo() -> Entry:
    """A voice memo, named after the place where it was recorded."""
    plant = Planter("m4a", "memo")
    root = opened(seed("aac.m4a"))
    movie.times(root, plant, "")
    moov = root.find(b"moov")
    moov.find(b"udta").children = movie.quicktime_tags(plant, "")
    moov.children.append(movie.keyed(movie.apple_values(plant, "")))
    data = joined(root) + plant.raw("tail")
    return _entry(plant, "m4a", data)


def vorbis() -> Entry:
    plant = Planter("ogg", "vorbis")
    comments = sound.vorbis_comments(plant, "") + b"\1"
    return _entry(
        plant, "ogg", ogg.with_comments(seed("vorbis.ogg"), b"\3vorbis" + comments, plant)
    )


def opus() -> Entry:
    """Padding behind the comments may hold anything (RFC 7845 §5.2)."""
    plant = Planter("opus", "messenger")
    comments = b"OpusTags" + sound.vorbis_comments(plant, "")
    comments += b"\1" + plant.raw("padding of the comments") * 3
    return _entry(plant, "opus", ogg.with_comments(seed("opus.opus"), comments, plant))


def ogg_flac() -> Entry:
    plant = Planter("ogg", "flac")
    body = sound.vorbis_comments(plant, "")
    packet = b"\x84" + len(body).to_bytes(3) + body
    return _entry(plant, "oga", ogg.with_comments(seed("flac.oga"), packet, plant))


def ogg_skeleton() -> Entry:
    """A second stream describes the first, with fields like those of HTTP."""
    plant = Planter("ogg", "skeleton")
    comments = b"\3vorbis" + sound.vorbis_comments(plant, "", cover=False) + b"\1"
    voice = ogg.pages(ogg.with_comments(seed("vorbis.ogg"), comments, plant))
    serial = plant.number("serial number of the skeleton")
    head = b"fishead\0" + struct.pack("<HH", 3, 0) + bytes(36) + plant.raw("UTC").ljust(20, b"\0")
    fields = f"Content-Type: audio/vorbis\r\nName: {plant.mark('Name')}\r\n".encode()
    bone = b"fisbone\0" + struct.pack("<II", 44, voice[0].serial) + bytes(36) + fields
    told = [
        ogg.Page(2, 0, serial, bytes([len(head)]), head),
        voice[0],
        ogg.Page(0, 0, serial, bytes([len(bone)]), bone),
        ogg.Page(4, 0, serial, b"\0", b""),
        *voice[1:],
    ]
    return _entry(plant, "ogg", ogg.write(told))


def ogg_joined() -> Entry:
    """Bytes behind the last page, and a page of an unknown kind in between."""
    plant = Planter("ogg", "tail")
    comments = b"\3vorbis" + sound.vorbis_comments(plant, "", cover=False) + b"\1"
    data = ogg.with_comments(seed("vorbis.ogg"), comments, plant)
    return _entry(plant, "ogg", data + sound.id3v1(plant, "") + plant.raw("tail"))


def flac_tags() -> Entry:
    plant = Planter("flac", "tags")
    blocks = [
        (4, sound.vorbis_comments(plant, "")),
        (2, b"test" + plant.raw("APPLICATION")),
        (5, flac.cue_sheet(plant)),
        (6, sound.flac_picture(plant, "PICTURE ")),
        (1, bytes(20) + plant.raw("PADDING") + bytes(20)),
        (126, plant.raw("block of an unknown kind")),
    ]
    return _entry(plant, "flac", flac.rewritten(seed("sound.flac"), blocks))


def flac_id3() -> Entry:
    """Programs that know MP3 only put its tags around FLAC."""
    plant = Planter("flac", "id3")
    plant.found("Lavf59.27.100", "vendor")
    head = id3(sound.usual(plant, "ID3 ") + sound.pictures(plant, "ID3 ", 4))
    tail = sound.ape(plant, "") + sound.id3v1(plant, "")
    return _entry(plant, "flac", head + seed("sound.flac") + tail)


def flac_picture() -> Entry:
    """Several comments and pictures, though only one of each is allowed."""
    plant = Planter("flac", "twice")
    blocks = [(4, sound.vorbis_comments(plant, f"{n} ", cover=False)) for n in ("first", "second")]
    link = struct.pack(">II", 3, 3) + b"-->" + struct.pack(">I", 0) + bytes(16)
    url = b"http://example.org/" + plant.raw("PICTURE link")
    blocks += [(6, link + struct.pack(">I", len(url)) + url)]
    blocks += [(6, sound.flac_picture(plant, f"PICTURE {n} ")) for n in range(2)]
    data = flac.rewritten(seed("sound.flac"), blocks)
    return _entry(plant, "flac", data + plant.raw("tail"))


def wav_broadcast() -> Entry:
    """A radio's recorder: bext, iXML, aXML, cart and XMP (EBU 3285)."""
    plant = Planter("wav", "broadcast")
    before = [(b"bext", riff.broadcast(plant)), (b"JUNK", plant.raw("JUNK") + bytes(17))]
    after = [
        (b"iXML", riff.ixml(plant)),
        (b"axml", f"<a>{plant.mark('axml')}</a>".encode()),
        (b"_PMX", photo.xmp(plant)),
        (b"cart", riff.cart(plant)),
        (b"qlty", plant.raw("qlty")),
        (b"link", plant.raw("link")),
    ]
    return _entry(plant, "wav", riff.wave(before, after))


def wav_phone() -> Entry:
    """INFO lists, and a chunk in small letters that nobody knows."""
    plant = Planter("wav", "phone")
    names = (
        b"INAM",
        b"IART",
        b"ICMT",
        b"ISFT",
        b"IENG",
        b"ICRD",
        b"ICOP",
        b"ITCH",
        b"ISRC",
        b"ILOC",
    )
    after = [(b"LIST", b"INFO" + riff.chunks((n, plant.raw(f"INFO {n.decode()}")) for n in names))]
    after += [(b"LIST", b"exif" + riff.chunks([(b"emdl", plant.raw("exif model"))]))]
    after += [(b"DISP", b"\1\0\0\0" + plant.raw("DISP")), (b"anyt", plant.raw("unknown chunk"))]
    after += [(b"PAD ", plant.raw("PAD")), (b"FLLR", plant.raw("FLLR"))]
    data = riff.wave(
        [(b"LIST", b"INFO" + riff.chunks([(b"ISFT", plant.raw("first ISFT"))]))], after
    )
    return _entry(plant, "wav", data + plant.raw("behind the RIFF chunk"))


def wav_studio() -> Entry:
    """Markers, loops and the serial number of an instrument; 24 bits, extensible."""
    plant = Planter("wav", "studio")
    labels = riff.chunks(
        [
            (b"labl", b"\1\0\0\0" + plant.raw("labl") + b"\0"),
            (b"note", b"\1\0\0\0" + plant.raw("note") + b"\0"),
            (b"ltxt", bytes(20) + plant.raw("ltxt")),
            (b"file", bytes(8) + plant.raw("file in a list")),
        ]
    )
    sampler = struct.pack("<9I", plant.number("smpl maker"), plant.number("smpl product"), *[0] * 7)
    after = [
        (b"cue ", struct.pack("<I", 1) + struct.pack("<II4sIII", 1, 0, b"data", 0, 0, 0)),
        (b"LIST", b"adtl" + labels),
        (b"smpl", sampler + plant.raw("smpl data")),
        (b"strc", plant.raw("strc")),
        (b"acid", plant.raw("acid") + bytes(13)),
        (b"umid", plant.raw("umid")),
        (b"ResU", plant.raw("ResU")),
        (b"LGWV", plant.raw("LGWV")),
        (b"bext", riff.broadcast(plant)),
    ]
    return _entry(plant, "wav", riff.wave([], after, bits=24))


def wav_id3() -> Entry:
    plant = Planter("wav", "id3")
    tag = id3(sound.usual(plant, "id3 ") + sound.pictures(plant, "id3 ", 4))
    return _entry(plant, "wav", riff.wave([], [(b"id3 ", tag)]))


def _entry(plant: Planter, extension: str, data: bytes, base: str = "") -> Entry:
    """Decoders take some tags for sound, so those files are compared with the bare *base*."""
    return plant.entry(extension, data, Same.MEDIA, reference=seed(base) if base else b"")
