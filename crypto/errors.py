"""What can go wrong with a format, named for what the caller can do about it.

*Malformed*: refuse the input, whoever sent it made no such thing. *No match*: try other
keys. *Tampered* and *unverified*: raise the alarm. *Receipt code*: ask the holder to
correct it. *Membership*: key officers and organisations must act. *Stale*: fetch again.
*Too large*: shorten. Messages carry no secrets and nothing a person wrote.
"""

from typing import Literal

ReceiptCodeProblem = Literal[
    "empty",
    "too_long",
    "word_count",
    "digit_count",
    "unknown_word",
    "checksum",
    "check_digits",
]


class CryptoError(Exception):
    """Anything in this package that is not a bug of the caller."""


class MalformedError(CryptoError):
    """The bytes are not what they should be, in the one spelling they should have."""


class MalformedKeyError(MalformedError):
    """A recipient, identity, verifier key or signing key is not well-formed."""


class MalformedAgeFileError(MalformedError):
    """The header of an age file, or a stanza meant for us, is not well-formed."""


class MalformedPayloadError(MalformedError):
    """What an age file held is not a padded payload of a known type."""


class MalformedNoteError(MalformedError):
    """The bytes are not a C2SP signed note."""


class MalformedKeyringError(MalformedError):
    """The text is not a keyring, or not the text of the roots."""


class MalformedMembershipError(MalformedError):
    """The text is not an application of an organisation, or not a register of them."""


class MalformedCounterfoilError(MalformedError):
    """The text is not the counterfoil of a paper form."""


class MalformedTrainingError(MalformedError):
    """The text is not a certificate of training."""


class MalformedStatementError(MalformedError):
    """The text is not a promise, or not a disposition."""


class MalformedCheckpointError(MalformedError):
    """The text is not a checkpoint of a log."""


class MalformedTileError(MalformedError):
    """The bytes are not a tile, not a bundle of entries, or not the path of one."""


class MalformedProofError(MalformedError):
    """The hashes, or the text around them, are not the proof that was asked for."""


class MalformedPolicyError(MalformedError):
    """The text is not a policy of logs and witnesses."""


class MalformedLeafError(MalformedError):
    """The bytes are not an entry of our log."""


class NoMatchError(CryptoError):
    """None of the identities opens this age file."""


class TamperedError(CryptoError):
    """Somebody without the key changed the bytes, or they were cut off on the way."""


class TamperedHeaderError(TamperedError):
    """The MAC over the header of an age file is wrong."""


class TamperedPayloadError(TamperedError):
    """The payload of an age file is changed, cut off, or followed by more bytes."""


class TamperedMessageError(TamperedError):
    """The message is not by the holder of the thread, or not at the place it says."""


class UnverifiedError(CryptoError):
    """No signature, or too few of them, by the keys that must have signed."""


class MembershipError(CryptoError):
    """An organisation is not admitted, or not as it says; the message says what helps."""


class VouchError(MembershipError):
    """Too few organisations that may vouch do so."""


class InvalidProofError(CryptoError):
    """The hashes do not lead to the root of the tree: the log, or its mirror, shows two things."""


class DifferentTileError(InvalidProofError):
    """A tile is not the one that the signed root, or the entries, ask for. `path` names it."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class StaleKeyringError(CryptoError):
    """The keyring is not valid today, or older than one already seen."""


class TooLargeError(CryptoError):
    """The text does not fit into the largest size class. `over` is by how many bytes."""

    def __init__(self, over: int) -> None:
        super().__init__(f"{over} bytes too many")
        self.over = over


class ReceiptCodeError(CryptoError):
    """The holder can correct this code.

    `kind` says what is wrong; `count` is the number of words or digits found; `position`
    (from 1), `word` and `nearest` describe the first word that the list does not know.
    The word stays out of the message because messages end up in logs.
    """

    def __init__(
        self,
        kind: ReceiptCodeProblem,
        *,
        count: int = 0,
        position: int = 0,
        word: str = "",
        nearest: str = "",
    ) -> None:
        super().__init__(kind)
        self.kind: ReceiptCodeProblem = kind
        self.count = count
        self.position = position
        self.word = word
        self.nearest = nearest
