"""firefox-esr set as Tor Browser sets itself, at each of its three security levels.

The preferences are those of Tor Browser's `001-base-profile.js`, `000-tor-browser.js` and
`SecurityLevel.sys.mjs` that decide how our pages work: what a page may do, what is kept, and that
everything goes through tor. What only hides Firefox's own talk with Mozilla stands together.
NoScript, which Tor Browser carries, lets scripts of an onion run at *Safer* and none at *Safest*.
"""

from __future__ import annotations

import json
import subprocess
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Final, Self

with warnings.catch_warnings():
    # Its helpers for phones are older than this Python.
    warnings.simplefilter("ignore", DeprecationWarning)
    from marionette_driver.by import By
    from marionette_driver.errors import NoSuchElementException, StaleElementException
    from marionette_driver.marionette import HTMLElement, Marionette

START_SECONDS: Final = 90
WAIT_SECONDS: Final = 90
"""How long a step may take over Tor on a small loaded machine."""
FIND_SECONDS: Final = 0.2
"""How long Firefox itself looks for an element that is not there yet."""
HIDDEN_SECONDS: Final = 0.05

Preferences = Mapping[str, bool | int | str]

NO_NETWORK: Final[Preferences] = {
    "network.proxy.type": 1,
    "network.proxy.socks": "127.0.0.1",
    "network.proxy.socks_port": 1,
    "network.proxy.socks_remote_dns": True,
    "network.proxy.failover_direct": False,
    "network.dns.disabled": True,
}
_TOR: Final[Preferences] = {
    "network.proxy.socks_version": 5,
    "network.proxy.socks5_remote_dns": True,
    "network.proxy.no_proxies_on": "",
    "network.proxy.allow_hijacking_localhost": True,
    # Tor Browser's own build does not block onions in the first place.
    "network.dns.blockDotOnion": False,
    "network.trr.mode": 5,
    "network.http.http3.enable": False,
    "network.http.max-persistent-connections-per-proxy": 256,
    "network.http.connection-retry-timeout": 0,
    "network.http.speculative-parallel-limit": 0,
    "network.http.referer.hideOnionSource": True,
    "network.predictor.enabled": False,
    "network.prefetch-next": False,
    "dom.securecontext.allowlist_onions": True,
    "dom.security.https_only_mode": True,
    "dom.security.https_only_mode_pbm": True,
    "dom.security.https_only_mode.upgrade_onion": False,
    "media.peerconnection.enabled": False,
}
_PRIVATE: Final[Preferences] = {
    "browser.privatebrowsing.autostart": True,
    "browser.cache.disk.enable": False,
    "browser.sessionstore.privacy_level": 2,
    "browser.sessionstore.resume_from_crash": False,
    "browser.formfill.enable": False,
    "permissions.memory_only": True,
    "security.nocertdb": True,
    "signon.rememberSignons": False,
    "privacy.firstparty.isolate": True,
    "privacy.partition.network_state": False,
    "network.cookie.cookieBehavior": 1,
    "network.cookie.cookieBehavior.pbmode": 1,
    "dom.serviceWorkers.enabled": False,
}
_ALIKE: Final[Preferences] = {
    "privacy.resistFingerprinting": True,
    "privacy.resistFingerprinting.letterboxing": True,
    "privacy.resistFingerprinting.randomDataOnCanvasExtract": True,
    "privacy.spoof_english": 2,
    "intl.accept_languages": "en-US, en",
    "browser.display.use_system_colors": False,
    "dom.w3c_touch_events.enabled": 0,
    "gfx.offscreencanvas.enabled": False,
    "webgl.enable-webgl2": False,
    "pdfjs.enableScripting": False,
    "javascript.options.spectre.disable_for_isolated_content": False,
}
_QUIET: Final[Preferences] = {
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.aboutwelcome.enabled": False,
    "browser.ml.enable": False,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.ipc.processPrelaunch.enabled": False,
    "dom.push.enabled": False,
    "extensions.enabledScopes": 0,
    "extensions.getAddons.cache.enabled": False,
    "extensions.screenshots.disabled": True,
    "extensions.systemAddon.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.unified": False,
}
_DRIVEN: Final[Preferences] = {"marionette.port": 0, "remote.log.level": "Fatal"}

_SAFER: Final[Preferences] = {
    "javascript.options.ion": False,
    "javascript.options.baselinejit": False,
    "javascript.options.native_regexp": False,
    "javascript.options.asmjs": False,
    "javascript.options.wasm": False,
    "mathml.disabled": True,
    "gfx.font_rendering.graphite.enabled": False,
    "gfx.font_rendering.opentype_svg.enabled": False,
    # NoScript's part.
    "webgl.disabled": True,
    "media.autoplay.default": 5,
}
LEVELS: Final[Mapping[str, Preferences]] = {
    "standard": {},
    "safer": _SAFER,
    "safest": {
        **_SAFER,
        "svg.disabled": True,
        # NoScript's part.
        "javascript.enabled": False,
        "gfx.downloadable_fonts.enabled": False,
    },
}


class Firefox:
    """A fresh profile at *level*, which connects to nothing until it is told its SOCKS port.

    It starts while its maker goes on; the first step waits for it. *folder* must not exist; what
    the browser leaves there can be looked at afterwards.
    """

    def __init__(self, folder: Path, level: str) -> None:
        self._start(folder, {**_TOR, **_PRIVATE, **_ALIKE, **LEVELS[level], **NO_NETWORK})

    def _start(self, folder: Path, preferences: Preferences) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "user.js").write_text(_as_script({**_QUIET, **_DRIVEN, **preferences}))
        self._process = subprocess.Popen(
            [
                *("firefox-esr", "--headless", "--no-remote", "--profile", str(folder)),
                *("--marionette", "--remote-allow-system-access"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @cached_property
    def _driver(self) -> Marionette:
        driver = Marionette(host="127.0.0.1", port=self._port(), socket_timeout=2 * WAIT_SECONDS)
        driver.start_session()
        driver.timeout.page_load = WAIT_SECONDS
        driver.timeout.implicit = FIND_SECONDS
        return driver

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if "_driver" in vars(self):
            # The process ends by force: it must keep nothing that an orderly end would remove.
            self._driver.delete_session(send_request=False)
        self._process.kill()
        self._process.wait()

    def goes_through(self, socks: str) -> None:
        host, _, port = socks.partition(":")
        with self._driver.using_context("chrome"):
            self._driver.execute_script(_GO_THROUGH, script_args=(host, int(port)))

    def begins_anew(self) -> None:
        """Forget what a browser forgets with its last private window."""
        self._driver.navigate("about:blank")
        with self._driver.using_context("chrome"):
            self._driver.execute_script(_FORGET)

    def opens(self, url: str) -> None:
        self._driver.navigate(url)

    def clicks(self, selector: str) -> None:
        self._shown(selector).click()

    def fills(self, selector: str, text: str) -> None:
        field = self._shown(selector)
        field.clear()
        field.send_keys(text)

    def attaches(self, selector: str, path: Path) -> None:
        self._shown(selector).send_keys(str(path))

    def waits_for(self, selector: str) -> None:
        self._shown(selector)

    def texts(self, selector: str) -> list[str]:
        found = self._driver.find_elements(By.CSS_SELECTOR, selector)
        return [str(each.text).strip() for each in found]

    def address(self) -> str:
        return str(self._driver.get_url())

    def complaints(self) -> list[str]:
        """What the console says of pages: errors of scripts, and what policies blocked."""
        with self._driver.using_context("chrome"):
            said = self._driver.execute_script(_CONSOLE)
        return [str(each) for each in said]

    def _shown(self, selector: str) -> HTMLElement:
        """The first such element, once it can be seen."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            with suppress(NoSuchElementException, StaleElementException):
                element = self._driver.find_element(By.CSS_SELECTOR, selector)
                if element.is_displayed():
                    return element
                time.sleep(HIDDEN_SECONDS)
        raise AssertionError(f"{selector} is not to be seen at {self._driver.get_url()}")

    def _port(self) -> int:
        written = self.folder / "MarionetteActivePort"
        deadline = time.monotonic() + START_SECONDS
        while not written.exists() or not written.read_text():
            assert self._process.poll() is None, "firefox-esr ended by itself"
            assert time.monotonic() < deadline, "firefox-esr did not start"
            time.sleep(0.05)
        return int(written.read_text())


_GO_THROUGH: Final = """
const [host, port] = arguments;
Services.prefs.setCharPref("network.proxy.socks", host);
Services.prefs.setIntPref("network.proxy.socks_port", port);
"""
_FORGET: Final = 'Services.obs.notifyObservers(null, "last-pb-context-exited");'
_CONSOLE: Final = """
return Services.console.getMessageArray()
    .filter(each => each instanceof Ci.nsIScriptError && each.sourceName.includes(".onion")
        && !(each.flags & Ci.nsIScriptError.warningFlag))
    .map(each => `${each.category}: ${each.errorMessage}`);
"""


def _as_script(preferences: Preferences) -> str:
    lines = (f"user_pref({json.dumps(n)}, {json.dumps(v)});\n" for n, v in preferences.items())
    return "".join(lines)
