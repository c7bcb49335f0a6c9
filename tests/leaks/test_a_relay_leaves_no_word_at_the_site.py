"""From a sealed message to a public outcome: the site's memory, disk and logs hold none of it.

Whoever copies the memory of the running site, all its processes, at any step, finds neither a
sender's words nor files nor code. What two reviewers made of them is for the agency, and the site
opens it for whoever brings the agency's code: those are other words.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from tests.leaks.canaries import Canary, found_in_files
from tests.leaks.memory import found_in_memory
from tests.promises.desk.test_commands_reach_a_decision import (
    ALL_CHECKED,
    FOR_THE_BODY,
    OUTCOME,
    Desk,
)
from tests.stack import Stack, review_path, running_demo, wasl

TEXT = Canary("the text", "كناري المذكرة CANARY-sealed-60613 من سامر")
FILE = Canary("the attachment", "CANARY-attached-60614")
QUESTION = Canary("the team's question", "كناري السؤال CANARY-asked-60615")
FOLLOW_UP = Canary("the sender's answer", "كناري الجواب CANARY-told-60616")
IN_THE_OPEN = Canary("a form sent without JavaScript", "كناري النموذج CANARY-form-60617")
WORDS = "المياه لا تصل منذ شهر."


GONE = (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError, IndexError)
"""How it shows that a process has ended; its command line is empty before it is gone."""


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


@dataclass
class Site:
    """A demo whose temporary files go where we can look; `canaries` grow with the journey."""

    stack: Stack
    temporary: Path
    canaries: list[Canary] = field(default_factory=lambda: [TEXT, FILE, QUESTION, FOLLOW_UP])

    @property
    def processes(self) -> list[psutil.Process]:
        """All that serve the site or write its log; not the reviewers' desk beside them."""
        family = psutil.Process(self.stack.process.pid).children(recursive=True)
        return [each for each in family if str(self.stack.folder / "site") in _command(each)]

    def in_memory(self, *canaries: Canary) -> list[str]:
        """Which canaries each process of the site holds; one that ends meanwhile holds none."""
        found = []
        for each in self.processes:
            with suppress(*GONE):
                role = each.cmdline()[3]
                found += [f"{name} in {role}" for name in found_in_memory(canaries, each.pid)]
        return found

    def holds(self) -> list[str]:
        """What can be found of the journey so far, in memory or on disk."""
        roots = [self.temporary, self.stack.folder.parent]
        return self.in_memory(*self.canaries) + found_in_files(self.canaries, roots)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("relayed")
    temporary = tmp_path_factory.mktemp("temporary")
    environment = os.environ | {"TMPDIR": str(temporary)}
    with running_demo(folder / "data", environment=environment) as stack:
        try:
            found_in_memory([TEXT], stack.process.pid)
        except PermissionError:
            pytest.skip("this machine lets nobody look into the memory of processes")
        yield Site(stack, temporary)


def test_a_canary_is_found_in_the_memory_that_holds_it() -> None:
    keeps = "import sys; words = sys.stdin.readline(); print('held', flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", keeps], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(TEXT.text + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "held\n"

        assert found_in_memory([TEXT, FILE], process.pid) == [TEXT.name]
        process.kill()


def test_every_process_of_the_site_can_be_looked_into(site: Site) -> None:
    """Each knows the name that the site signs with; the search finds it in every one."""
    name = Canary("the origin", "demo.wasl.example")

    # A child between fork and exec is one more of the same name for a moment; and what a busy
    # process moves while it is read can be missed once.
    wanted = {f"{name.name} in {role}" for role in ("sequence", "serve")}
    deadline = time.monotonic() + 30
    while (found := set(site.in_memory(name))) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    assert found == wanted


def test_no_word_of_a_sealed_case_is_at_the_site_at_any_step(site: Site, tmp_path: Path) -> None:
    amal, nahr = Desk(site.stack, "amal-2"), Desk(site.stack, "nahr-1")
    citizen = Citizen(site, tmp_path)
    citizen.sends()
    assert site.holds() == [], "sent"

    case = amal.finds(TEXT.text)
    amal.does("reply", case, "--text-file", citizen.file(QUESTION.text), "--status", "question")
    citizen.answers()
    amal.does("sync")
    assert site.holds() == [], "asked and answered"

    words = citizen.file(WORDS)
    amal.does("redact", case, "--text-file", words, *FOR_THE_BODY, *ALL_CHECKED)
    nahr.does("sync")
    nahr.does("approve", case, "--yes")
    amal.does("sync")
    code = amal.does("relay", case)["code"]
    assert site.holds() == [], "relayed"

    agency_answers(site, code)
    amal.does("sync")
    amal.does("answer", case, "--answer", "1", "--text-file", words)
    amal.does("outcome", case, "--from", citizen.file(json.dumps(OUTCOME)))
    nahr.does("sync")
    assert nahr.does("approve", case, "--outcome", "--yes")["status"] == "published:1"
    assert site.holds() == [], "published"


def test_without_javascript_the_same_search_finds_the_form_while_it_arrives(site: Site) -> None:
    """The site is known to see it for that moment, so this is what the search must find."""
    head = (
        f"POST {review_path(site.stack.site)} HTTP/1.1\r\nHost: 127.0.0.1:{site.stack.port}\r\n"
        "Content-Type: multipart/form-data; boundary=line\r\nContent-Length: 900000\r\n\r\n"
        f'--line\r\nContent-Disposition: form-data; name="problem"\r\n\r\n{IN_THE_OPEN.text}\r\n'
        '--line\r\nContent-Disposition: form-data; name="attachments"; filename="x.txt"\r\n'
        "Content-Type: text/plain\r\n\r\nhalf of it"
    )
    with socket.create_connection(("127.0.0.1", site.stack.port), timeout=30) as connection:
        connection.sendall(head.encode())
        deadline = time.monotonic() + 30
        while not (found := site.in_memory(IN_THE_OPEN)) and time.monotonic() < deadline:
            time.sleep(0.2)

    assert found == [f"{IN_THE_OPEN.name} in serve"]


@dataclass
class Citizen:
    """Somebody with the program; what she types lies in a folder of her own."""

    site: Site
    folder: Path

    def file(self, text: str) -> Path:
        path = self.folder / f"{len(list(self.folder.iterdir()))}.txt"
        path.write_text(text, "utf-8")
        return path

    def sends(self) -> None:
        options = ("--topic", "water-strategy", "--text-file", self.file(TEXT.text))
        attached = ("--attach", self.file(f"Notes\n{FILE.text}"))
        sent = wasl("send", self.site.stack.site, *options, *attached, "--json")
        assert sent.returncode == 0, sent.stderr
        code = json.loads(sent.stdout)
        self.code = self.file(code["words"])
        words, digits = code["words"].split(), code["digits"].split()
        self.site.canaries += [
            Canary("three words of the code", " ".join(words[3:6])),
            Canary("the code in digits", " ".join(digits)),
            Canary("the code in joined digits", "".join(digits)),
        ]

    def answers(self) -> None:
        options = ("--code-file", self.code, "--message-file", self.file(FOLLOW_UP.text))
        done = wasl("follow", self.site.stack.site, *options, "--json")
        assert done.returncode == 0, done.stderr
        assert [reply["text"] for reply in json.loads(done.stdout)["messages"]] == [QUESTION.text]


def agency_answers(site: Site, code: str) -> None:
    """The site opens the packet for the code: these words are for the agency."""
    fields = {"code": code, "answer": "1", "words": "نضخ يوم الأحد", "decided": "", "kind": "note"}
    with httpx.Client(base_url=site.stack.site, timeout=60) as agency:
        assert WORDS in agency.post("/agency/download", data=fields).text
        assert agency.post("/agency/answer", data=fields).status_code == 200
