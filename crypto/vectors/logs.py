"""`tlog.json`: trees and proofs, checkpoints and who must have signed them, and two whole logs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from crypto.commitment import accept_commitment, content_commit, roll_commit
from crypto.encoding import encode_base64, sha256
from crypto.keyring import sign_keyring
from crypto.note import SigningKey, sign
from crypto.tlog.batch import Position, Roll, build_batch, cohort_end, due_ages, next_cohort
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.cosignature import MlDsa44Cosigner, WitnessKey, cosign
from crypto.tlog.holder import Receipt
from crypto.tlog.leaves import (
    Accept,
    Cover,
    KeyringLeaf,
    PolicyLeaf,
    RollPart,
    Seal,
    make_cover,
    roll_line,
    roll_tag,
)
from crypto.tlog.lookup import Newest, judge, latest_merge, look_up, newest_rules
from crypto.tlog.merkle import (
    hash_ranges,
    inclusion_ranges,
    leaf_hashes,
    tree_root,
    verify_inclusion,
)
from crypto.tlog.policy import Group, KnownLog, Policy, Witness, open_witnessed
from crypto.tlog.rules import COVER, FIRST_PREVIOUS, Rules, sign_rules
from crypto.tlog.tiles import TilePath, append
from crypto.tlog.times import DAY, decode_cohort, midnight
from crypto.vectors.cast import (
    ORIGIN,
    TODAY,
    Json,
    error_of,
    first_week,
    fixed,
    root_keys,
    the_roots,
)

LOG: Final = SigningKey.generate(ORIGIN, fixed("log"))
PROMISE: Final = SigningKey.generate(f"{ORIGIN}/promise", fixed("promise"))
WITNESSES: Final = [
    WitnessKey.generate(f"{name}.example/witness", fixed(name)) for name in ("amal", "nur", "sidr")
]
SIZES: Final = (0, 1, 2, 3, 5, 7, 8, 255, 256, 257, 300)
DAYS: Final = 16
NOON: Final = DAY // 2


def the_policy(*, threshold: int = 2) -> Policy:
    """Two of three witnesses."""
    witnesses = tuple(Witness(f"w{i}", key.verifier, "") for i, key in enumerate(WITNESSES))
    group = Group("enough", threshold, ("w0", "w1", "w2"))
    return Policy((KnownLog(LOG.verifier, ""),), witnesses, (group,), "enough")


def the_rules() -> Rules:
    return Rules(
        ORIGIN,
        1,
        FIRST_PREVIOUS,
        (LOG.verifier,),
        PROMISE.verifier,
        the_policy().digest,
        fewest=0,
        ages=(7 * DAY, 28 * DAY),
    )


def build() -> Json:
    return {
        "origin": ORIGIN,
        "roots": the_roots().encode(),
        "policy": the_policy().encode(),
        "promise_key": PROMISE.verifier.encode(),
        "holder": {
            "log_salt": LOG_SALT.hex(),
            "content_salt": CONTENT_SALT.hex(),
            "roll_seed": SEED.hex(),
            "digest": DIGEST.hex(),
            "week": "2026-W48",
            "now": LAST_SLOT + NOON,
        },
        "trees": [
            {"size": size, "root": tree_root(leaf_hashes(_entries(size))).hex()} for size in SIZES
        ],
        "inclusions": list(_inclusions()),
        "refused_inclusions": list(_refused_inclusions()),
        "paths": [
            {"level": "entries" if path.level is None else path.level}
            | {"index": path.index, "width": path.width, "path": path.encode()}
            for path in (TilePath(None, 0), TilePath(0, 999, 255), TilePath(2, 1_234_067, 1))
        ],
        "policies": [
            {"case": case, "text": policy.encode(), "digest": policy.digest.hex()}
            for case, policy in _policies()
        ],
        "refused_policies": [
            {"case": case, "text": text, "error": error_of(Policy.parse, text)}
            for case, text in _refused_policies(the_policy().encode())
        ],
        "checkpoints": [_checkpoint(*each) for each in _checkpoints()],
        "refused_checkpoints": [
            {
                "case": case,
                "note": note,
                "policy": policy.encode(),
                "error": error_of(open_witnessed, note, policy, origin=ORIGIN),
            }
            for case, note, policy in _refused_checkpoints()
        ],
        "tags": [
            {"seed": seed.hex(), "cohort": cohort, "age": age}
            | {"tag": encode_base64(roll_tag(seed, ORIGIN, cohort, age))}
            for seed in (fixed("seed")(32),)
            for cohort, age in (("2026-W48", 7 * DAY), ("2026-11-25T10:00:05Z", 90))
        ],
        "seals": [{"text": _a_seal().encode().decode(), "index": _a_seal().index}],
        "refused_seals": list(_refused_leaves(Seal, _seal_cases())),
        "roll_parts": [_a_roll().encode().decode()],
        "refused_roll_parts": list(_refused_leaves(RollPart, _roll_cases())),
        "logs": {name: _publish(log) for name, log in LOGS.items()},
        "lookups": [_lookup(*each) for each in _lookups()],
        "refused_files": [
            {"case": case, "path": path, "at": at, "xor": xor, "error": "DifferentTileError"}
            for case, path, at, xor in _tampered(LOGS["honest"])
        ],
    }


# Trees


def _entries(size: int) -> list[bytes]:
    """Entry i is the accept leaf of H(i in four bytes)."""
    return [Accept(sha256(number.to_bytes(4, "big"))).encode() for number in range(size)]


def _inclusions() -> Iterator[Json]:
    for size in SIZES:
        leaves = leaf_hashes(_entries(size))
        for index in sorted({0, 1, size // 2, 254, 255, 256, size - 1} & set(range(size))):
            proof = hash_ranges(leaves, inclusion_ranges(index, size))
            yield {"size": size, "index": index, "hashes": [value.hex() for value in proof]}


def _refused_inclusions() -> Iterator[Json]:
    leaves = leaf_hashes(_entries(7))
    proof = hash_ranges(leaves, inclusion_ranges(4, 7))
    good = {"leaf": leaves[4], "index": 4, "size": 7, "proof": proof, "root": tree_root(leaves)}
    for case, changes in (
        ("another leaf", {"leaf": leaves[5]}),
        ("another index", {"index": 5}),
        ("another root", {"root": bytes(32)}),
        ("another size", {"size": 9}),
        ("a hash too many", {"proof": [*proof, bytes(32)]}),
        ("a hash too few", {"proof": proof[:-1]}),
        ("hashes in another order", {"proof": proof[::-1]}),
        ("a short hash", {"proof": [proof[0][:31], *proof[1:]]}),
        ("an empty root", {"root": b""}),
        ("an index beyond the end", {"index": 7}),
        ("an empty tree", {"index": 0, "size": 0, "proof": []}),
    ):
        given = {**good, **changes}
        yield {
            "case": case,
            "leaf": given["leaf"].hex(),  # type: ignore[attr-defined]
            "index": given["index"],
            "size": given["size"],
            "hashes": [value.hex() for value in given["proof"]],  # type: ignore[attr-defined]
            "root": given["root"].hex(),  # type: ignore[attr-defined]
            "error": error_of(verify_inclusion, **given),  # type: ignore[arg-type]
        }


# Checkpoints and policies


def _policies() -> Iterator[tuple[str, Policy]]:
    policy = the_policy()
    ml_dsa = MlDsa44Cosigner(ORIGIN, fixed("ml-dsa")(1312))
    yield "two of three", policy
    yield "nobody", Policy(policy.logs, (), (), "none")
    yield "one witness", Policy(policy.logs, policy.witnesses[:1], (), "w0")
    yield (
        "a log with a second key",
        Policy((*policy.logs, KnownLog(ml_dsa, "")), policy.witnesses, policy.groups, "enough"),
    )
    nested = (Group("a", 1, ("w0", "w1")), Group("b", 2, ("a", "w2")))
    yield "groups in groups", Policy(policy.logs, policy.witnesses, nested, "b")


def _refused_policies(text: str) -> Iterator[tuple[str, str]]:
    lines = text.splitlines(keepends=True)
    yield "empty", ""
    yield "no quorum", "".join(lines[:-1])
    yield "two quorums", text + "quorum none\n"
    yield "an unknown quorum", text.replace("quorum enough", "quorum few")
    yield "an unknown word", text + "logs x\n"
    yield "a witness's key for a log", text.replace(lines[0], lines[1].replace("witness w0", "log"))
    yield (
        "a log's key for a witness",
        text.replace(WITNESSES[0].verifier.encode(), LOG.verifier.encode()),
    )
    yield "a name twice", text.replace("witness w1", "witness w0")
    yield "an unknown member", text.replace("w0 w1 w2", "w0 w1 w9")
    yield "a member twice", text.replace("w0 w1 w2", "w0 w1 w1")
    yield "a group that cannot agree", text.replace("enough 2", "enough 4")
    yield "a group of nobody", text.replace("enough 2", "enough 0")
    yield "a control character", text.replace("w0", "w\x01")


def _checkpoint_of(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, tree_root(leaf_hashes(_entries(size))))


def _signed(*witnesses: tuple[int, int], size: int = 5) -> str:
    """By the log, and by witness i at a time, for each (i, time)."""
    note = _checkpoint_of(size).sign(LOG)
    for number, time in witnesses:
        note = cosign(note, WITNESSES[number], time)
    return note


def _checkpoints() -> Iterator[tuple[str, str, Policy]]:
    policy = the_policy()
    alone = Policy(policy.logs, (), (), "none")
    yield "by two of three", _signed((0, 1_000), (2, 2_000)), policy
    yield "by all", _signed((0, 3_000), (1, 1_000), (2, 2_000)), policy
    yield "a cosignature twice", _signed((0, 1_000), (0, 9_000), (1, 500)), policy
    yield "without a time", _signed((0, 0), (1, 0)), policy
    yield "a stranger among them", cosign(_signed((0, 1), (1, 2)), _stranger(), 9), policy
    yield "by the log alone", _signed(), alone
    yield "an empty tree", _signed(size=0), alone


def _checkpoint(case: str, note: str, policy: Policy) -> Json:
    witnessed = open_witnessed(note, policy, origin=ORIGIN)
    return {
        "case": case,
        "note": note,
        "policy": policy.encode(),
        "size": witnessed.checkpoint.size,
        "root": witnessed.checkpoint.root.hex(),
        "times": dict(witnessed.times),
        "seen_at": witnessed.seen_at,
    }


def _stranger() -> WitnessKey:
    return WitnessKey.generate("stranger.example/witness", fixed("stranger"))


def _refused_checkpoints() -> Iterator[tuple[str, str, Policy]]:
    policy = the_policy()
    alone = Policy(policy.logs, (), (), "none")
    good = _signed((0, 1_000), (1, 2_000))
    yield "by one of three", _signed((1, 1_000)), policy
    yield "by one of three, twice", _signed((1, 1_000), (1, 2_000)), policy
    yield "by strangers", cosign(cosign(_signed(), _stranger(), 1), _stranger(), 2), policy
    yield "not by the log", good[: good.index("— ")] + good[good.index("— amal") :], policy
    yield "a cosignature changed", _forged(good), policy
    yield (
        "another root",
        good.replace(encode_base64(_checkpoint_of(5).root), "A" * 43 + "="),
        policy,
    )
    for case, text in (
        ("a leading zero", _checkpoint_of(5).encode().replace("\n5\n", "\n05\n")),
        ("a plus sign", _checkpoint_of(5).encode().replace("\n5\n", "\n+5\n")),
        ("an extension line", _checkpoint_of(5).encode() + "x\n"),
        ("a short root", f"{ORIGIN}\n5\n{encode_base64(bytes(31))}\n"),
        ("no size", f"{ORIGIN}\n{encode_base64(bytes(32))}\n"),
        ("a size above 2^53", _checkpoint_of(5).encode().replace("\n5\n", f"\n{1 << 53}\n")),
    ):
        yield case, _signed_text(text), alone
    other = Checkpoint("other.example", 5, bytes(32)).encode()
    yield "another origin", _signed_text(other), alone
    yield "no note", "hello\n", alone


def _signed_text(text: str) -> str:
    return sign(text, LOG)


def _forged(note: str) -> str:
    """The last signature with its last byte changed."""
    head, _, last = note.rstrip("\n").rpartition(" ")
    letters = list(last)
    letters[20] = "A" if letters[20] != "A" else "B"
    return f"{head} {''.join(letters)}\n"


# Leaves


def _a_seal() -> Seal:
    return Seal(midnight(TODAY), "daily", 10, 3, 2, 1, "2026-W48", 12, None)


def _seal_cases() -> Iterator[tuple[str, str]]:
    text = _a_seal().encode().decode()
    yield "empty", ""
    yield "another version", text.replace("seal/v1", "seal/v2")
    yield "another kind", text.replace("daily", "weekly")
    yield "midnight with a time", text.replace("2026-11-25 ", "2026-11-25T00:00:00Z ")
    yield "no such day", text.replace("2026-11-25 ", "2026-11-31 ")
    yield "a leading zero", text.replace("first 10", "first 010")
    yield "no such week", text.replace("W48", "W54")
    yield "lines in another order", text.replace("accept 3\nroll 2", "roll 2\naccept 3")
    yield "no line end", text[:-1]
    yield "a line more", text + "x\n"
    yield "a negative number", text.replace("roll 2", "roll -2")


def _a_roll() -> RollPart:
    lines = sorted(
        roll_line(fixed(f"line {i}")(32), ORIGIN, "2026-W48", 7 * DAY, status)
        for i, status in enumerate(("received", "read", "cover", "declined", "x:9"))
    )
    return RollPart("2026-W48", 7 * DAY, 1, 1, tuple(lines))


def _roll_cases() -> Iterator[tuple[str, str]]:
    text = _a_roll().encode().decode()
    first = text.splitlines(keepends=True)[1]
    yield "empty", ""
    yield "another version", text.replace("roll/v1", "roll/v2")
    yield "no such cohort", text.replace("W48", "W60")
    yield "another spelling of the age", text.replace(" 7d ", f" {7 * DAY}s ")
    yield "no age", text.replace(" 7d ", " 0d ")
    yield "a part beyond the last", text.replace(" 1/1", " 2/1")
    yield "part zero", text.replace(" 1/1", " 0/1")
    yield "a part that is not full", text.replace(" 1/1", " 1/2")
    yield "too many lines", text + first * 128
    yield "a capital in a status", text.replace("received", "Received")
    yield "a reason of three digits", text.replace("x:9", "x:999")
    yield "a short tag", text.replace(first, first[1:])
    yield "no line end", text[:-1]


def _refused_leaves(
    kind: type[Seal] | type[RollPart], cases: Iterator[tuple[str, str]]
) -> Iterator[Json]:
    for case, text in cases:
        yield {"case": case, "text": text, "error": error_of(kind.parse, text.encode())}


# Whole logs


@dataclass
class SampleLog:
    """Sixteen daily batches with one submission in the first; files as a site has them."""

    rolls: bool = True
    entries: list[bytes] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        random, rules = fixed("covers"), the_rules()
        position, current = Position(), None
        members: dict[str, list[tuple[bytes, str]]] = {}
        last: dict[str, int] = {}
        done: set[tuple[str, int]] = set()
        for day in range(1, DAYS + 1):
            slot = midnight(TODAY + timedelta(days=day))
            current = next_cohort(rules, slot, current, 0)
            covers = [make_cover(random) for _ in range(18)]
            mine = [Cover(COMMITMENT, SEED)] if day == 1 else []
            known = members.setdefault(current, [])
            known += [(cover.roll_seed, COVER) for cover in covers]
            known += [(SEED, "read") for _ in mine]
            last[current] = slot
            rolls = [
                Roll(cohort, age, _lines(members[cohort], cohort, age))
                for cohort in members
                if cohort != current
                for age in due_ages(rules.ages, cohort_end(rules, last[cohort]), slot)
                if (cohort, age) not in done
            ]
            done |= {(roll.cohort, roll.age) for roll in rolls}
            batch = build_batch(
                position,
                slot=slot,
                cohort=current,
                commitments=[each.commitment for each in (*covers, *mine)],
                rolls=rolls if self.rolls else [],
                control=_control(rules) if day == 1 else [],
            )
            self._grow(batch.entries)
            position = batch.position
        size, root = len(self.entries), tree_root(leaf_hashes(self.entries))
        note = Checkpoint(ORIGIN, size, root).sign(LOG)
        for number, key in enumerate(WITNESSES[:2]):
            note = cosign(note, key, LAST_SLOT + 60 * number)
        self.note = note

    def _grow(self, entries: Sequence[bytes]) -> None:
        growth = append(self, len(self.entries), entries)
        self.files |= {path.encode(): data for path, data in growth.files}
        self.entries += entries

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self.files[TilePath(level, index, width).encode()]

    def read_entries(self, index: int, width: int) -> bytes:
        return self.files[TilePath(None, index, width).encode()]


def _lines(members: Sequence[tuple[bytes, str]], cohort: str, age: int) -> tuple[str, ...]:
    return tuple(roll_line(seed, ORIGIN, cohort, age, status) for seed, status in members)


def _control(rules: Rules) -> list[PolicyLeaf | KeyringLeaf]:
    keys = root_keys()[:2]
    return [PolicyLeaf(sign_rules(rules, *keys)), KeyringLeaf(sign_keyring(first_week(), *keys))]


SEED: Final = fixed("roll seed")(32)
CONTENT_SALT, LOG_SALT, DIGEST = (fixed(label)(32) for label in ("content", "salt", "digest"))
COMMITMENT: Final = accept_commitment(
    LOG_SALT, content_commit(CONTENT_SALT, DIGEST), roll_commit(SEED)
)
LAST_SLOT: Final = midnight(TODAY + timedelta(days=DAYS))
LOGS: Final = {"honest": SampleLog(), "silent": SampleLog(rolls=False)}


def _publish(log: SampleLog) -> Json:
    """The checkpoint, and the files that a holder reads."""
    size = len(log.entries)
    paths = [TilePath(1, 0, size >> 8), TilePath(None, 0), TilePath(None, 1, size % 256)]
    return {
        "checkpoint": log.note,
        "files": {path.encode(): encode_base64(log.files[path.encode()]) for path in paths},
    }


def _lookups() -> Iterator[tuple[str, str, dict[str, object]]]:
    """Case, name of the log, and what is other than usual."""
    yield "all is well", "honest", {}
    yield "a reviewer has a question", "honest", {"status": "question"}
    yield "it was declined after the roll", "honest", {"status": "declined"}
    yield "the day has not come", "honest", {"commitment": bytes(32), "due": "2026-12-12"}
    yield "the day is over", "honest", {"commitment": bytes(32)}
    yield "it came too late", "honest", {"due": "2026-11-25"}
    yield "no line in the roll", "honest", {"roll_seed": bytes(32)}
    yield "a status that went back", "honest", {"status": "received"}
    yield "a roll is missing", "silent", {}
    yield "nobody has seen the log for days", "honest", {"now": LAST_SLOT + 3 * DAY + 61}
    yield (
        "waiting, and the log stands still",
        "honest",
        {
            "commitment": bytes(32),
            "due": "2026-12-12",
            "now": LAST_SLOT + 4 * DAY,
        },
    )


def _lookup(case: str, name: str, changes: dict[str, object]) -> Json:
    usual = {
        "commitment": COMMITMENT,
        "roll_seed": SEED,
        "due": latest_merge("2026-W48").isoformat(),
        "status": "read",
        "now": LAST_SLOT + NOON,
    }
    given = {**usual, **changes}
    log, policy = LOGS[name], the_policy()
    witnessed = open_witnessed(log.note, policy, origin=ORIGIN)
    newest = Newest(log, witnessed.checkpoint)
    rules = newest_rules(newest, the_roots())
    receipt = Receipt(ORIGIN, given["commitment"], given["roll_seed"])  # type: ignore[arg-type]
    look_up(newest, receipt, decode_cohort("2026-W48"))
    due = TODAY.fromisoformat(str(given["due"]))
    looked = judge(
        newest,
        receipt,
        witnessed,
        rules,
        due=due,
        status=str(given["status"]),
        now=given["now"],  # type: ignore[arg-type]
    )
    return {
        "case": case,
        "log": name,
        **{key: value.hex() if isinstance(value, bytes) else value for key, value in given.items()},
        "state": looked.state,
        "problems": list(looked.problems),
        "index": receipt.index,
        "rolls": looked.rolls,
        "proof": None if looked.proof is None else [value.hex() for value in looked.proof],
    }


def _tampered(log: SampleLog) -> Iterator[tuple[str, str, int, int]]:
    size = len(log.entries)
    yield "a full bundle", TilePath(None, 0).encode(), 100, 1
    yield "the length of an entry", TilePath(None, 0).encode(), 0, 1
    yield "the last bundle", TilePath(None, 1, size % 256).encode(), 300, 0x80
    yield "a tile", TilePath(1, 0, size >> 8).encode(), 31, 1
