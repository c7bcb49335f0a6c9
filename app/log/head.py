"""Where the log stands, read from the log itself: its last seal says everything."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from app.store import log
from app.store.log import StoredTiles
from crypto.keyring import Keyring
from crypto.note import read_text_unverified
from crypto.tlog.batch import Position
from crypto.tlog.leaves import KeyringLeaf, PolicyLeaf, Seal, State
from crypto.tlog.rules import Rules
from crypto.tlog.tiles import TiledTree


@dataclass(frozen=True)
class Head:
    """`slot` is that of the last batch of either kind; serials are 0 before the first."""

    position: Position = field(default_factory=Position)
    slot: int | None = None
    keyring: int = 0
    rules: int = 0


def read_head(connection: Connection) -> Head:
    newest = log.newest_checkpoint(connection)
    if newest is None:
        return Head()
    tree = TiledTree(StoredTiles(connection), newest.size)
    seal = Seal.parse(tree.entry(newest.size - 1))
    state = State() if seal.state is None else State.parse(tree.entry(seal.state))
    return Head(Position.after(seal, state), seal.slot, _keyring(tree, state), _rules(tree, state))


def _keyring(tree: TiledTree, state: State) -> int:
    if state.keyring is None:
        return 0
    note = KeyringLeaf.parse(tree.entry(state.keyring.index)).note
    return Keyring.parse(read_text_unverified(note)).serial


def _rules(tree: TiledTree, state: State) -> int:
    if state.policy is None:
        return 0
    note = PolicyLeaf.parse(tree.entry(state.policy.index)).note
    return Rules.parse(read_text_unverified(note)).serial
