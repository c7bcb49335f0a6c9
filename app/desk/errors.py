"""What can go wrong at a desk, named for what the reviewer can do."""

from __future__ import annotations


class DeskError(Exception):
    """Anything that keeps a desk from doing what it was asked."""


class WrongPassphraseError(DeskError):
    """The passphrase is not the one of this keystore, or its file was changed."""


class WeakPassphraseError(DeskError):
    """The new passphrase is too short to protect the keys of a seized disk."""


class MalformedKeystoreError(DeskError):
    """The file is no keystore of ours."""


class DeskExistsError(DeskError):
    """There is a desk in this folder already; its keys must not be overwritten."""


class NoDeskError(DeskError):
    """There is no desk in this folder."""


class NotConnectedError(DeskError):
    """The desk does not know a site yet."""


class NotEnrolledError(DeskError):
    """The current keyring does not carry this desk's keys."""


class OnlyTrainingError(DeskError):
    """Of the desk and the site, one is for training only and the other is not."""


class UntrainedError(DeskError):
    """The keyring does not list this reviewer as trained, or her training is over."""


class UnknownCaseError(DeskError):
    """No case, or more than one, goes by this label."""


class DamagedFileError(DeskError):
    """A file of the casebook was changed, cut or belongs to other keys."""


class ForbiddenStatusError(DeskError):
    """A case in its present status cannot get this one."""


class StillOpenError(DeskError):
    """The topic still takes opinions, or has no last day: who took part is counted after it."""


class StillWaitingError(DeskError):
    """The former reply to this case has not reached the site yet; sync first."""


class EmptyTextError(DeskError):
    """A reply needs words."""


class NoReasonError(EmptyTextError):
    """Whoever sends a page back, or waives a limit, says why; a waiver in both languages."""


class ExportExistsError(DeskError):
    """The folder to export to exists already; nothing is overwritten."""


class NotPlainError(DeskError):
    """The Arabic is above the limit and nobody else than its writer says why it must be."""


class NoDecisionDayError(DeskError):
    """The topic names neither the day of its decision nor the day of the handover."""


class NoPlanError(DeskError):
    """The agency has no communication plan, so nothing may be relayed to it."""


class NotYoursError(DeskError):
    """The reviewer keeps out of this case, or would be judging her own proposal."""


class OnProbationError(DeskError):
    """The reviewer's organisation is on probation: it reads and replies, others decide."""


class BadApplicationError(DeskError):
    """The file is no application to this instance that its own organisation has signed."""


class TooEarlyError(DeskError):
    """The citizen may still object."""


class TooLateError(DeskError):
    """The signed day for the agency's answer would leave it less time than it was promised."""
