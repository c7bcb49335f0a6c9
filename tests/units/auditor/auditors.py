"""An auditor with a folder of her own, who uses the commands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from app.auditor.receipts import ReceiptFile
from app.cli import main
from tests.units.auditor.operators import Town, set_up


@dataclass(frozen=True)
class Ended:
    exit_code: int
    output: str

    @property
    def codes(self) -> list[str]:
        """Of the findings that were told."""
        return [line.split()[1] for line in self.output.splitlines() if line.startswith("FINDING ")]


class Auditor:
    """`log` is the folder that she reads, `state` her own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.state = folder / "state"
        self.policy, self.roots = set_up(folder)

    def run(self, command: str, *arguments: object, state: bool = True) -> Ended:
        words = [*command.split(), *(["--state", self.state] if state else []), *arguments]
        result = CliRunner().invoke(main, ["audit", *map(str, words)])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.output)

    def init(self, *arguments: object, url: object = None) -> Ended:
        return self.run(
            "init",
            *("--policy", self.policy, "--roots", self.roots, "--url", url or self.log),
            *arguments,
        )

    def audits(self, town: Town, url: Path | None = None) -> Ended:
        """Publish the town's log, and sync; the first time set up before."""
        town.publish(url or self.log)
        if not self.state.exists():
            assert self.init().exit_code == 0
        return self.run("sync", *(["--url", url] if url else []))

    def checks(self, receipt: ReceiptFile) -> Ended:
        file = self.folder / "receipt.json"
        file.write_text(receipt.encode())
        return self.run("receipt", file)

    @property
    def evidence(self) -> list[Path]:
        return sorted((self.state / "evidence").iterdir()) if self.state.exists() else []

    def remembered(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.state / "auditor.json").read_text())
        return document


def codes_of(ended: Sequence[Ended]) -> set[str]:
    return {code for each in ended for code in each.codes}
