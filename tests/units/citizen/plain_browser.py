"""A browser without JavaScript: it reads pages, fills in forms, and sends what a form holds."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import Client, TestResponse

VOID = {"meta", "link", "input", "br", "img", "hr"}
WITHIN_LINES = {"bdi", "strong", "span", "abbr", "mark"}


@dataclass
class Field:
    name: str
    value: str
    kind: str
    checked: bool = True

    @property
    def is_sent(self) -> bool:
        return bool(self.name) and self.checked and self.kind not in {"file", "submit", "button"}


@dataclass
class Button:
    id: str
    name: str
    value: str
    action: str


@dataclass
class Form:
    action: str
    method: str
    enctype: str
    fields: list[Field] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)

    def fill(self, **values: str) -> None:
        """Set fields by name, or choose the radio of that value (`_` stands for `-`)."""
        for name, value in values.items():
            spelled = name.replace("_", "-")
            fields = [each for each in self.fields if each.name == spelled]
            assert fields, f"no field {spelled}"
            for each in fields:
                if each.kind in {"radio", "checkbox"}:
                    each.checked = each.value == value
                else:
                    each.value = value

    def value(self, name: str) -> str:
        return next(each.value for each in self.fields if each.name == name)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        # Browsers send every line break as CR LF.
        return [
            (each.name, each.value.replace("\r\n", "\n").replace("\n", "\r\n"))
            for each in self.fields
            if each.is_sent
        ]


class Page(HTMLParser):
    """What a page shows and offers: links, ids, forms, text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.text = ""
        self.title = ""
        self._lined = ""
        self.attributes: dict[str, dict[str, str]] = {}
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.by_id: dict[str, str] = {}
        self.forms: list[Form] = []
        self._open: list[tuple[str, str]] = []
        self._form: Form | None = None
        self._filled: Field | None = None
        self._fresh_textarea = False
        self._fresh_select = False
        self.feed(html)
        self.close()

    @property
    def lines(self) -> list[str]:
        """What is read as one piece: the text of paragraphs, headings, links and the like."""
        return [line.strip() for line in self._lined.splitlines() if line.strip()]

    @property
    def hrefs(self) -> list[str]:
        """Links to other pages."""
        return [at["href"] for at in self._links if "download" not in at]

    @property
    def downloads(self) -> list[str]:
        return [at["href"] for at in self._links if "download" in at]

    @property
    def _links(self) -> list[dict[str, str]]:
        return [at for tag, at in self.tags if tag == "a" and "href" in at]

    def form(self, action_ends_with: str) -> Form:
        return next(each for each in self.forms if each.action.endswith(action_ends_with))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        self.tags.append((tag, at))
        self._end_line(tag)
        if "id" in at:
            assert at["id"] not in self.attributes, f"id {at['id']} twice"
            self.attributes[at["id"]] = at
        if tag not in VOID:
            self._open.append((tag, at.get("id", "")))
        if self._in_template:
            return
        self._note_form(tag, at)

    def _end_line(self, tag: str) -> None:
        if tag not in WITHIN_LINES:
            self._lined += "\n"

    def _note_form(self, tag: str, at: dict[str, str]) -> None:
        if tag == "form":
            enctype = at.get("enctype", "application/x-www-form-urlencoded")
            self._form = Form(at.get("action", ""), at.get("method", "get"), enctype)
            self.forms.append(self._form)
        if self._form is None:
            return
        name, value = at.get("name", ""), at.get("value", "")
        if tag == "input":
            kind = at.get("type", "text")
            chosen = kind not in {"radio", "checkbox"} or "checked" in at
            self._form.fields.append(Field(name, value, kind, chosen))
        elif tag in {"textarea", "select"}:
            self._filled = Field(name, "", tag)
            self._fresh_textarea = tag == "textarea"
            self._fresh_select = tag == "select"
            self._form.fields.append(self._filled)
        elif tag == "option" and self._filled is not None:
            if "selected" in at or self._fresh_select:
                self._filled.value = value
            self._fresh_select = False
        elif tag == "button":
            action = at.get("formaction", self._form.action)
            self._form.buttons.append(Button(at.get("id", ""), name, value, action))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass
        self._end_line(tag)
        if tag == "form":
            self._form = None
        if tag in {"textarea", "select"}:
            self._filled = None

    def handle_data(self, data: str) -> None:
        if self._in_template:
            return
        if self._filled is not None and self._filled.kind == "textarea":
            # HTML drops one line break right after the tag.
            self._filled.value += data.removeprefix("\n") if self._fresh_textarea else data
            self._fresh_textarea = False
            return
        self.text += data
        self._lined += " ".join(data.split("\n"))
        for _, name in self._open:
            if name:
                self.by_id[name] = f"{self.by_id.get(name, '')} {data}".strip()
        if self._open and self._open[-1][0] == "title":
            self.title += data

    @property
    def _in_template(self) -> bool:
        return any(tag == "template" for tag, _ in self._open)


def review_form(html: str) -> Form:
    """The form of the page to write on."""
    return next(each for each in Page(html).forms if "/review" in each.action)


class PlainBrowser:
    """One person with JavaScript turned off."""

    def __init__(self, client: Client, language: str = "ar") -> None:
        self.client = client
        self.root = "" if language == "ar" else f"/{language}"
        self.response: TestResponse
        self.page: Page

    def visits(self, path: str) -> Page:
        return self._arrives(self.client.get(self.root + path))

    def presses(
        self,
        form: Form,
        button_id: str,
        *,
        name: str = "",
        value: str = "",
        files: Sequence[tuple[str, bytes]] = (),
    ) -> Page:
        """Send *form* with one of its buttons, found by its id, or by name and value."""
        button = next(
            each
            for each in form.buttons
            if (each.id == button_id and not name)
            or (name and (each.name, each.value) == (name, value))
        )
        pairs = form.pairs + ([(button.name, button.value)] if button.name else [])
        return self.posts(
            button.action,
            pairs,
            files=files,
            multipart="multipart" in form.enctype and button.action == form.action,
        )

    def posts(
        self,
        path: str,
        pairs: Sequence[tuple[str, str]],
        *,
        files: Sequence[tuple[str, bytes]] = (),
        multipart: bool = False,
        **more: Any,
    ) -> Page:
        if multipart:
            body, content_type = encode_multipart(pairs, files), MULTIPART
        else:
            body, content_type = urlencode(pairs).encode(), "application/x-www-form-urlencoded"
        more |= {"content_type": content_type, "headers": {"Sec-Fetch-Site": "same-origin"}}
        response = self.client.post(path, data=body, **more)
        if response.status_code == 307:
            response = self.client.post(response.headers["Location"], data=body, **more)
        return self._arrives(response)

    def _arrives(self, response: TestResponse) -> Page:
        while response.status_code in {303, 308}:
            response = self.client.get(response.headers["Location"])
        self.response = response
        self.page = Page(response.text)
        return self.page


BOUNDARY = b"----plain"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY.decode()}"


def encode_multipart(pairs: Sequence[tuple[str, str]], files: Sequence[tuple[str, bytes]]) -> bytes:
    """A body as browsers write it; an empty file field is sent too, with an empty name."""
    out = io.BytesIO()
    for name, value in pairs:
        out.write(b"--" + BOUNDARY + b"\r\n")
        out.write(f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for filename, data in files or [("", b"")]:
        out.write(b"--" + BOUNDARY + b"\r\n")
        named = f'Content-Disposition: form-data; name="attachments"; filename="{filename}"\r\n'
        out.write(named.encode() + b"Content-Type: application/octet-stream\r\n\r\n")
        out.write(data + b"\r\n")
    out.write(b"--" + BOUNDARY + b"--\r\n")
    return out.getvalue()
