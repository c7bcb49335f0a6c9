"""A reviewer who answers what people send while her colleagues' desks do other things."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path

from app.client.site import Site
from app.desk import replies
from app.desk.casebook import Case
from app.desk.desk import Desk
from app.desk.sync import sync
from app.domain.cases import Status
from app.web.clock import today
from tests.stack import Stack

DESK = "nahr-1"


class Reviewer:
    """She reaches the site of *stack* as she always did. One answer at a time."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._turn = threading.Lock()

    @cached_property
    def _desk(self) -> Desk:
        facts = self._stack.facts
        return Desk.unlock(Path(facts["desks"][DESK]), facts["passphrase"])

    def answers(self, words: str, text: str) -> None:
        """Ask *text* of whoever sent exactly these words."""
        with self._turn, self._desk.site() as site:
            sync(self._desk, site, today=today())
            case = self._case_with(words)
            keyring = self._desk.keyring(today())
            replies.write(
                self._desk, case.id, text, status=Status.QUESTION, lang="ar", keyring=keyring
            )
            self._sends(site, case)

    def _case_with(self, words: str) -> Case:
        cases = self._desk.casebook.cases()
        (case,) = [each for each in cases if words in {part.text for part in each.sections}]
        return case

    def _sends(self, site: Site, case: Case) -> None:
        session = site.desk_session(self._desk.sign_challenge)
        keyring = self._desk.keyring(today())
        sent = replies.send_waiting(self._desk, session, keyring, case.id, today=today())
        assert not sent.waits
