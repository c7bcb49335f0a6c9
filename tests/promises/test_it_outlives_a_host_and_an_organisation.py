"""No host, organisation or key officer is needed for good: the others go on without."""

from __future__ import annotations

import shutil
import socket
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from app.backup.create import create
from app.backup.restore import restore
from app.cli.site import open_blobs
from app.desk.errors import NoDeskError
from app.settings import Settings
from crypto.age import Identity
from crypto.encoding import decode_base64, encode_base64
from crypto.envelope import open_reply
from tests.units.desk.office import Office, office
from tests.world import World, world

__all__ = ["office", "world"]


def test_a_site_comes_back_on_another_host_without_any_network(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizens = [world.citizen() for _ in range(3)]
    for citizen in citizens:
        assert citizen.submits().status_code == 201
    assert world.desk().replies(citizens[0], 0, "وصلت").status_code == 201
    key, parcel = Identity.generate(), tmp_path / "parcel.age"
    with parcel.open("wb") as file:
        blobs = open_blobs(world.settings)
        create(world.settings, blobs, key.recipient, file, today=world.today, progress=_silent)
    world.close()
    shutil.rmtree(world.settings.data)
    monkeypatch.setattr(socket.socket, "connect", _no_network)
    monkeypatch.setattr(socket, "getaddrinfo", _no_network)

    restore(parcel, key, tmp_path / "elsewhere", today=world.today, checkpoint=None)
    settings = Settings.load(tmp_path / "elsewhere")
    open_blobs(settings).prepare()
    world.site = world.open(settings)
    vars(world).pop("client", None)

    assert [world.client_status(citizen) for citizen in citizens] == ["received"] * 3
    first, keys = citizens[0], citizens[0].keys
    name = encode_base64(keys.thread.name("team", 0))
    [slot] = [each for each in first.asks()["slots"] if each["name"] == name]
    sealed, devices = decode_base64(slot["envelope"]), world.keyring.devices
    reply = open_reply(
        sealed, keys.reply_identity, devices, origin=world.keyring.origin, slot=first.slot
    )
    assert reply.text == "وصلت"
    assert world.citizen().submits().status_code == 201


def _silent(_done: int, _total: int) -> None:
    """Nobody watches."""


def _no_network(*_args: object) -> NoReturn:
    raise AssertionError("this host has no network")


def test_one_organisation_and_one_root_are_lost_and_the_others_go_on(office: Office) -> None:
    before = office.sends("قبل")
    lost = office.desks.pop("amal").profile.reviewer
    shutil.rmtree(office.folder / "desks" / lost)
    with pytest.raises(NoDeskError):
        office.unlocks(lost)

    office.syncs("basem")
    [case] = office.desks["basem"].casebook.cases()
    office.replies("basem", case, "قُرئت")
    office.syncs("basem")
    assert [each.text for each in office.follows(before.code).replies] == ["قُرئت"]

    # The first root signs no more; who pinned the three of them believes the other two.
    office.roots.append(office.roots.pop(0))
    office.today += timedelta(days=7)
    keyring = office.publishes_keyring()
    assert [org.slug for org in keyring.orgs] == ["hawa"]
    after = office.sends("بعد")
    office.syncs("basem")
    texts = {case.sections[0].text for case in office.desks["basem"].casebook.cases()}
    assert texts == {"قبل", "بعد"}
    assert office.follows(after.code).status == "received"
