"""What a use case may refuse, named for what the caller can do about it.

`app.web.errors` is the one table from these to an HTTP status and to words in two
languages. No message carries a name, a code, a digest or a byte of anyone's text.
"""


class WaslError(Exception):
    """Anything a use case refuses on purpose."""


class RetryError(WaslError):
    """The same request may succeed later."""


class CorrectError(WaslError):
    """Another request may succeed; this one never will."""


class StorageFullError(RetryError):
    """The disk is nearly full, or one upload is more than all unfinished ones may have."""


class LockedDownError(RetryError):
    """The operator lets the site be read only, for the time being."""


class NoKeyringError(RetryError):
    """No keyring is valid today, so nothing can be sealed."""


class WorkWantedError(RetryError):
    """Many send at once: a program's request may pass with work on `challenge` (hex)."""

    def __init__(self, challenge: str, bits: int) -> None:
        super().__init__()
        self.challenge = challenge
        self.bits = bits


class NotYetError(RetryError):
    """Many come at once: the same form may pass with `place`, after so many `seconds`: it will if
    it `has_turn`, and else it then gets one."""

    def __init__(self, place: str, seconds: int, *, has_turn: bool) -> None:
        super().__init__()
        self.place = place
        self.seconds = seconds
        self.has_turn = has_turn


class AlreadySentError(CorrectError):
    """The one-time name is taken by another request."""


class StaleKeyringError(CorrectError):
    """Sealed to a keyring that is not the current one: fetch it and seal again."""


class NotSealedError(CorrectError):
    """The bytes are not a well-formed envelope of a permitted size."""


class UnknownUploadError(CorrectError):
    """No unfinished upload has this id (or it was swept)."""


class BadTicketError(CorrectError):
    """The form's ticket is not ours, too old, or used up."""


class StaleTicketError(BadTicketError):
    """The form's ticket is ours, from a page that somebody opened days ago."""


class IncompleteUploadError(CorrectError):
    """Parts are missing."""


class WrongPartError(CorrectError):
    """The part has another number or length than the upload calls for."""


class PartTakenError(CorrectError):
    """Other bytes were already stored as this part."""


class WrongDigestError(CorrectError):
    """The assembled upload is not the file that the request names."""


class TooLargeError(CorrectError):
    """More bytes or more attachments than this site takes."""


class UnknownCaseError(CorrectError):
    """No case has this slot."""


class ForbiddenTransitionError(CorrectError):
    """`app.domain.cases.TRANSITIONS` has no such step."""


class BadDispositionError(CorrectError):
    """The disposition is malformed, of another origin or week, or not signed by a device."""


class BadSessionError(CorrectError):
    """The challenge or token is missing, forged, too old, or its device left the keyring."""


class UnknownBlobError(CorrectError):
    """No stored ciphertext has this digest."""


class MalformedTopicError(CorrectError):
    """A topic file that cannot be published; the message names the key at fault."""


class OneSignatureError(CorrectError):
    """The step needs the signatures of two different reviewers over the same bytes."""


class OnProbationError(CorrectError):
    """The step needs reviewers of organisations that are not on probation."""


class UntrainedError(CorrectError):
    """The keyring does not say that the reviewer is trained, or her training is over."""


class SpentStatementError(CorrectError):
    """The signed statement was used before."""


class ObjectionWindowError(CorrectError):
    """The citizen may still object; the case can be relayed on a later day."""


class BadRecordError(CorrectError):
    """A record is malformed, of another origin or day, or not signed by two reviewers."""


class NoPlanError(CorrectError):
    """The agency has no communication plan, or nobody is asked about the topic."""


class UnknownRelayError(CorrectError):
    """Nothing was relayed under this id."""


class UnknownLinkError(CorrectError):
    """No relay has this link."""


class SignedTopicError(CorrectError):
    """Two reviewers have signed the topic: only two reviewers can change it."""


class ReadabilityError(WaslError):
    """Nothing here can measure Arabic: `textstat`, of the extra `desk`, is not installed."""
