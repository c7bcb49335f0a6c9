"""WebP and GIF files with planted secrets, whole and broken. Every secret carries the word MARK."""

import json
import struct
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from redaction.cases import profiles

SEEDS: Final = {
    name: b64decode(text)
    for name, text in json.loads(
        Path(__file__).with_name("seeds_animations.json").read_text()
    ).items()
    if name != "about"
}
DAMAGED: Final = (
    "webp: every kind of secret",
    "webp: secrets inside the frames",
    "webp: a picture without secrets stays as it is",
    "gif: every kind of extension",
    "gif: an animation with clear parts",
)
DISPLAY_P3: Final = profiles.build("MARK", profiles.DISPLAY_P3, profiles.SRGB_CURVE)
OUR_P3: Final = profiles.build("Display P3", profiles.DISPLAY_P3, profiles.SRGB_CURVE)
CINEMA: Final = profiles.build("MARK", profiles.DISPLAY_P3, (0, (65536 * 2 + 39322,)))
# Orientation 6, and a maker.
EXIF: Final = b"II*\0\x08\0\0\0\2\0" + struct.pack(
    "<HHIHHHHI4sI", 274, 3, 1, 6, 0, 271, 2, 4, b"MARK", 0
)
ICC_FLAG, ALPHA_FLAG, EXIF_FLAG, XMP_FLAG, ANIMATION_FLAG = 0x20, 0x10, 0x08, 0x04, 0x02


def chunk(kind: bytes, body: bytes, padding: bytes = b"\0") -> bytes:
    """Return one RIFF chunk."""
    return kind + struct.pack("<I", len(body)) + body + padding[: len(body) % 2]


def riff(*chunks: bytes) -> bytes:
    """Return a WebP file."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def extended(flags: int, width: int, height: int) -> bytes:
    """Return the chunk of a file with more than a picture, with secrets in what is reserved."""
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return chunk(b"VP8X", bytes((flags | 0xC1,)) + b"MAR" + sizes)


def good_webps() -> Iterator[tuple[str, bytes]]:
    """Yield pictures that must come out whole and clean."""
    lossy, alpha, moving = SEEDS["lossy"][12:], SEEDS["alpha"], SEEDS["moving"]
    xmp = chunk(b"XMP ", b"<x dc:creator='MARK' xmp:CreateDate='MARK'/>")
    icc, exif = chunk(b"ICCP", DISPLAY_P3), chunk(b"EXIF", EXIF)
    everything = ICC_FLAG | EXIF_FLAG | XMP_FLAG
    yield "a picture without secrets stays as it is", SEEDS["lossy"]
    yield "without loss", SEEDS["lossless"]
    yield "a picture with an alpha plane", alpha
    yield "an animation", moving
    yield "an animation with clear parts", SEEDS["moving_alpha"]
    yield (
        "every kind of secret",
        riff(extended(everything, 16, 16), icc, lossy, exif, xmp, chunk(b"MARK", b"MARK private"))
        + b"MARK behind",
    )
    yield (
        "Exif that begins as in JPEG",
        riff(extended(EXIF_FLAG, 16, 16), lossy, chunk(b"EXIF", b"Exif\0\0" + EXIF)),
    )
    yield "Exif that is none", riff(extended(EXIF_FLAG, 16, 16), lossy, chunk(b"EXIF", b"MARK"))
    yield "Exif in a simple file", riff(lossy, exif)
    yield "two orientations", riff(extended(EXIF_FLAG, 16, 16), lossy, exif, exif)
    yield (
        "our own colour profile",
        riff(extended(ICC_FLAG, 16, 16), chunk(b"ICCP", OUR_P3), lossy),
    )
    yield (
        "a profile of a cinema",
        riff(extended(ICC_FLAG, 16, 16), chunk(b"ICCP", CINEMA), lossy),
    )
    yield "a second picture", riff(extended(0, 16, 16), lossy, SEEDS["lossless"][12:])
    yield "padding that is none", riff(extended(0, 16, 16), lossy, chunk(b"ODD ", b"abc", b"M"))
    yield "an animation's header with a tail", _with_tail(moving)
    yield "secrets inside the frames", _with_secrets_in_frames(moving)


def _with_tail(moving: bytes) -> bytes:
    at = moving.index(b"ANIM")
    return riff(
        moving[12:at], chunk(b"ANIM", moving[at + 8 : at + 14] + b"MARK"), moving[at + 14 :]
    )


def _with_secrets_in_frames(moving: bytes) -> bytes:
    at = moving.index(b"ANMF")
    frame = moving[at + 8 : at + 8 + int.from_bytes(moving[at + 4 : at + 8], "little")]
    rest = moving[at + 8 + len(frame) + len(frame) % 2 :]
    marked = frame[:15] + bytes((frame[15] | 0xFC,)) + frame[16:]
    marked += chunk(b"MARK", b"MARK Author") + chunk(b"VP8 ", b"MARK")
    return riff(moving[12:at], chunk(b"ANMF", marked), rest)


def bad_webps() -> Iterator[tuple[str, bytes]]:
    """Yield files of which nothing may pass."""
    lossy, moving = SEEDS["lossy"], SEEDS["moving"]
    frame = moving[moving.index(b"ANMF") :]
    tiny = chunk(b"VP8L", b"\x2f" + bytes(5))
    yield "cut in the picture", lossy[:-3]
    yield "cut in its header", lossy[:14]
    yield "a structure that is longer than the file", lossy[:4] + b"\xff\xff\0\0" + lossy[8:]
    yield "a structure that ends in a chunk", lossy[:4] + b"\x30\0\0\0" + lossy[8:] + b"MARK"
    yield "no picture", riff(extended(0, 16, 16), chunk(b"XMP ", b"MARK"))
    yield "an empty structure", riff(chunk(b"MARK", b""))
    yield "a picture of another size", riff(extended(0, 17, 16), lossy[12:])
    yield "a picture that is no key frame", riff(chunk(b"VP8 ", b"MARK" * 5))
    yield "a lossless picture with another mark", riff(chunk(b"VP8L", b"MARK" * 5))
    yield "an absurdly large canvas", riff(extended(0, 1 << 24, 1 << 24), lossy[12:])
    yield "an animation without timing", riff(extended(ANIMATION_FLAG, 16, 16), frame)
    yield "an animation without frames", riff(moving[12 : moving.index(b"ANMF")])
    yield (
        "a frame that reaches over the edge",
        riff(moving[12 : moving.index(b"ANMF")], chunk(b"ANMF", b"\1\0\0" + frame[11:])),
    )
    yield "a frame without a picture", riff(moving[12:], chunk(b"ANMF", bytes(16)))
    yield "a frame that is cut", riff(moving[12:], chunk(b"ANMF", b"MARK"))
    yield "too many frames", riff(moving[12:], chunk(b"ANMF", bytes(16) + tiny) * 500)
    yield (
        "alpha without loss twice",
        riff(extended(ALPHA_FLAG, 16, 16), chunk(b"ALPH", b"M"), lossy[12:]),
    )


def extension(label: int, *blocks: bytes) -> bytes:
    """Return one GIF extension."""
    return bytes((0x21, label)) + b"".join(bytes((len(b),)) + b for b in blocks) + b"\0"


def good_gifs() -> Iterator[tuple[str, bytes]]:
    """Yield pictures that must come out whole and clean."""
    still, moving, clear = SEEDS["still_gif"], SEEDS["moving_gif"], SEEDS["clear_gif"]
    at = still.index(b",\0\0\0\0")
    loop = extension(0xFF, b"NETSCAPE2.0", b"\1\3\0")
    yield "a picture without secrets", still
    yield "an animation that runs forever", moving
    yield "an animation with clear parts", clear
    yield (
        "every kind of extension",
        still[:at]
        + extension(0xFE, b"MARK comment", b"MARK again")
        + extension(0xFF, b"XMP DataXMP", b"MARK CreatorTool")
        + extension(0xFF, b"ICCRGBG1012", b"MARK")
        + extension(0x01, bytes(12), b"MARK text")
        + extension(0xEE, b"MARK")
        + still[at:]
        + b"MARK behind",
    )
    yield (
        "timing before a text",
        still[:at]
        + extension(0xF9, b"\0\5\0\0")
        + extension(0x01, bytes(12), b"MARK")
        + still[at:],
    )
    yield (
        "free bits of headers",
        (
            still[:10]
            + bytes((still[10] & 0x87 | 0x08, still[11], 77))
            + still[13 : at + 9]
            + bytes((still[at + 9] | 0x38,))
            + still[at + 10 :]
        ),
    )
    yield "timing with free bits", (still[:at] + extension(0xF9, b"\xe6\5\0\0") + still[at:])
    yield (
        "two timings",
        (still[:at] + extension(0xF9, b"\4\5\0\0") + extension(0xF9, b"\0\6\0\0") + still[at:]),
    )
    yield "loops said twice", still[:at] + loop + loop + still[at:]
    yield (
        "loops with a tail",
        (still[:at] + extension(0xFF, b"ANIMEXTS1.0", b"\1\3\0", b"MARK") + still[at:]),
    )
    yield (
        "loops in another spelling",
        (still[:at] + extension(0xFF, b"NETSCAPE2.0", b"\2MARK") + still[at:]),
    )


def bad_gifs() -> Iterator[tuple[str, bytes]]:
    """Yield files of which nothing may pass."""
    still = SEEDS["still_gif"]
    at = still.index(b",\0\0\0\0")
    yield "no end", still[:-1]
    yield "cut in the colours", still[:40]
    yield "cut in the picture", still[:-9]
    yield "cut in an extension", still[:at] + b"\x21\xfe\x20MARK"
    yield "bytes between blocks", still[:at] + b"MARK" + still[at:]
    yield "no picture", still[:at] + b";"
    yield "a screen without width", still[:6] + b"\0\0" + still[8:]
    yield "a frame without height", still[: at + 7] + b"\0\0" + still[at + 9 :]
    yield "an absurdly large frame", still[: at + 5] + b"\xff\xff\xff\xff" + still[at + 9 :]
    yield "a code size nobody defined", still[: at + 10] + b"M" + still[at + 11 :]
    yield "a timing with a tail", still[:at] + extension(0xF9, b"\0\5\0\0MARK") + still[at:]
    yield "a timing in two parts", still[:at] + extension(0xF9, b"\0\5\0\0", b"MARK") + still[at:]
    yield "too many frames", still[:-1] + b",\0\0\0\0\1\0\1\0\0\2\1D\0" * 500 + b";"
    yield "another version", b"GIF88a" + still[6:]


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield every case: its name, the declared file name, the bytes."""
    for names, extension_ in (
        (good_webps(), "webp"),
        (bad_webps(), "webp"),
        (good_gifs(), "gif"),
        (bad_gifs(), "gif"),
    ):
        for name, file in names:
            yield f"{extension_}: {name}", f"picture.{extension_}", file
