"""One second after the answer to a form, its words, file and code are not in the site's memory."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest
from werkzeug.test import Client

from tests.leaks.canaries import Canary
from tests.leaks.forwarding import Forwarder
from tests.leaks.memory import found_in_memory
from tests.stack import review_path
from tests.units.citizen.plain_browser import PlainBrowser
from tests.units.server.serving import Served, serving
from tests.world import World, world

__all__ = ["world"]

WORDS = Canary("the words", "CANARY-form-words-48213")
ARABIC = Canary("the Arabic words", "كناري الاستمارة الأول")
FILE = Canary("the file", "CANARY-form-file-60617")
REPLY = Canary("the answer", "CANARY-form-answer-33131")
CUT = Canary("the form that was cut off", "CANARY-form-cut-70707")
A_WHILE = 1.0


@dataclass
class Site:
    """A real server, and somebody without JavaScript."""

    served: Served
    browser: PlainBrowser

    def holds(self, *canaries: Canary) -> list[str]:
        """What any of its processes has in memory."""
        server = psutil.Process(self.served.process.pid)
        family = [server, *server.children(recursive=True)]
        return [name for each in family for name in found_in_memory(canaries, each.pid)]

    def after_a_while(self, *canaries: Canary) -> list[str]:
        time.sleep(A_WHILE)
        return self.holds(*canaries)


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    with serving(world) as served, Forwarder(served.url) as forwarder:
        try:
            found_in_memory([WORDS], served.process.pid)
        except PermissionError:
            pytest.skip("this machine lets nobody look into the memory of processes")
        yield Site(served, PlainBrowser(Client(forwarder)))


def test_words_file_and_code_are_gone_a_second_after_each_answer(site: Site) -> None:
    form = site.browser.visits("/write?topic=bus-lines").form("/review")
    form.fill(problem=f"{WORDS.text} {ARABIC.text}", why="كل يوم", proposal="")
    notes = f"notes {FILE.text} ".encode() * 200
    site.browser.presses(form, "to-review", files=[("notes.txt", notes)])
    assert WORDS.text in site.browser.page.text
    assert site.after_a_while(WORDS, ARABIC, FILE) == [], "reviewed"

    site.browser.presses(site.browser.page.form("/send"), "send")
    assert site.browser.response.status_code == 201
    words = site.browser.page.by_id["words"].split()
    code = [Canary("the code", " ".join(words)), Canary("a part of it", " ".join(words[3:6]))]
    assert site.after_a_while(WORDS, ARABIC, FILE, *code) == [], "sent"

    follow = site.browser.visits("/follow").form("/follow")
    follow.fill(code=" ".join(words))
    page = site.browser.presses(follow, "open")
    assert site.after_a_while(WORDS, ARABIC, FILE, *code) == [], "followed"

    reply = page.form("/follow/reply")
    reply.fill(reply=REPLY.text)
    site.browser.presses(reply, "reply-send")
    assert site.browser.response.status_code == 201
    assert site.after_a_while(REPLY, *code) == [], "answered"


def test_a_form_that_is_cut_off_leaves_nothing_and_was_seen_while_it_came(site: Site) -> None:
    head = (
        f"POST {review_path(site.served.url)} HTTP/1.1\r\nHost: 127.0.0.1:{site.served.port}\r\n"
        "Content-Type: multipart/form-data; boundary=line\r\nContent-Length: 900000\r\n\r\n"
        f'--line\r\nContent-Disposition: form-data; name="problem"\r\n\r\n{CUT.text}\r\n'
        '--line\r\nContent-Disposition: form-data; name="attachments"; filename="x.txt"\r\n'
        f"Content-Type: text/plain\r\n\r\n{CUT.text} half of it"
    )
    with socket.create_connection(("127.0.0.1", site.served.port), timeout=30) as connection:
        connection.sendall(head.encode())
        deadline = time.monotonic() + 20
        while not (seen := site.holds(CUT)) and time.monotonic() < deadline:
            time.sleep(0.2)
    assert seen, "the search finds what is there"

    assert site.after_a_while(CUT) == []
