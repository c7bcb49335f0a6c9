"""What the tests of films share: seeds as programs write them, and what players make of them."""

import hashlib
import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pi_heif
from PIL import Image

SEEDS = Path(__file__).parents[2] / "corpus/seeds"
MARKS = (b"MARK", "MARK".encode("utf-16-le"), "MARK".encode("utf-16-be"))


def seed(name: str) -> bytes:
    """Return a small file as a real program wrote it."""
    return (SEEDS / name).read_bytes()


def played(file: bytes, folder: Path) -> list[str]:
    """Return times and digests of every decoded frame of sound and picture."""
    path = folder / "film"
    path.write_bytes(file)
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:v?", "-map", "0:a?"]
    done = subprocess.run([*command, "-f", "framemd5", "-"], capture_output=True, check=True)
    assert done.stderr == b""
    return [line for line in done.stdout.decode().split("\n") if not line.startswith("#")]


def seen(file: bytes) -> list[tuple[str, tuple[int, int], str]]:
    """Return mode, size and pixels of every picture of a HEIC or AVIF."""
    pi_heif.register_heif_opener()
    image = Image.open(io.BytesIO(file))
    found = []
    for frame in range(getattr(image, "n_frames", 1)):
        image.seek(frame)
        found.append((image.mode, image.size, hashlib.sha256(image.tobytes()).hexdigest()))
    return found


def one_secret_back(before: bytes, after: bytes) -> Iterator[bytes]:
    """Yield the clean file with one changed piece as it was, if that brings back a MARK."""
    at, end = 0, min(len(before), len(after))
    while at < end:
        start = at
        while at < end and before[at] != after[at]:
            at += 1
        restored = after[:start] + before[start:at] + after[at:]
        if any(mark in restored for mark in MARKS):
            yield restored
        at += 1
