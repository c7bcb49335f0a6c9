"""Whatever is done to a file, its cleaner answers or refuses: no crash, no hang, little memory."""

from __future__ import annotations

import pytest

from bench import fuzzing
from redaction.files.registry import STREAMING, WHOLE

SEEDS = fuzzing.seeds()
INPUTS = 400


@pytest.mark.parametrize("parser", sorted(SEEDS))
def test_damaged_files_are_answered_or_refused(parser: str) -> None:
    [tally] = fuzzing.run(INPUTS, [parser])

    assert tally.failures == []
    assert tally.passed + tally.refused == INPUTS


def test_every_cleaner_is_attacked() -> None:
    assert {parser.partition(" (")[0] for parser in SEEDS} == {*STREAMING, *WHOLE}
    kinds = {parser for parser in SEEDS if parser.startswith(fuzzing.ZIP)}
    assert kinds == {f"{fuzzing.ZIP} ({kind})" for kind in ("zip", "ooxml", "opendocument", "epub")}


def test_the_attack_sees_crashes_hangs_and_hunger(monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness is worth nothing unless it notices."""
    monkeypatch.setattr(fuzzing, "SECONDS", 0.2)
    for harm, wanted in (
        (lambda *_: 1 / 0, "ZeroDivisionError"),
        (lambda *_: _spin(), "took more than"),
        (lambda *_: bytearray(2 << 30), "MemoryError"),
    ):
        monkeypatch.setattr(fuzzing, "clean_inner", harm)
        [tally] = fuzzing.run(1, ["image/png"])
        assert wanted in tally.failures[0]


def _spin() -> None:
    while True:
        pass
