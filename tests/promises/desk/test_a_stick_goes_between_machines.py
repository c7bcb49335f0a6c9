"""The air gap with real programs: a site, a courier, and a desk in a network of its own, empty."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.leaks.canaries import Canary, found_in_files
from tests.stack import Stack, wasl

TEXT = Canary("the text", "CANARY-carried-70711 لا ماء منذ أسبوع")
FILE = Canary("the attachment", "CANARY-carried-70712")
REPLY = Canary("the reply", "CANARY-carried-70713 وصلت رسالتك، ونسأل عن الحي")
WITHOUT_A_NETWORK = ("unshare", "--map-root-user", "--net")
CONNECT = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5)"


@dataclass
class Machine:
    """A desk behind an air gap: its programs run where there is no network."""

    folder: Path
    passphrase: Path

    def does(self, command: str, *arguments: str | Path) -> dict[str, Any]:
        done = self.runs(command, *arguments, "--json")
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def runs(self, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        program = [str(Path(sys.executable).with_name("wasl")), "desk", command, str(self.folder)]
        options = [*map(str, arguments), "--passphrase-file", str(self.passphrase)]
        return without_a_network(*program, *options)


def without_a_network(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WITHOUT_A_NETWORK, *command], capture_output=True, text=True, check=False
    )


@pytest.fixture
def machine(stack: Stack, tmp_path: Path) -> Machine:
    if shutil.which("unshare") is None or without_a_network("true").returncode:
        pytest.skip("this machine gives nobody a network of their own")
    # The reviewer's desk as it is, moved to a machine without a network.
    folder = tmp_path / "desk"
    shutil.copytree(stack.facts["desks"]["nahr-1"], folder)
    return Machine(folder, stack.folder / "passphrase")


def answer_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_case_crosses_the_gap_and_its_answer_comes_back(
    stack: Stack, machine: Machine, tmp_path: Path
) -> None:
    reached = without_a_network(sys.executable, "-c", CONNECT, str(stack.port))
    assert "Network is unreachable" in reached.stderr or "refused" in reached.stderr
    stick, courier = tmp_path / "stick", tmp_path / "courier"
    stick.mkdir()
    text, attached, reply, code = (tmp_path / name for name in ("text", "x.txt", "reply", "code"))
    text.write_text(TEXT.text, "utf-8")
    attached.write_text(f"Notes\n{FILE.text}", "utf-8")
    reply.write_text(REPLY.text, "utf-8")
    sending = ("--topic", "water-strategy", "--text-file", text, "--attach", attached, "--json")
    sent = answer_of(wasl("send", stack.site, *sending))
    code.write_text(sent["words"], "utf-8")

    made = wasl("courier", "init", courier, stack.site)
    assert made.returncode == 0, made.stderr
    options = ("--roots", stack.facts["roots"], "--courier", made.stdout.strip())
    connected = machine.runs("connect", stick.as_uri(), *options)
    assert connected.returncode == 0, connected.stderr
    assert answer_of(wasl("courier", "carry", courier, stick, "--json"))["fetched"] >= 2
    report = machine.does("sync")
    assert report["new_cases"] >= 1
    assert report["attachments"] >= 1
    case = find(machine, TEXT.text)
    machine.does("export", case, tmp_path / "seen", "--yes")
    assert FILE.text in (tmp_path / "seen" / "attachments" / "1-file-1.txt").read_text("utf-8")

    answered = machine.does("reply", case, "--text-file", reply, "--status", "question")
    assert not answered["sent"]
    assert machine.does("sync")["carried"] == 2
    following = ("follow", stack.site, "--code-file", code, "--json")
    assert answer_of(wasl(*following))["messages"] == []
    trip = answer_of(wasl("courier", "carry", courier, stick, "--json"))
    assert (trip["handed_in"], trip["refused"], trip["waiting"]) == (2, 0, 0)
    followed = answer_of(wasl(*following))
    assert [message["text"] for message in followed["messages"]] == [REPLY.text]
    assert followed["status"] == "question"
    assert machine.does("sync")["carried"] == 0
    assert machine.does("show", case)["status"] == "question"

    words = [Canary("the code", sent["words"]), Canary("its digits", sent["digits"])]
    assert found_in_files([TEXT, FILE, REPLY, *words], [stick, courier]) == []


def find(machine: Machine, text: str) -> str:
    for case in machine.does("list")["cases"]:
        if case["new"] and machine.does("show", case["label"])["sections"][0]["text"] == text:
            return str(case["label"])
    raise AssertionError("no case on this desk holds these words")
