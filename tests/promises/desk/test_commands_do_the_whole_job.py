"""`wasl send`, `wasl desk …` and `wasl follow` against a running site, as people type them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from app.cli import main
from tests.stack import Stack, free_port, wasl
from tests.units.client.pictures import TINY_JPEG

TEXT = "المياه لا تصل إلى الحي منذ شهر."
ANSWER = "شكرا. أي يوم تصل المياه عادة؟"
MORE = "يوم الجمعة فقط."


def answer_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def desk(stack: Stack, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    folder = stack.facts["desks"]["amal-2"]
    return wasl(
        *("desk", command, folder, *arguments, "--passphrase-file", stack.folder / "passphrase")
    )


def send(stack: Stack, text: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    roots = ("--roots", stack.facts["roots"])
    return wasl(
        *("send", stack.site, "--topic", "water-strategy", "--text-file", text, *roots, *arguments)
    )


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(TEXT, "utf-8")
    return path


def test_an_opinion_is_sent_read_answered_and_answered_back(
    stack: Stack, tmp_path: Path, text: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(TINY_JPEG)
    (tmp_path / "answer.txt").write_text(ANSWER, "utf-8")
    (tmp_path / "more.txt").write_text(MORE, "utf-8")
    code = tmp_path / "code.txt"

    sent = answer_of(send(stack, text, "--attach", tmp_path / "photo.jpg", "--json"))
    assert len(sent["words"].split()) == 9
    assert [len(group) for group in sent["digits"].split()] == [4] * 7
    assert sent["promise"].startswith(f"{stack.facts['origin']}/promise/v1\n")
    assert sent["commitment"] in sent["promise"]
    assert sent["attachments"] == [{"media": "image/jpeg", "removed": []}]

    assert answer_of(desk(stack, "sync", "--json"))["new_cases"] >= 1
    cases = answer_of(desk(stack, "list", "--json"))["cases"]
    shown = [answer_of(desk(stack, "show", case["label"], "--json")) for case in cases]
    (case,) = [case for case in shown if case["sections"][0]["text"] == TEXT]
    replied = answer_of(
        desk(
            *(stack, "reply", case["label"], "--text-file", tmp_path / "answer.txt"),
            *("--status", "question", "--json"),
        )
    )
    assert replied == {"label": case["label"], "status": "question", "sent": True}

    code.write_text(sent["words"], "utf-8")
    read = answer_of(wasl("follow", stack.site, "--code-file", code, "--json"))
    assert (read["status"], read["log"]) == ("question", {"state": "unchecked"})
    assert [(each["verified"], each["text"]) for each in read["messages"]] == [(True, ANSWER)]

    code.write_text(sent["digits"], "utf-8")
    left = answer_of(
        wasl(
            *("follow", stack.site, "--code-file", code, "--json"),
            *("--message-file", tmp_path / "more.txt"),
        )
    )
    assert left["sent"] == 1
    desk(stack, "sync")
    timeline = answer_of(desk(stack, "show", case["label"], "--json"))["timeline"]
    assert [(line["lane"], line["text"]) for line in timeline] == [
        ("team", ANSWER),
        ("citizen", MORE),
    ]

    exported = answer_of(desk(stack, "export", case["label"], tmp_path / "out", "--yes", "--json"))
    assert len(exported["files"]) == 3
    assert (tmp_path / "out" / "attachments" / "1-file-1.jpg").read_bytes() == TINY_JPEG


def test_for_people_the_code_is_a_numbered_list_and_digits(stack: Stack, text: Path) -> None:
    done = send(stack, text)

    assert done.returncode == 0
    assert "  1. " in done.stdout
    assert "  9. " in done.stdout
    assert "رمز المتابعة" in done.stdout


def test_the_code_may_come_by_standard_input(stack: Stack, text: Path) -> None:
    sent = answer_of(send(stack, text, "--json"))

    done = wasl("follow", stack.site, "--code-file", "-", "--json", input=sent["words"])

    assert answer_of(done)["status"] == "received"


def test_what_gives_a_person_away_is_said_before_sending(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text(f"{TEXT} رقمي 0791234567 وبريدي someone@example.org", "utf-8")

    done = send(stack, path, "--json")

    assert answer_of(done)["findings"] == ["email", "phone"]
    assert "رقم هاتف" in done.stderr
    assert "0791234567" not in done.stderr


def test_a_file_that_cannot_be_cleaned_is_not_sent(
    stack: Stack, tmp_path: Path, text: Path
) -> None:
    (tmp_path / "x.rtf").write_bytes(b"{\\rtf1 letter}")

    refused = send(stack, text, "--attach", tmp_path / "x.rtf", "--json")

    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"] == "document-rtf"
    assert "PDF" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "error"),
    [
        (("--topic", "nothing-open"), 1, "unknown-topic"),
        (("--roots", "OTHER"), 1, "roots-changed"),
        (("URL", "http://127.0.0.1:{port}"), 2, "unreachable"),
        (("URL", "http://wasl.example"), 3, "unsafe-address"),
        (("URL", "http://abcdef.onion"), 3, "unsafe-address"),
    ],
)
def test_exit_codes_tell_refused_from_unreachable_from_misused(
    stack: Stack, tmp_path: Path, text: Path, arguments: tuple[str, str], exit_code: int, error: str
) -> None:
    options = {"URL": stack.site, "--topic": "water-strategy", "--roots": stack.facts["roots"]}
    options[arguments[0]] = arguments[1].format(port=free_port())
    if options["--roots"] == "OTHER":
        other = Path(stack.facts["roots"]).read_text("utf-8").replace("quorum 2", "quorum 3")
        (tmp_path / "roots.txt").write_text(other, "utf-8")
        options["--roots"] = str(tmp_path / "roots.txt")
    url = options.pop("URL")
    flat = [word for pair in options.items() for word in pair]

    done = wasl("send", url, "--text-file", text, "--json", *flat)

    assert done.returncode == exit_code, done.stderr
    assert json.loads(done.stdout)["error"] == error
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("كتاب", "عدد الكلمات 1"),
        ("12 34", "وجدنا 4 رقما"),
        ("", "الرمز فارغ"),
        ("1044 9671 8900 5365 7782 2780 4906", "أحد الأرقام غير صحيح"),
    ],
)
def test_a_code_that_is_none_says_what_is_wrong_with_it(
    tmp_path: Path, code: str, words: str
) -> None:
    (tmp_path / "code").write_text(code, "utf-8")

    done = wasl("follow", "http://127.0.0.1:9", "--code-file", tmp_path / "code", "--json")

    assert done.returncode == 1
    assert words in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("send",),
        ("send", "http://127.0.0.1:9", "--topic", "x", "--text-file", "/nowhere"),
        ("follow", "http://127.0.0.1:9"),
        ("follow", "http://127.0.0.1:9", "--code-file", "-", "--message-file", "-"),
        ("desk", "nothing"),
        ("desk", "list"),
        ("desk", "status", "/nowhere", "abc", "withdrawn"),
        ("desk", "serve", "/nowhere", "--port", "0"),
        ("desk", "connect", "/nowhere", "file:///stick", "--roots", __file__),
        ("desk", "connect", "/nowhere", "https://x.example", "--roots", __file__, "--courier", "x"),
        ("courier", "carry", "/nowhere", "/"),
        ("courier", "init", "/nowhere", "http://x.example"),
    ],
)
def test_wrong_usage_is_3_and_nothing_else(arguments: tuple[str, ...]) -> None:
    done = wasl(*arguments, input="")

    assert done.returncode == 3, done.stderr


def test_a_wrong_passphrase_is_refused_in_words(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("not the passphrase\n", "utf-8")

    done = wasl(
        *("desk", "list", stack.facts["desks"]["amal-2"]),
        *("--passphrase-file", tmp_path / "wrong", "--json"),
    )

    assert done.returncode == 1
    assert json.loads(done.stdout)["error"] == "wrong-passphrase"


def test_a_desk_is_made_enrolled_and_given_another_passphrase(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    (tmp_path / "old").write_text("the first words of it all\n", "utf-8")
    (tmp_path / "new").write_text("and then some others\n", "utf-8")
    old = ("--passphrase-file", tmp_path / "old")
    made = wasl(
        *("desk", "init", folder, *old, "--org", "o", "--name-ar", "م", "--name-en", "O"),
        *("--reviewer", "r-1", "--origin", "wasl.example"),
    )
    assert made.returncode == 0, made.stderr

    enrolment = json.loads(wasl("desk", "enrol", folder, *old).stdout)
    assert enrolment["format"] == "wasl/enrolment/v1"
    assert enrolment["reviewer"] == "r-1"
    assert enrolment["device"].startswith("wasl.example/device/r-1+")
    assert len(enrolment["recipients"]) == 9
    assert all(key.startswith("age1pq1") for key in enrolment["recipients"].values())

    changed = wasl("desk", "passphrase", folder, *old, "--new-passphrase-file", tmp_path / "new")
    assert changed.returncode == 0, changed.stderr
    assert wasl("desk", "list", folder, *old).returncode == 1
    new = ("--passphrase-file", tmp_path / "new")
    assert answer_of(wasl("desk", "list", folder, *new, "--json"))["cases"] == []
    assert answer_of(wasl("desk", "rotate", folder, *new, "--json"))["added"] == []
    assert wasl("desk", "sync", folder, *new).returncode == 1, "it knows no site yet"


def commands(group: click.Group, path: str = "wasl") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """Arguments are in the shell's history and in every process list."""
    secret = ("passphrase", "password", "code", "secret", "private", "seed")
    for name, command in commands(main):
        for parameter in command.params:
            for option in (*parameter.opts, parameter.name or ""):
                word = option.strip("-")
                is_file = word.replace("_", "-").endswith("-file")
                assert is_file or not any(each in word for each in secret), (name, option)


def test_every_command_says_what_it_does() -> None:
    for name, command in commands(main):
        assert command.help, name
