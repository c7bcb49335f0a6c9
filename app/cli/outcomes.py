"""How the commands of citizens and reviewers end, and the words for it.

Exit codes: 0 done, 1 refused, 2 the site could not be reached, 3 wrong usage. What went wrong is
said on standard error in both languages; with `--json` standard output gets it as an object too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import click

from app.client import errors as client
from app.client.follow import MailboxFullError, UnknownCodeError
from app.client.send import UncertainDeliveryError
from app.client.trust import RootsChangedError
from app.desk import errors as desk
from crypto.errors import (
    CryptoError,
    MalformedKeyringError,
    ReceiptCodeError,
    StaleKeyringError,
    TooLargeError,
)

REFUSED: Final = 1
UNREACHABLE: Final = 2
USAGE: Final = 3


@dataclass(frozen=True)
class Outcome:
    """A failure in words; `code` never changes."""

    code: str
    en: str
    ar: str
    exit_code: int = REFUSED


# The first class that matches speaks, so narrower ones stand first.
_OUTCOMES: Final[tuple[tuple[type[Exception], Outcome], ...]] = (
    (
        UncertainDeliveryError,
        Outcome(
            "uncertain",
            "The site stopped answering at the last step. Follow with the code above to see"
            " whether the message arrived.",
            "توقف الموقع عن الرد في الخطوة الأخيرة. المتابعة بالرمز أعلاه تبين هل وصلت الرسالة.",
            UNREACHABLE,
        ),
    ),
    (
        client.SiteUnreachableError,
        Outcome(
            "unreachable",
            "The site cannot be reached now. Nothing was lost; try again later.",
            "لا يمكن الوصول إلى الموقع الآن. لم يضع شيء، وإعادة المحاولة لاحقا ممكنة.",
            UNREACHABLE,
        ),
    ),
    (
        RootsChangedError,
        Outcome(
            "roots-changed",
            "The site shows other root keys than the ones in your file. Do not send; ask somebody"
            " you trust.",
            "مفاتيح الموقع الأساسية ليست التي في ملفك. الأفضل عدم الإرسال وسؤال شخص موثوق.",
        ),
    ),
    (
        client.SiteOddError,
        Outcome(
            "odd-site",
            "The site gave an answer that an honest site does not give.",
            "أجاب الموقع بما لا يجيب به موقع سليم.",
        ),
    ),
    (
        client.UnsafeAddressError,
        Outcome("unsafe-address", "This address is not safe to use: {}.", "عنوان غير آمن.", USAGE),
    ),
    (
        client.UnknownTopicError,
        Outcome(
            "unknown-topic",
            "No such topic is open. Open topics: {}.",
            "لا توجد قضية مفتوحة بهذا الاسم. القضايا المفتوحة: {}.",
        ),
    ),
    (
        client.AttachmentError,
        Outcome(
            "attachment",
            "A file cannot be sent: {}.",
            "ملف لا يمكن إرساله: {}.",
        ),
    ),
    (
        UnknownCodeError,
        Outcome(
            "unknown-code",
            "There is no message with this code, or it was deleted.",
            "لا توجد رسالة بهذا الرمز، أو حُذفت.",
        ),
    ),
    (
        MailboxFullError,
        Outcome(
            "mailbox-full",
            "This thread has as many messages as it may have.",
            "بلغ عدد الرسائل في هذه المتابعة حده.",
        ),
    ),
    (
        StaleKeyringError,
        Outcome(
            "stale-keyring",
            "The readers' keys are not valid today, or older than ones seen before.",
            "مفاتيح القراءة غير صالحة اليوم، أو أقدم من مفاتيح سبقت رؤيتها.",
        ),
    ),
    (
        MalformedKeyringError,
        Outcome(
            "malformed-roots", "The file of root keys is not one.", "ملف المفاتيح غير صحيح.", USAGE
        ),
    ),
    (
        TooLargeError,
        Outcome("too-long", "The text is too long: {}.", "النص أطول من المسموح."),
    ),
    (
        desk.WrongPassphraseError,
        Outcome(
            "wrong-passphrase",
            "Wrong passphrase, or the keystore was changed.",
            "كلمة السر غير صحيحة، أو تغير ملف المفاتيح.",
        ),
    ),
    (
        desk.WeakPassphraseError,
        Outcome(
            "weak-passphrase",
            "The passphrase needs at least 12 characters; five unrelated words are good.",
            "كلمة السر أقصر من 12 حرفا. خمس كلمات لا رابط بينها خيار جيد.",
        ),
    ),
    (
        desk.MalformedKeystoreError,
        Outcome("malformed-keystore", "The keystore is damaged.", "ملف المفاتيح تالف."),
    ),
    (
        desk.DeskExistsError,
        Outcome(
            "desk-exists",
            "There is a desk in this folder already; its keys stay as they are.",
            "يوجد مكتب في هذا المجلد. مفاتيحه باقية كما هي.",
        ),
    ),
    (
        desk.NoDeskError,
        Outcome("no-desk", "There is no desk in this folder.", "لا يوجد مكتب في هذا المجلد."),
    ),
    (
        desk.NotConnectedError,
        Outcome(
            "not-connected",
            "This desk knows no site yet: `wasl desk connect`.",
            "لم يُربط هذا المكتب بموقع بعد: الأمر wasl desk connect.",
        ),
    ),
    (
        desk.UnknownCaseError,
        Outcome(
            "unknown-case",
            "No case, or more than one, goes by this label.",
            "لا توجد حالة واحدة بهذا الرقم.",
        ),
    ),
    (
        desk.ForbiddenStatusError,
        Outcome(
            "forbidden-status",
            "The case's present status does not lead to this one.",
            "الحالة الآن لا تسمح بهذه الخطوة.",
        ),
    ),
    (
        desk.StillWaitingError,
        Outcome(
            "still-waiting",
            "The former reply has not reached the site yet: `wasl desk sync` first.",
            "الرد السابق لم يصل إلى الموقع بعد. المزامنة أولا.",
        ),
    ),
    (desk.EmptyTextError, Outcome("empty-text", "A reply needs words.", "الرد بلا كلمات.")),
    (
        desk.ExportExistsError,
        Outcome(
            "export-exists",
            "The folder exists already; nothing is overwritten.",
            "المجلد موجود من قبل. لا يُستبدل شيء.",
        ),
    ),
    (
        desk.DamagedFileError,
        Outcome("damaged", "A file of the casebook is damaged.", "ملف محفوظ تالف."),
    ),
    (
        CryptoError,
        Outcome("broken-seal", "A seal or a signature is broken.", "ختم أو توقيع غير صحيح."),
    ),
)

_CODE_WORDS: Final = {
    "empty": ("The code is empty.", "الرمز فارغ."),
    "too_long": ("This is too long to be a code.", "هذا أطول من أن يكون رمزا."),
    "word_count": ("{count} words were found; 9 are needed.", "عدد الكلمات {count} والمطلوب 9."),
    "digit_count": (
        "{count} digits were found; 28 are needed.",
        "وجدنا {count} رقما والمطلوب 28.",
    ),
    "unknown_word": (
        "Word {position} is not on the list. The nearest one is: {nearest}",
        "لم نعرف الكلمة رقم {position}. أقرب كلمة: {nearest}",
    ),
    "checksum": (
        "The words are right but their order may not be.",
        "الكلمات صحيحة لكن ترتيبها قد يكون مختلفا.",
    ),
    "check_digits": ("One of the digits is wrong.", "أحد الأرقام غير صحيح."),
}


def outcome_of(error: Exception) -> Outcome | None:
    """Return how a command ends that met *error*; None for a bug, which should crash."""
    if isinstance(error, client.SiteRefusedError):
        problem = error.problem
        return Outcome(
            problem.code,
            f"{problem.title}. {problem.detail}",
            f"{problem.title_ar}. {problem.detail_ar}",
        )
    if isinstance(error, ReceiptCodeError):
        en, ar = (words.format(**vars(error)) for words in _CODE_WORDS[error.kind])
        return Outcome("receipt-code", en, ar)
    for kind, outcome in _OUTCOMES:
        if isinstance(error, kind):
            reason = str(error)
            return Outcome(
                outcome.code,
                outcome.en.format(reason),
                outcome.ar.format(reason),
                outcome.exit_code,
            )
    return None


class WrongUsageError(click.UsageError):
    """Click's own error, with the exit code of these commands."""

    exit_code = USAGE

    def __init__(self, error: click.UsageError) -> None:
        super().__init__(error.format_message(), error.ctx)


class Command(click.Command):
    """A command that ends as this module says."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise WrongUsageError(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise WrongUsageError(error) from None
        except (client.ClientError, desk.DeskError, CryptoError) as error:
            outcome = outcome_of(error)
            if outcome is None:
                raise
            _tell(outcome, as_json=bool(ctx.params.get("as_json")))
            ctx.exit(outcome.exit_code)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise WrongUsageError(error) from None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise WrongUsageError(error) from None


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    click.echo(f"{outcome.en}\n{outcome.ar}", err=True)
    if as_json:
        answer = {"error": outcome.code, "detail": outcome.en, "detail_ar": outcome.ar}
        click.echo(json.dumps(answer, ensure_ascii=False))
