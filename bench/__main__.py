"""Measure one real `wasl serve` process, the receipt log and the cleaner; print ratios.

Each figure stands beside a bare `200 OK` of the same gunicorn with the same options, and
beside one fsynced insert, both taken in this run: ratios travel between machines, times do not.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import click
import psutil

from bench import baselines, browser, cleaning, desk, flood, fuzzing, log, slow, text, tor
from bench.load import Outcome, Request, resident_bytes, run, submission
from tests.units.server.serving import serving
from tests.world import Citizen, World

PARTS = ("server", "slow", "flood", "log", "desk", "cleaning", "browser", "text", "tor")
CLIENTS = (1, 8, 32)
PER_LEVEL = {1: 200, 8: 400, 32: 600}
AIM_SUBMISSION_MS, AIM_CHECK_IN_MS = 3.0, 10.0
AIM_IDLE_MB, AIM_PEAK_MB = 120, 256
TEXT = "الحافلة تتأخر كل يوم، ونقترح جدولا ثابتا. " * 26
"""About 2 KB of UTF-8."""


@click.command()
@click.option("--quick", is_flag=True, help="A tenth of the requests: a smoke test, not a figure.")
@click.option("--only", type=click.Choice(PARTS), help="Measure one part.")
@click.option("--fuzz", type=int, metavar="N", help="Damage N files for every cleaner instead.")
def main(quick: bool, only: str | None, fuzz: int | None) -> None:
    """Print what the server, its log and the cleaning of files cost."""
    if fuzz is not None:
        sys.exit(fuzzing.main([str(fuzz)]))
    factor = 10 if quick else 1
    with tempfile.TemporaryDirectory() as folder:
        if only in (None, "server"):
            _measure(Path(folder), {n: count // factor for n, count in PER_LEVEL.items()})
        if only in (None, "slow"):
            click.echo("\nSlow clients")
            slow.measure(Path(folder) / "slow", _row, factor)
        if only in (None, "flood"):
            click.echo("\nFloods")
            flood.measure(Path(folder) / "flood", _row, factor)
        if only in (None, "log"):
            click.echo("\nThe receipt log")
            log.measure(Path(folder), _row, log.LEAVES // factor)
        if only in (None, "desk"):
            click.echo("\nThe desk's inbox")
            desk.measure(Path(folder) / "desk", _row, factor)
        if only in (None, "cleaning"):
            click.echo("\nCleaning files")
            cleaning.measure(Path(folder) / "cleaning", _row, factor)
        if only in (None, "browser"):
            click.echo("\nCleaning in the browser")
            (Path(folder) / "browser").mkdir()
            browser.measure(Path(folder) / "browser", _row)
        if only in (None, "text"):
            click.echo("\nIdentifying text")
            text.measure(_row)
        if only in (None, "tor"):
            click.echo("\nOver Tor")
            tor.measure(Path(folder) / "tor", _row, factor)


def _measure(folder: Path, counts: dict[int, int]) -> None:
    world = World(folder, today=baselines.today())
    people = _sealed(world, sum(counts.values()))
    insert_ms, insert_cpu_ms = baselines.fsynced_insert_ms(folder / "insert.sqlite3")
    bare = baselines.bare_200(folder, counts)
    _row("one fsynced insert", f"{insert_ms:.2f} ms wall, {insert_cpu_ms:.2f} ms CPU")
    # All come at once and from one address, which is no burst here but the measure.
    with (world.settings.data / "wasl.toml").open("a", encoding="utf-8") as toml:
        toml.write(f"\n[limits]\ncalm_per_minute = {2 * sum(counts.values())}\n")
    with serving(world) as served:
        process = psutil.Process(served.process.pid)
        idle = resident_bytes(process)
        peak = _Peak(process)
        people_left = iter(people)
        for clients, count in counts.items():
            group = [next(people_left) for _ in range(count)]
            sent = run(served.port, [body for _, body in group], clients, process, peak)
            asked = run(served.port, [_check_in(c) for c, _ in group], clients, process, peak)
            _report(clients, sent, asked, bare[clients], insert_ms)
        _row("memory, idle", f"{idle / 1e6:.0f} MB (aim ≤ {AIM_IDLE_MB})")
        _row("memory, peak", f"{peak.bytes / 1e6:.0f} MB (aim ≤ {AIM_PEAK_MB})")
    world.close()


class _Peak:
    """Remembers the most memory seen; looks at every fiftieth request."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._seen = 0
        self.bytes = resident_bytes(process)

    def __call__(self) -> None:
        self._seen += 1
        if self._seen % 50 == 0:
            self.bytes = max(self.bytes, resident_bytes(self._process))


def _sealed(world: World, count: int) -> list[tuple[Citizen, Request]]:
    people = []
    with click.progressbar(range(count), label="Sealing submissions", file=sys.stderr) as places:
        for _ in places:
            citizen = world.citizen()
            people.append((citizen, submission(citizen, TEXT)))
    return people


def _check_in(citizen: Citizen) -> Request:
    return Request("POST", "/api/v1/mailbox", json.dumps(citizen.question()).encode())


def _report(clients: int, sent: Outcome, asked: Outcome, bare: Outcome, insert_ms: float) -> None:
    click.echo(f"\n{clients} clients: {sent.done} submissions of 2 KB, {asked.done} check-ins")
    _row(
        "submission, server CPU",
        f"{sent.cpu_ms:.2f} ms = {_times(sent, bare)} × a bare 200 OK "
        f"(aim ≤ {AIM_SUBMISSION_MS} ms)",
    )
    _row(
        "submission, answered",
        f"p50 {sent.p50_ms:.1f} ms = {sent.p50_ms / insert_ms:.1f} × an fsynced insert, "
        f"p95 {sent.p95_ms:.1f} ms, {sent.done / sent.wall_seconds:.0f} a second",
    )
    _row(
        "check-in, server CPU",
        f"{asked.cpu_ms:.2f} ms = {_times(asked, bare)} × a bare 200 OK",
    )
    _row(
        "check-in, answered",
        f"p50 {asked.p50_ms:.1f} ms = {asked.p50_ms / bare.p50_ms:.1f} × a bare 200 OK, "
        f"p95 {asked.p95_ms:.1f} ms (aim ≤ {AIM_CHECK_IN_MS} ms with one client)",
    )
    _row("bare 200 OK", f"{bare.cpu_ms:.2f} ms CPU, p50 {bare.p50_ms:.1f} ms")
    _row("failures", f"{sent.failures + asked.failures} (aim 0)")


def _times(outcome: Outcome, bare: Outcome) -> str:
    """A ratio of CPU times, unless so few requests took less than the clock can tell."""
    return f"{outcome.cpu_ms / bare.cpu_ms:.1f}" if bare.cpu_ms else "many"


def _row(name: str, value: str) -> None:
    click.echo(f"  {name:<26} {value}")


if __name__ == "__main__":
    main()
