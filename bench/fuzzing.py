"""Damaged files for every parser: nothing but a clean file or a refusal may come out.

Each cleaner gets inputs made from its family's cases: bytes flipped, cut, repeated, swapped,
lengths replaced by extremes, and beginnings of one file before the end of another; in archives
half of the inputs carry the damage inside a member, where checksums do not catch it. A worker
process with 512 MB of memory and 5 seconds of the processor for each input does the work;
whatever else it does than answer or refuse is a failure. Whether secrets pass is for the corpus
and the cases: damage can turn what was hidden into what is shown.
"""

from __future__ import annotations

import io
import json
import os
import random
import resource
import signal
import sys
import time
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

import redaction.cases
from redaction.files import UnreadableFileError
from redaction.files.registry import STREAMING, WHOLE, clean_inner
from redaction.files.sniff import sniff

MEMORY_BYTES: Final = 512 << 20
SECONDS: Final = 5
MAX_SEED_BYTES: Final = 64 << 10
_EXTREMES: Final = (
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\0\0\1",
    b"\x80\0\0\0",
)
ZIP: Final = "application/zip"
_KINDS: Final = {
    "ooxml": {"docx", "xlsx", "pptx"},
    "opendocument": {"odt", "ods", "odp", "odg"},
    "epub": {"epub"},
}
_UNPACKABLE: Final = (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, ValueError)
"""Of cases that are broken already."""
_FOLDER: Final = Path(redaction.cases.__file__).parent / "files"


@dataclass(frozen=True)
class Seed:
    """A case: its bytes, and the name it came under."""

    name: str
    declared: str
    data: bytes


@dataclass
class Tally:
    """What came of the inputs of one parser: a media type, or a kind of archive."""

    parser: str
    inputs: int = 0
    passed: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)


def seeds() -> dict[str, list[Seed]]:
    """All cases small enough, by the media type that their bytes show; archives by their kind."""
    found: dict[str, list[Seed]] = {}
    for path in sorted(_FOLDER.glob("*.json")):
        for case in json.loads(path.read_text("utf-8")):
            data = b64decode(case["input"])
            media = sniff(data, case["declared"])
            known = media in WHOLE or media in STREAMING
            if known and 0 < len(data) <= MAX_SEED_BYTES:
                parser = f"{media} ({_kind(case['declared'])})" if media == ZIP else media
                found.setdefault(parser, []).append(Seed(case["name"], case["declared"], data))
    return found


def _kind(declared: str) -> str:
    ending = declared.rpartition(".")[2].lower()
    return next((kind for kind, endings in _KINDS.items() if ending in endings), "zip")


def damaged(chance: random.Random, seed: bytes, other: bytes) -> bytes:
    """The file with wounds, or with a wounded member packed again."""
    if chance.randrange(2) and zipfile.is_zipfile(io.BytesIO(seed)):
        with suppress(*_UNPACKABLE):
            return _packed_again(chance, seed)
    return mutated(chance, seed, other)


def _packed_again(chance: random.Random, seed: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(seed)) as source, zipfile.ZipFile(packed, "w") as target:
        members = source.infolist()
        wounded = chance.randrange(len(members) or 1)
        for at, member in enumerate(members):
            data = source.read(member)
            other = source.read(chance.choice(members)) if at == wounded else b""
            target.writestr(member, mutated(chance, data, other) if at == wounded else data)
    return packed.getvalue()


def mutated(chance: random.Random, seed: bytes, other: bytes) -> bytes:
    """One to four wounds."""
    data = bytearray(seed)
    for _ in range(chance.randint(1, 4)):
        if not data:
            break
        at = chance.randrange(len(data))
        wound = chance.randrange(8)
        if wound == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif wound == 1:
            data[at] = chance.randrange(256)
        elif wound == 2:
            del data[at:]
        elif wound == 3:
            del data[at : at + chance.randint(1, 64)]
        elif wound == 4:
            data[at:at] = data[at : at + chance.randint(1, 256)]
        elif wound == 5:
            data[at : at + 4] = chance.choice(_EXTREMES)
        elif wound == 6:
            data[at:at] = chance.randbytes(chance.randint(1, 64))
        else:
            data[at:] = other[chance.randrange(len(other) or 1) :]
    return bytes(data)


def attack(parser: str, pool: Sequence[Seed], inputs: int, start: int = 0) -> Tally:
    """Feed *inputs* damaged files to a cleaner, in this very process."""
    tally = Tally(parser)
    signal.signal(signal.SIGPROF, _too_slow)
    began = time.perf_counter()
    for number in range(start, start + inputs):
        chance = random.Random(f"{parser} {number}")  # noqa: S311 - repeatable on purpose
        seed, other = chance.choice(pool), chance.choice(pool)
        _one(tally, seed, damaged(chance, seed.data, other.data), number)
        tally.inputs += 1
    tally.seconds = time.perf_counter() - began
    return tally


class TooSlowError(Exception):
    """An input took more than `SECONDS`."""


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError


def _one(tally: Tally, seed: Seed, data: bytes, number: int) -> None:
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    began = time.process_time()
    try:
        clean_inner(data, seed.declared, 0)
        tally.passed += 1
    except UnreadableFileError:
        tally.refused += 1
    except TooSlowError:
        tally.failures.append(f"{number}: {seed.name!r} took more than {SECONDS} s")
    except BaseException as error:  # everything else is what is looked for
        tally.failures.append(f"{number}: {seed.name!r}: {type(error).__name__}: {error}"[:200])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        tally.slowest = max(tally.slowest, time.process_time() - began)


def in_worker(work: Callable[[], Tally]) -> Tally:
    """Run *work* in a child with little memory; its death is a failure too."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limit = used + MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with os.fdopen(writer, "w") as out:
            json.dump(vars(work()), out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        text = told.read()
    _, status = os.waitpid(child, 0)
    if status or not text:
        return Tally("", failures=[f"the worker ended with status {status}"])
    return Tally(**json.loads(text))


def run(inputs: int, only: Sequence[str] = ()) -> Iterator[Tally]:
    """Attack every parser that has cases (or *only* some), each in a worker of its own."""
    for parser, pool in sorted(seeds().items()):
        if only and parser not in only:
            continue

        def work(parser: str = parser, pool: Sequence[Seed] = tuple(pool)) -> Tally:
            return attack(parser, pool, inputs)

        tally = in_worker(work)
        tally.parser = parser
        yield tally


def main(arguments: Sequence[str]) -> int:
    """`python -m bench.fuzzing INPUTS [PARSER…]`; exit code 1 for any failure."""
    failed = False
    for tally in run(int(arguments[0]), arguments[1:]):
        each = 1000 * tally.seconds / max(1, tally.inputs)
        print(
            f"{tally.parser:<32} {tally.inputs:>8} inputs  {tally.passed:>7} passed"
            f"  {tally.refused:>7} refused  {each:6.2f} ms each  slowest {tally.slowest:.2f} s"
            f"  {len(tally.failures)} failures",
            flush=True,
        )
        for failure in tally.failures[:5]:
            print(f"    {failure}", flush=True)
        failed = failed or bool(tally.failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
