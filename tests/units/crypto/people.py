"""The people of these tests and their keys: made once, because nothing depends on which."""

import random
from datetime import date

from crypto.age import Identity
from crypto.encoding import Random
from crypto.envelope import Attachment, Reply, Section, Submission
from crypto.keyring import Keyring, Organisation, Reviewer, Roots, device_name, first_keyring
from crypto.keys import CitizenKeys
from crypto.note import SigningKey

ORIGIN = "wasl.example"
TODAY = date(2026, 11, 25)


def seeded(seed: str) -> Random:
    return random.Random(seed).randbytes  # noqa: S311 - repeatable on purpose


ROOT_KEYS = [SigningKey.generate(f"{ORIGIN}/root/{one}", seeded(one)) for one in "abc"]
ROOTS = Roots.of([key.verifier for key in ROOT_KEYS], quorum=2)

HUDA, SAMI, STRANGER = (Identity.generate(seeded(name)) for name in ("huda", "sami", "stranger"))
HUDA_DEVICE, SAMI_DEVICE = (
    SigningKey.generate(device_name(ORIGIN, name), seeded(f"device {name}"))
    for name in ("huda", "sami")
)
KEYRING: Keyring = first_keyring(
    ORIGIN,
    TODAY,
    [
        Organisation(
            "amal",
            "جمعية أمل",
            "Amal Society",
            (
                Reviewer("huda", HUDA.recipient, HUDA_DEVICE.verifier),
                Reviewer("sami", SAMI.recipient, SAMI_DEVICE.verifier),
            ),
        )
    ],
)

LINA = CitizenKeys(seeded("lina")(32))
OTHER_CITIZEN = CitizenKeys(seeded("other")(32))
CASE = LINA.thread.slot("citizen", 0)
PHOTO = Attachment(bytes(32), 5_000_000, "file-1.jpg", "image/jpeg", cleaned=True)
OPINION = Submission(
    topic="water",
    lang="ar",
    thread=LINA.thread.key,
    reply_to=LINA.reply_identity.recipient,
    keyring=1,
    sealed_by="browser",
    sections=(Section("problem", "لا ماء في الحي"), Section("proposal", "خزان")),
    attachments=(PHOTO,),
)
ANSWER = Reply(ORIGIN, CASE, 0, "question", "ar", "متى انقطع الماء؟")
