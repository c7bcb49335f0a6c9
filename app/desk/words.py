"""Words, in both languages, for everything that may go wrong at a desk."""

from __future__ import annotations

from typing import Final

from app.client import words
from app.client.words import Table, Words
from app.desk import errors
from app.domain.errors import ReadabilityError
from crypto.errors import MalformedStatementError

_TABLE: Final[Table] = (
    (
        errors.WrongPassphraseError,
        Words(
            "wrong-passphrase",
            "Wrong passphrase, or the keystore was changed.",
            "كلمة السر غير صحيحة، أو تغير ملف المفاتيح.",
        ),
    ),
    (
        ReadabilityError,
        Words(
            "no-measure",
            "Nothing here can measure Arabic: install Wasl with its extra 'desk'.",
            "لا يوجد هنا ما يقيس سهولة العربية. يلزم تثبيت إضافة المكتب.",
        ),
    ),
    (
        errors.NotPlainError,
        Words(
            "not-plain",
            "The Arabic is above the limit. Make it plainer, or let a second person say why not.",
            "العربية أصعب من الحد. الحل تبسيطها، أو سبب يكتبه شخص ثان.",
        ),
    ),
    (
        errors.NoDecisionDayError,
        Words(
            "no-decision-day",
            "The topic needs the day of the decision, or the day on which you hand opinions over.",
            "يلزم يوم القرار، أو يوم تسليم الآراء.",
        ),
    ),
    (
        errors.WeakPassphraseError,
        Words(
            "weak-passphrase",
            "The passphrase needs at least 12 characters; five unrelated words are good.",
            "كلمة السر أقصر من 12 حرفا. خمس كلمات لا رابط بينها خيار جيد.",
        ),
    ),
    (
        errors.MalformedKeystoreError,
        Words("malformed-keystore", "The keystore is damaged.", "ملف المفاتيح تالف."),
    ),
    (
        errors.DeskExistsError,
        Words(
            "desk-exists",
            "There is a desk in this folder already; its keys stay as they are.",
            "يوجد مكتب في هذا المجلد. مفاتيحه باقية كما هي.",
        ),
    ),
    (
        errors.NoDeskError,
        Words("no-desk", "There is no desk in this folder.", "لا يوجد مكتب في هذا المجلد."),
    ),
    (
        errors.NotConnectedError,
        Words(
            "not-connected",
            "This desk knows no site yet: `wasl desk connect`.",
            "لم يُربط هذا المكتب بموقع بعد: الأمر wasl desk connect.",
        ),
    ),
    (
        errors.NotEnrolledError,
        Words(
            "not-enrolled",
            "This week's keyring does not carry this desk's keys yet. Give the enrolment to the"
            " key officers.",
            "مفاتيح هذا المكتب ليست في مفاتيح هذا الأسبوع بعد. يلزم تسليم ملف التسجيل إلى"
            " مسؤولي المفاتيح.",
        ),
    ),
    (
        errors.OnlyTrainingError,
        Words(
            "only-training",
            "One of the two is for training only: a training desk talks to a training site, and a"
            " real desk to a real one. Make another desk with `wasl desk init`.",
            "أحدهما للتدريب فقط. مكتب التدريب لموقع التدريب، والمكتب الحقيقي للموقع الحقيقي. يلزم"
            " مكتب آخر.",
        ),
    ),
    (
        errors.UntrainedError,
        Words(
            "untrained",
            "The inbox opens after a passed training: take it on the training page, or with"
            " `wasl training`, and give the record to the key officers.",
            "تفتح الرسائل بعد اجتياز التدريب. التمارين في صفحة التدريب، وملف الشهادة يسلم إلى"
            " مسؤولي المفاتيح.",
        ),
    ),
    (
        errors.UnknownCaseError,
        Words(
            "unknown-case",
            "No case, or more than one, goes by this label.",
            "لا توجد حالة واحدة بهذا الرقم.",
        ),
    ),
    (
        errors.ForbiddenStatusError,
        Words(
            "forbidden-status",
            "The case's present status does not lead to this one.",
            "الحالة الآن لا تسمح بهذه الخطوة.",
        ),
    ),
    (
        errors.StillOpenError,
        Words(
            "still-open",
            "The topic still takes opinions. Who took part is counted once, after its last day.",
            "القضية ما زالت مفتوحة. تُعد المشاركة مرة واحدة، بعد آخر يوم لها.",
        ),
    ),
    (
        errors.StillWaitingError,
        Words(
            "still-waiting",
            "The former reply has not reached the site yet. Sync first.",
            "الرد السابق لم يصل إلى الموقع بعد. المزامنة أولا.",
        ),
    ),
    (
        errors.NoReasonError,
        Words(
            "no-reason",
            "The reason is missing, or one of its two languages is.",
            "السبب ناقص، أو ينقصه نص إحدى اللغتين.",
        ),
    ),
    (errors.EmptyTextError, Words("empty-text", "A reply needs words.", "الرد بلا كلمات.")),
    (
        errors.ExportExistsError,
        Words(
            "export-exists",
            "The folder exists already; nothing is overwritten.",
            "المجلد موجود من قبل. لا يُستبدل شيء.",
        ),
    ),
    (
        errors.NoPlanError,
        Words(
            "no-plan",
            "This body has no communication plan, so nothing may be sent to it. The operator"
            " publishes plans.",
            "لا توجد خطة تواصل مع هذه الجهة، ولذلك لا يرسل إليها شيء. مشغل الموقع ينشر الخطط.",
        ),
    ),
    (
        errors.NotYoursError,
        Words(
            "not-yours",
            "Another reviewer must do this: nobody judges what is her own, or after keeping out.",
            "يلزم عضو آخر لهذه الخطوة. لا يحكم أحد على عمله، ولا على حالة تنحى عنها.",
        ),
    ),
    (
        errors.OnProbationError,
        Words(
            "on-probation",
            "Your organisation is on probation: it reads and replies. Reviewers of other"
            " organisations must take this step.",
            "المنظمة في فترة تجربة: قراءة ورد فقط. تلزم لهذه الخطوة منظمة أتمت فترتها.",
        ),
    ),
    (
        errors.BadApplicationError,
        Words(
            "bad-application",
            "This is no application to this site, or it was changed after it was signed."
            " `wasl desk apply` writes another.",
            "الملف ليس طلب انضمام إلى هذا الموقع، أو تغير بعد توقيعه. يلزم طلب جديد.",
        ),
    ),
    (
        errors.TooEarlyError,
        Words(
            "objection-window",
            "The sender may still object. The case can go on a later day.",
            "ما زال الاعتراض ممكنا لصاحب الرسالة. يمكن الإرسال في يوم لاحق.",
        ),
    ),
    (
        errors.TooLateError,
        Words(
            "too-late",
            "The day for the answer, which two have signed, is too near by now. Mark the case as"
            " read and propose the text again.",
            "اقترب اليوم المحدد للرد في النص الموقع. يلزم تأكيد القراءة من جديد ثم اقتراح النص"
            " مرة أخرى.",
        ),
    ),
    (
        MalformedStatementError,
        Words(
            "malformed-statement",
            "Something is empty or too long, or is more than one line where one is allowed.",
            "في النموذج خانة فارغة أو طويلة جدا، أو أكثر من سطر حيث يكفي سطر.",
        ),
    ),
    (
        errors.DamagedFileError,
        Words("damaged", "A file of the casebook is damaged.", "ملف محفوظ تالف."),
    ),
)


def explain(error: Exception) -> Words | None:
    """Return words for *error*, met at the desk or on the way to its site; None for a bug."""
    return words.look_up(_TABLE, error) or words.explain(error)
