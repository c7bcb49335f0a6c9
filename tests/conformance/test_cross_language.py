"""Python opens what the browser's code sealed, and the browser's code what Python sealed."""

import io
import json
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path
from typing import Any, Final

import pytest

from crypto.about import About
from crypto.commitment import accept_commitment, content_commit, roll_commit
from crypto.encoding import encode_base64, sha256
from crypto.envelope import (
    Attachment,
    AttachmentSealer,
    FollowUp,
    Reply,
    Section,
    open_attachment,
    open_follow_up,
    open_submission,
    seal_follow_up,
    seal_reply,
    seal_submission,
)
from crypto.keyring import sign_keyring
from crypto.keys import CitizenKeys, derive_root
from crypto.receipt import ReceiptCode
from crypto.vectors.cast import (
    ORIGIN,
    TODAY,
    a_submission,
    device,
    first_week,
    reviewer_identity,
    root_keys,
    the_roots,
)

NODE: Final = shutil.which("node")
TWIN: Final = Path(__file__).parents[1] / "node" / "twin.mjs"
PHOTO: Final = bytes(range(256)) * 900
SECTIONS: Final = (Section("problem", "لا يصل الماء 🌧\n"), Section("why", 'منذ "شهر" \\'))
ABOUT: Final = About("south", sector="own")
FOLLOW_UP: Final = "نعم،\nكل يوم"
QUESTION: Final = "متى؟\n\nوأين؟"
CODE: Final = ReceiptCode(b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a")
KEYRING: Final = first_week()
SAMI: Final = reviewer_identity("sami")

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js runs the browser's half")


@pytest.fixture(scope="module")
def keys() -> CitizenKeys:
    return CitizenKeys(derive_root(CODE, the_roots().hash))


@pytest.fixture(scope="module")
def answer(keys: CitizenKeys) -> dict[str, Any]:
    """What the browser's code sealed, and what it made of our files: one run for all tests."""
    request = {"seal": _for_the_browser_to_seal(), "open": _for_the_browser_to_open(keys)}
    assert NODE
    done = subprocess.run(
        [NODE, str(TWIN)], input=json.dumps(request), capture_output=True, text=True, check=True
    )
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def _for_the_browser_to_seal() -> dict[str, object]:
    return {
        "origin": ORIGIN,
        "today": TODAY.isoformat(),
        "roots": the_roots().encode(),
        "note": sign_keyring(KEYRING, *root_keys()[:2]),
        "digits": " ".join(CODE.digits),
        "sections": [{"name": section.name, "text": section.text} for section in SECTIONS],
        "about": ABOUT.told(),
        "file": encode_base64(PHOTO),
        "followUp": FOLLOW_UP,
    }


def _for_the_browser_to_open(keys: CitizenKeys) -> dict[str, object]:
    sealer = AttachmentSealer([SAMI.recipient])
    attachment = sealer.update(PHOTO) + sealer.finish()
    reply = Reply(ORIGIN, keys.thread.slot("citizen", 0), 0, "question", "ar", QUESTION)
    submission = a_submission(
        thread=keys.thread.key, reply_to=keys.reply_identity.recipient, sections=SECTIONS
    )
    files = {
        "submission": seal_submission(submission, KEYRING),
        "followUp": seal_follow_up(keys.thread, 1, FOLLOW_UP, KEYRING),
        "reply": seal_reply(reply, device("sami"), keys.reply_identity.recipient),
        "attachment": attachment,
    }
    return {
        **{name: encode_base64(file) for name, file in files.items()},
        "identity": SAMI.encode(),
        "root": encode_base64(derive_root(CODE, the_roots().hash)),
        "devices": [key.encode() for key in KEYRING.devices],
        "origin": ORIGIN,
        "size": len(PHOTO),
    }


@pytest.mark.parametrize("reviewer", ["huda", "sami", "lina"])
def test_every_reviewer_opens_what_the_browser_sealed(
    answer: dict[str, Any], keys: CitizenKeys, reviewer: str
) -> None:
    sealed = {name: b64decode(data) for name, data in answer["seal"].items()}
    identity = reviewer_identity(reviewer)

    submission = open_submission(sealed["submission"], [identity])
    assert submission.sections == SECTIONS
    assert submission.about == ABOUT
    assert (submission.topic, submission.sealed_by) == ("bus-stops", "browser")
    assert submission.thread == keys.thread.key
    assert submission.reply_to == keys.reply_identity.recipient
    digest = sha256(sealed["attachment"])
    assert submission.attachments == (
        Attachment(digest, len(PHOTO), "file-1.jpg", "image/jpeg", cleaned=True),
    )

    photo = io.BytesIO()
    open_attachment(io.BytesIO(sealed["attachment"]), photo, [identity], len(PHOTO), digest=digest)
    assert photo.getvalue() == PHOTO
    follow_up = open_follow_up(sealed["followUp"], [identity], keys.thread, index=1)
    assert follow_up == FollowUp(1, FOLLOW_UP)


def test_both_compute_the_same_name_and_the_same_leaf(
    answer: dict[str, Any], keys: CitizenKeys
) -> None:
    sealed = {name: b64decode(data) for name, data in answer["seal"].items()}
    content = content_commit(keys.content_salt, sha256(sealed["submission"]))
    leaf = accept_commitment(keys.log_salt, content, roll_commit(keys.roll_seed))

    assert sealed["name"] == keys.thread.name("citizen", 0)
    assert sealed["commitment"] == leaf


def test_the_browser_opens_what_python_sealed(answer: dict[str, Any]) -> None:
    assert answer["open"] == {
        "sections": [{"name": section.name, "text": section.text} for section in SECTIONS],
        "followUp": {"index": 1, "text": FOLLOW_UP, "isRating": False},
        "reply": {"text": QUESTION, "signedBy": "sami"},
        "attachment": encode_base64(sha256(PHOTO)),
    }
