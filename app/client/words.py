"""Words, in both languages, for everything that may go wrong between a program and a site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.client import errors
from app.client.batch import WrongSiteError
from app.client.follow import MailboxFullError, NothingToRateError, UnknownCodeError
from app.client.send import ForeignFormError, UncertainDeliveryError
from app.client.trust import RootsChangedError
from crypto.errors import (
    CryptoError,
    MalformedCounterfoilError,
    MalformedKeyringError,
    ReceiptCodeError,
    StaleKeyringError,
    TooLargeError,
)
from redaction.words import words


@dataclass(frozen=True)
class Words:
    """What went wrong; `code` never changes. `{}` stands for the error's own message."""

    code: str
    en: str
    ar: str

    def about(self, error: Exception) -> Words:
        reason = str(error)
        return Words(self.code, self.en.format(reason), self.ar.format(reason))


Table = Sequence[tuple[type[Exception], Words]]

# The first class that matches speaks, so narrower ones stand first.
_TABLE: Final[Table] = (
    (
        UncertainDeliveryError,
        Words(
            "uncertain",
            "The site stopped answering at the last step. Follow with the code above to see"
            " whether the message arrived.",
            "توقف الموقع عن الرد في الخطوة الأخيرة. المتابعة بالرمز أعلاه تبين هل وصلت الرسالة.",
        ),
    ),
    (
        errors.SiteUnreachableError,
        Words(
            "unreachable",
            "The site cannot be reached now. Nothing was lost; try again later.",
            "لا يمكن الوصول إلى الموقع الآن. لم يضع شيء، وإعادة المحاولة لاحقا ممكنة.",
        ),
    ),
    (
        RootsChangedError,
        Words(
            "roots-changed",
            "The site shows other root keys than the ones in your file. Do not send; ask somebody"
            " you trust.",
            "مفاتيح الموقع الأساسية ليست التي في ملفك. الأفضل عدم الإرسال وسؤال شخص موثوق.",
        ),
    ),
    (
        errors.SiteOddError,
        Words(
            "odd-site",
            "The site gave an answer that an honest site does not give.",
            "أجاب الموقع بما لا يجيب به موقع سليم.",
        ),
    ),
    (
        errors.NoPassError,
        Words(
            "no-pass",
            "The stick has no pass for this courier, or it is over: at the desk, `wasl desk"
            " connect` with this courier's key, or a sync.",
            "ليس على ذاكرة USB إذن لهذا الناقل، أو انتهى الإذن. يلزم عند المكتب الأمر"
            " wasl desk connect مع مفتاح هذا الناقل، أو مزامنة.",
        ),
    ),
    (
        errors.ForeignStickError,
        Words(
            "foreign-stick",
            "What is on the stick was signed by somebody else, or is for another site. Nothing was"
            " taken from it.",
            "ما على ذاكرة USB بتوقيع جهة أخرى، أو يخص موقعا آخر. لم يؤخذ منها شيء.",
        ),
    ),
    (
        errors.AlteredStickError,
        Words(
            "altered-stick",
            "Something on the stick is damaged or was changed. The courier must go again.",
            "على ذاكرة USB شيء تالف أو متغير. يلزم أن يعيد الناقل الجلب.",
        ),
    ),
    (
        errors.OldStickError,
        Words(
            "old-stick",
            "What is on the stick is older than what this desk has had before. The courier must"
            " go again.",
            "ما على ذاكرة USB أقدم مما وصل إلى هذا المكتب من قبل. يلزم أن يعيد الناقل الجلب.",
        ),
    ),
    (
        WrongSiteError,
        Words(
            "wrong-site",
            "This batch was sealed for another site. Check the address.",
            "هذه الدفعة مقفلة لموقع آخر. يلزم التحقق من العنوان.",
        ),
    ),
    (
        ForeignFormError,
        Words(
            "foreign-form",
            "This paper form is another site's: its slip would open nothing here.",
            "هذه الاستمارة لموقع آخر، ورمز قسيمتها لا يفتح شيئا هنا.",
        ),
    ),
    (
        MalformedCounterfoilError,
        Words(
            "malformed-form",
            "This is not the square of a paper form. Read it again, whole.",
            "هذا ليس مربع استمارة ورقية. تلزم قراءته من جديد كاملا.",
        ),
    ),
    (
        errors.UnsafeAddressError,
        Words("unsafe-address", "This address is not safe to use: {}.", "عنوان غير آمن."),
    ),
    (
        errors.UnknownTopicError,
        Words(
            "unknown-topic",
            "No such topic is open. Open topics: {}.",
            "لا توجد قضية مفتوحة بهذا الاسم. القضايا المفتوحة: {}.",
        ),
    ),
    (
        UnknownCodeError,
        Words(
            "unknown-code",
            "There is no message with this code, or it was deleted.",
            "لا توجد رسالة بهذا الرمز، أو حُذفت.",
        ),
    ),
    (
        MailboxFullError,
        Words(
            "mailbox-full",
            "This thread has as many messages as it may have.",
            "بلغ عدد الرسائل في هذه المتابعة حده.",
        ),
    ),
    (
        NothingToRateError,
        Words(
            "nothing-to-rate",
            "The body has not answered yet, so there is nothing to rate.",
            "لم ترد الجهة بعد، فلا شيء للتقييم.",
        ),
    ),
    (
        StaleKeyringError,
        Words(
            "stale-keyring",
            "The readers' keys are not valid today, or older than ones seen before.",
            "مفاتيح القراءة غير صالحة اليوم، أو أقدم من مفاتيح سبقت رؤيتها.",
        ),
    ),
    (
        MalformedKeyringError,
        Words("malformed-roots", "The file of root keys is not one.", "ملف المفاتيح غير صحيح."),
    ),
    (
        TooLargeError,
        Words("too-long", "The text is too long: {}.", "النص أطول من المسموح."),
    ),
    (
        CryptoError,
        Words("broken-seal", "A seal or a signature is broken.", "ختم أو توقيع غير صحيح."),
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


ATTACHMENT_WORDS: Final = {
    "unreadable": ("It cannot be read.", "لا يمكن قراءته."),
    "too-large": ("It is larger than the site takes.", "حجمه أكبر مما يستقبله الموقع."),
    "too-many": (
        "The site takes no more files than the ones before it.",
        "عدد الملفات أكبر من المسموح.",
    ),
    "changed": ("It changed while it was sent.", "تغير أثناء الإرسال."),
}


LOG_PROBLEMS: Final = {
    "missing": (
        "The message should be in the public log and is not.",
        "يجب أن تكون الرسالة في السجل العام، وليست فيه.",
    ),
    "late": (
        "The message came into the public log after the promised day.",
        "دخلت الرسالة السجل العام بعد اليوم الموعود.",
    ),
    "tag": (
        "A list in the log of what became of the messages has no line for this one.",
        "قائمة في السجل بما صارت إليه الرسائل تخلو من سطر هذه الرسالة.",
    ),
    "status": (
        "The log says another status than the site shows.",
        "الحالة في السجل غير التي يعرضها الموقع.",
    ),
    "roll": (
        "The log lacks a list of what became of the messages, and it is due.",
        "السجل تنقصه قائمة بما صارت إليه الرسائل، وقد حان موعدها.",
    ),
    "stale": (
        "The public log has not been renewed for too long.",
        "لم يتجدد السجل العام منذ مدة أطول من المسموح.",
    ),
    "unverified": (
        "The public log does not bear the signatures that it must have.",
        "السجل العام لا يحمل التواقيع اللازمة.",
    ),
}
"""By the problems of `crypto.tlog.case.Verdict`, in English and Arabic."""


def explain(error: Exception) -> Words | None:
    """Return words for *error*; None for a bug, which should crash."""
    if isinstance(error, errors.SiteRefusedError):
        problem = error.problem
        return Words(
            problem.code,
            f"{problem.title}. {problem.detail}",
            f"{problem.title_ar}. {problem.detail_ar}",
        )
    if isinstance(error, ReceiptCodeError):
        en, ar = (text.format(**vars(error)) for text in _CODE_WORDS[error.kind])
        return Words("receipt-code", en, ar)
    if isinstance(error, errors.AttachmentError):
        return _about_attachment(error)
    return look_up(_TABLE, error)


def _about_attachment(error: errors.AttachmentError) -> Words:
    en, ar = ATTACHMENT_WORDS.get(error.code) or (
        words("errors", error.code, "en"),
        words("errors", error.code, "ar"),
    )
    return Words(error.code, f"File {error.position}: {en}", f"الملف رقم {error.position}: {ar}")


def look_up(table: Table, error: Exception) -> Words | None:
    """Return the words of the first entry of *table* that *error* is an instance of."""
    for kind, entry in table:
        if isinstance(error, kind):
            return entry.about(error)
    return None
