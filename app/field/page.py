"""The offline page: one HTML file that reaches for nothing. Equal kits give equal bytes.

Its policy names the hashes of the one script and the one style sheet and forbids all else, the
network first of all. The script's bytes are those that the site's list of files names.
"""

import hashlib
import json
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.citizen.fingerprints import fingerprint
from app.citizen.language import LANGUAGES, LanguageCode, catalogue
from app.field.kit import Kit
from app.wording import sentences
from crypto.about import ABOUT, NOTHING_TOLD

_APP: Final = Path(__file__).parents[1]
_STATIC: Final = _APP / "static"
_COPY: Final = _APP / "pages" / "field.json"
_OVER: Final = "field_over"
"""Why the page seals nothing any more: said in both languages, whoever holds the device."""


def page_bytes(kit: Kit, code: LanguageCode) -> bytes:
    """Return the file in the language *code*."""
    language = LANGUAGES[code]
    style = (_STATIC / "base.css").read_text("utf-8")
    script = (_STATIC / "client" / "field.js").read_text("utf-8")
    html = (
        _environment(code)
        .get_template("field/page.html")
        .render(
            language=language,
            policy=_policy(style, script),
            style=style,
            script=script,
            kit=_kit(kit),
            topics=[(topic.slug, topic.title(code), topic.closes) for topic in kit.topics],
            fingerprint=fingerprint(kit.roots.encode()),
            copy=field_sentences(code).items(),
            **_NOTHING_WRITTEN,
        )
    )
    return html.encode()


_NOTHING_WRITTEN: Final = {
    "wrong": {},
    "draft": {"problem": "", "why": "", "proposal": "", "place": "", "about": NOTHING_TOLD},
    "chosen": None,
    "places": (),
    "about": ABOUT,
}


@cache
def field_sentences(code: LanguageCode) -> dict[str, str]:
    """What the script says: the site's sentences, and its own in their place where it has some."""
    own: dict[str, dict[str, str]] = json.loads(_COPY.read_text("utf-8"))
    both = {f"{_OVER}_{lang}": own[_OVER][lang] for lang in LANGUAGES}
    return sentences(code) | {key: spelled[code] for key, spelled in own.items()} | both


def script_digest() -> str:
    """Hex SHA-256 of the page's script: that of `field.js` in `/api/v1/client`."""
    return hashlib.sha256((_STATIC / "client" / "field.js").read_bytes()).hexdigest()


def _kit(kit: Kit) -> str:
    said = {
        "origin": kit.origin,
        "roots": kit.roots.encode(),
        "keyring": kit.keyring_note,
        "text_bytes": kit.text_bytes,
    }
    # In a page "<" could end the element; JSON has another spelling for it.
    return json.dumps(said, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "connect-src 'none'; form-action 'none'; base-uri 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _environment(code: LanguageCode) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_APP / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words = catalogue(code)
    # The extension adds these methods at run time, so no type checker knows them.
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        words.ugettext, words.ungettext, newstyle=True
    )
    return environment
