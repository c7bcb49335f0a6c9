"""From answers that pass to a certificate that the roots believe (SPEC.md §23).

Three people's steps: the reviewer signs what she answered; an examiner scores the same answers
again and signs too; the key officers check both, score once more, and sign the keyring.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from app.desk.training.answers import Answers, Record
from app.desk.training.scoring import Result, score
from app.domain.errors import CorrectError
from crypto.errors import UnverifiedError
from crypto.note import SigningKey, VerifierKey, add_signature
from crypto.training import Certificate, Score, open_certificate, open_own


class NotPassedError(CorrectError):
    """The answers do not pass. `result` says what was missed."""

    def __init__(self, result: Result) -> None:
        super().__init__("the answers do not pass")
        self.result = result


def certify(answers: Answers, device: SigningKey, origin: str, today: date) -> Record:
    """The record with the reviewer's own signature.

    Raises `NotPassedError`, and `UnverifiedError` for the answers of another device.
    """
    if answers.device != device.verifier.encode():
        raise UnverifiedError("the answers of another device")
    certificate = Certificate(
        origin=origin,
        device=device.verifier,
        curriculum=answers.curriculum,
        turn=answers.turn,
        issued=today,
        score=_passing(answers),
        answers=answers.digest,
    )
    return Record(answers, certificate.sign(device))


def check_again(record: Record) -> Certificate:
    """What the reviewer signed, once her answers were scored again and are what she says.

    Raises `NotPassedError`, `CryptoError`.
    """
    certificate = open_own(record.certificate)
    answers = record.answers
    said = (certificate.device.encode(), certificate.curriculum, certificate.turn)
    if said != (answers.device, answers.curriculum, answers.turn):
        raise UnverifiedError("a certificate about another turn")
    if certificate.answers != answers.digest:
        raise UnverifiedError("a certificate about other answers")
    if certificate.score != _passing(answers):
        raise UnverifiedError("a certificate of another score")
    return certificate


def countersign(record: Record, examiner: SigningKey) -> Record:
    """The record with the examiner's signature too. Raises as `check_again`."""
    certificate = check_again(record)
    signed = add_signature(record.certificate, examiner)
    open_certificate(signed, [examiner.verifier], origin=certificate.origin)
    return replace(record, certificate=signed)


def trained_until(
    record: Record, examiners: Iterable[VerifierKey], *, origin: str
) -> tuple[VerifierKey, date]:
    """Whose training this shows, and the first day on which it no longer holds.

    Raises `NotPassedError`, `CryptoError`.
    """
    check_again(record)
    certificate = open_certificate(record.certificate, examiners, origin=origin)
    return certificate.device, certificate.until


def _passing(answers: Answers) -> Score:
    result = score(answers)
    if result.score is None:
        raise NotPassedError(result)
    return result.score
