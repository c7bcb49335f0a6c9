"""`wasl doctor` finds nothing on a site behind the nginx that `deploy/` configures."""

from __future__ import annotations

from app.doctor.outside import examine_outside
from app.doctor.visit import observe, visiting
from app.web.clock import today
from tests.deploy.test_proxies_remember_nothing import Proxy, folder, needs_nginx, proxy, world
from tests.world import World

__all__ = ["folder", "proxy", "world"]


@needs_nginx
def test_nothing_is_found_behind_nginx(proxy: Proxy, world: World) -> None:
    world.starts_log()
    world.sequences()
    with (
        proxy.client() as client,
        visiting("https://wasl.example", transport=client._transport) as visitor,
    ):
        findings = list(examine_outside(observe(visitor, today=today())))

    told = [
        f"{each.id}: {one.where}: {one.seen}"
        for each in findings
        if each.counts
        for one in each.sightings
    ]
    assert told == []
