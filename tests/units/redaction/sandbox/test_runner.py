"""Answers come back; whatever else a job does is an error with a name, and only its own."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from redaction.errors import UnreadableFileError
from redaction.sandbox import (
    BrokenAnswerError,
    CrashError,
    Frame,
    Limits,
    MemoryLimitError,
    OutputLimitError,
    SandboxError,
    TimeLimitError,
    run,
    run_or_refuse,
)
from redaction.sandbox.handle import Zygote
from redaction.sandbox.limits import MIB
from redaction.words import WORDS
from tests.units.redaction.sandbox import attacks


def call(name: str, *untrusted: bytes, arguments: tuple[object, ...] = (), **limits: int) -> Frame:
    path = f"{attacks.__name__}:{name}"
    return run(path, *untrusted or (b"",), arguments=arguments, limits=Limits(**limits))


def works() -> bool:
    return call("echo", b"still here").parts == (b"still here",)


@pytest.mark.parametrize("size", [0, 1, 65_537, 20 * MIB])
def test_bytes_go_in_and_come_out(size: int) -> None:
    sent = os.urandom(size)

    assert call("echo", sent).parts == (sent,)


def test_facts_and_several_parts_come_out() -> None:
    facts = {"pages": [1, 2.5, None, True], "name": "صورة"}

    answer = call("reverse_all", b"abc", b"", b"xy", arguments=(facts,))

    assert answer == Frame(facts, (b"cba", b"", b"yx"))


def test_threads_of_a_library_may_run() -> None:
    assert call("run_thread", b"threaded").parts == (b"threaded",)


def test_a_refusal_inside_is_a_refusal_outside() -> None:
    with pytest.raises(UnreadableFileError) as caught:
        call("refuse", b"jpeg-truncated")

    assert caught.value.code == "jpeg-truncated"


def test_an_exception_is_named_but_its_words_stay_inside() -> None:
    with pytest.raises(CrashError) as caught:
        call("fail", b"a private word")

    assert str(caught.value) == "ValueError"


@pytest.mark.parametrize("code", [b"Private Name", b"a" * 61, b"x\n", b""])
def test_a_code_that_is_none_is_not_repeated(code: bytes) -> None:
    with pytest.raises(BrokenAnswerError):
        call("refuse", code)


@pytest.mark.parametrize("bomb", ["take_memory_bit_by_bit", "take_memory"])
def test_a_memory_bomb_is_stopped(bomb: str) -> None:
    arguments = (300 * MIB,) if bomb == "take_memory" else ()
    with pytest.raises(MemoryLimitError):
        call(bomb, arguments=arguments, memory_bytes=200 * MIB)

    assert works()


def test_memory_within_the_limit_may_be_used() -> None:
    assert call("take_memory", arguments=(150 * MIB,), memory_bytes=200 * MIB).parts == (b"\0",)


@pytest.mark.parametrize("limit", ["cpu_seconds", "seconds"])
def test_an_endless_loop_is_stopped(limit: str) -> None:
    before = time.monotonic()
    with pytest.raises(TimeLimitError):
        run(f"{attacks.__name__}:loop", b"", limits=Limits(**{limit: 1}))

    assert time.monotonic() - before < 20  # a busy machine gives few seconds of its processor
    assert works()


def test_a_job_that_only_waits_is_stopped() -> None:
    before = time.monotonic()
    with pytest.raises(TimeLimitError):
        call("sleep", seconds=1)

    assert time.monotonic() - before < 10


@pytest.mark.parametrize("death", ["abort", "touch_nothing"])
def test_a_crash_is_told_and_ends_only_itself(death: str) -> None:
    with pytest.raises(CrashError, match="signal"):
        call(death)

    assert works()


@pytest.mark.parametrize("leaving", ["leave", "leave_politely"])
def test_silence_is_no_answer(leaving: str) -> None:
    with pytest.raises(BrokenAnswerError):
        call(leaving)


def test_an_answer_may_be_too_large() -> None:
    assert len(call("flood", arguments=(MIB,), output_bytes=MIB).parts[0]) == MIB
    with pytest.raises(OutputLimitError):
        call("flood", arguments=(MIB + 1,), output_bytes=MIB)


@pytest.mark.parametrize(
    "forged",
    [
        b"\0\0\0\x02{}",
        b"\0\0\0\x02[]",
        b"\0\0\0\x03abc",
        b"\0\0\0\x04\xff\xff\xff\xff",
        b'\0\0\0\x21{"parts":[],"facts":{"done":NaN}}',
        b'\0\0\0\x16{"parts":[],"facts":1}',
        b'\0\0\0\x1c{"parts":[-1],"facts":{"done":1}}',
        b'\0\0\0\x1d{"parts":[true],"facts":{}}  ',
        b"\0\0\x27\x10" + b"[" * 10_000,
    ],
    ids=range(9),
)
def test_a_forged_answer_is_refused(forged: bytes) -> None:
    with pytest.raises(BrokenAnswerError):
        call("say", forged)


def test_an_answer_that_announces_too_much_is_refused() -> None:
    with pytest.raises(OutputLimitError):
        call("say", b"\xff\xff\xff\xff")


@pytest.mark.parametrize("name", ["loop", "abort", "take_memory_bit_by_bit", "leave", "fail"])
def test_callers_who_read_files_get_a_reason_for_the_owner(name: str) -> None:
    path = f"{attacks.__name__}:{name}"
    with pytest.raises(UnreadableFileError) as caught:
        run_or_refuse(path, b"", limits=Limits(seconds=1, memory_bytes=100 * MIB))

    assert caught.value.code in WORDS["errors"]


def test_every_kind_of_failure_has_words() -> None:
    kinds = SandboxError.__subclasses__()

    assert len(kinds) == 5
    assert {kind.code for kind in kinds} <= set(WORDS["errors"])


def test_jobs_leave_nothing_open() -> None:
    """A zygote may have 256 files open; it does not run out of them."""
    order = Frame({"function": f"{attacks.__name__}:surroundings", "arguments": []}, (b"",))
    with Zygote(attacks.__name__) as zygote:
        answers = [zygote.run(order, Limits()).facts["descriptors"] for _ in range(300)]

    assert answers == [[0, 1, 2, 3]] * 300


def test_many_threads_share_one_zygote() -> None:
    """Crashes among them reach nobody else."""

    def task(number: int) -> bytes | str:
        try:
            name = "abort" if number % 20 == 0 else "echo"
            return call(name, b"%d" % number).parts[0]
        except CrashError:
            return "crashed"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(task, range(200)))

    assert answers == ["crashed" if number % 20 == 0 else b"%d" % number for number in range(200)]
