"""The one table from what may go wrong to what is said about it, in two languages.

Under /api/ a problem is an RFC 9457 document of type `urn:wasl:problem:<code>`; elsewhere
a page says the same words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from werkzeug.exceptions import HTTPException

from app.domain import errors
from app.domain.topics import Bilingual
from app.services.keyrings import KeyringConflictError

URN: Final = "urn:wasl:problem:"


@dataclass(frozen=True)
class Problem:
    """What went wrong (`title`) and what helps (`detail`). `code` never changes."""

    code: str
    status: HTTPStatus
    title: Bilingual
    detail: Bilingual

    def document(self, error: Exception) -> dict[str, str | int]:
        """The RFC 9457 document; what *error* offers is among its members."""
        offer: dict[str, str | int] = {}
        if isinstance(error, errors.WorkWantedError):
            offer = {"challenge": error.challenge, "bits": error.bits}
        return offer | {
            "type": f"{URN}{self.code}",
            "title": self.title.en,
            "status": int(self.status),
            "detail": self.detail.en,
            "title_ar": self.title.ar,
            "detail_ar": self.detail.ar,
        }


class FieldError(Exception):
    """A field of a body is missing, unknown, ill-typed or out of bounds.

    `name` is the field's name as the contract spells it, never what the sender wrote.
    """

    def __init__(self, name: str, wanted: str) -> None:
        super().__init__(f"{name}: {wanted}")
        self.name = name
        self.wanted = wanted


class MalformedBodyError(Exception):
    """The body is not what its type says: cut off, not UTF-8, not JSON, too deep."""


class LimitedError(Exception):
    """Too many requests of one kind."""


def _problem(
    code: str, status: HTTPStatus, title: tuple[str, str], detail: tuple[str, str]
) -> Problem:
    return Problem(code, status, Bilingual(*title), Bilingual(*detail))


INTERNAL: Final = _problem(
    "internal",
    HTTPStatus.INTERNAL_SERVER_ERROR,
    ("تعذر إتمام الطلب بسبب خلل في الموقع", "The site failed"),
    (
        "الخلل من الموقع، ولا يعرف الموقع ما كان في الطلب. تنفع إعادة المحاولة بعد قليل.",
        "The fault is the site's, and it kept nothing of the request. Try again in a while.",
    ),
)

_FIELD: Final = _problem(
    "bad-field",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    ("حقل غير صحيح", "A field is wrong"),
    ("الحقل: {field}", "Field {field}: {wanted}."),
)

_BY_ERROR: Final[Mapping[type[Exception], Problem]] = MappingProxyType(
    {
        errors.StorageFullError: _problem(
            "storage-full",
            HTTPStatus.INSUFFICIENT_STORAGE,
            ("لا مكان الآن لرسائل جديدة", "No room for new messages now"),
            (
                "قراءة الردود ما زالت ممكنة. الإرسال ممكن بعد توفر مكان.",
                "Reading replies still works. Sending works again when there is room.",
            ),
        ),
        errors.LockedDownError: _problem(
            "locked-down",
            HTTPStatus.SERVICE_UNAVAILABLE,
            ("الموقع للقراءة فقط الآن", "The site can only be read now"),
            (
                "قراءة الردود ما زالت ممكنة. لم يُحفظ شيء من هذا الطلب.",
                "Reading replies still works. Nothing of this request was stored.",
            ),
        ),
        errors.WorkWantedError: _problem(
            "work-wanted",
            HTTPStatus.TOO_MANY_REQUESTS,
            ("كثيرون يرسلون الآن", "Many are sending now"),
            (
                "تنفع إعادة المحاولة بعد بضع دقائق. لم يحفظ شيء من هذا الطلب.",
                "Work on `challenge` for `bits` and send again with the header Wasl-Work,"
                " or try again in a few minutes. Nothing of this request was stored.",
            ),
        ),
        errors.NotYetError: _problem(
            "not-yet",
            HTTPStatus.SERVICE_UNAVAILABLE,
            ("كثيرون هنا الآن", "Many people are here now"),
            (
                "لم يحفظ شيء من هذا الطلب. تنفع إعادة المحاولة بعد دقيقة.",
                "Nothing of this request was stored. Try again in a minute.",
            ),
        ),
        errors.NoKeyringError: _problem(
            "no-keyring",
            HTTPStatus.SERVICE_UNAVAILABLE,
            ("الموقع لا يستقبل رسائل الآن", "The site takes no messages now"),
            (
                "مفاتيح القراءة لهذا الأسبوع غير منشورة بعد.",
                "The readers' keys for this week are not published yet.",
            ),
        ),
        errors.AlreadySentError: _problem(
            "already-sent",
            HTTPStatus.CONFLICT,
            ("سبق الإرسال بهذا الرمز", "Already sent with this code"),
            (
                "وصلت رسالة أخرى بهذا الرمز من قبل. لم يحفظ شيء جديد.",
                "Another message arrived under this name before. Nothing new was stored.",
            ),
        ),
        errors.StaleKeyringError: _problem(
            "stale-keyring",
            HTTPStatus.CONFLICT,
            ("تغيرت مفاتيح القراءة", "The readers' keys have changed"),
            (
                "تلزم المفاتيح الجديدة ثم إغلاق الرسالة بها من جديد.",
                "Fetch the current keyring and seal again.",
            ),
        ),
        errors.NotSealedError: _problem(
            "not-sealed",
            HTTPStatus.UNPROCESSABLE_ENTITY,
            ("الرسالة غير مشفرة كما يجب", "Not a sealed envelope"),
            (
                "لا يحفظ الموقع إلا ملفات مشفرة بالحجم المتفق عليه.",
                "Only age files with the agreed stanzas and sizes are stored.",
            ),
        ),
        errors.UnknownUploadError: _problem(
            "unknown-upload",
            HTTPStatus.NOT_FOUND,
            ("لا يوجد رفع بهذا الرقم", "No such upload"),
            (
                "الرفع غير موجود أو انتهت مدته. تلزم بداية جديدة.",
                "It never was or its time is over. Begin a new one.",
            ),
        ),
        errors.BadTicketError: _problem(
            "stale-form",
            HTTPStatus.GONE,
            ("هذه الصفحة قديمة", "This page is too old"),
            (
                "لم يُرسل شيء. تلزم إعادة فتح صفحة الكتابة.",
                "Nothing was sent. Please open the page to write on again.",
            ),
        ),
        errors.IncompleteUploadError: _problem(
            "incomplete-upload",
            HTTPStatus.CONFLICT,
            ("الرفع غير مكتمل", "The upload is incomplete"),
            ("تنقص أجزاء من الملف.", "Parts are missing; send them and try again."),
        ),
        errors.WrongPartError: _problem(
            "wrong-part",
            HTTPStatus.UNPROCESSABLE_ENTITY,
            ("جزء غير صحيح", "Wrong part"),
            (
                "رقم الجزء أو طوله لا يناسب هذا الرفع.",
                "The part's number or length is not one of this upload's.",
            ),
        ),
        errors.PartTakenError: _problem(
            "part-taken",
            HTTPStatus.CONFLICT,
            ("سبق رفع جزء مختلف بهذا الرقم", "Other bytes are stored as this part"),
            ("تلزم بداية رفع جديد.", "Begin a new upload."),
        ),
        errors.WrongDigestError: _problem(
            "wrong-digest",
            HTTPStatus.UNPROCESSABLE_ENTITY,
            ("الملف المرفوع ليس الملف المقصود", "The upload is another file"),
            (
                "بصمة الملف المرفوع مختلفة. تلزم بداية رفع جديد.",
                "Its SHA-256 is not the one named. Begin a new upload.",
            ),
        ),
        errors.TooLargeError: _problem(
            "too-large",
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            ("الحجم أكبر من المسموح", "Too large"),
            (
                "عدد الملفات أو حجمها أكبر مما يستقبله الموقع.",
                "More bytes or more files than this site takes.",
            ),
        ),
        errors.UnknownCaseError: _problem(
            "unknown-case",
            HTTPStatus.NOT_FOUND,
            ("لا توجد حالة بهذا العنوان", "No such case"),
            ("العنوان غير معروف هنا.", "No case has this slot."),
        ),
        errors.ForbiddenTransitionError: _problem(
            "forbidden-transition",
            HTTPStatus.CONFLICT,
            ("هذا الانتقال غير مسموح", "Forbidden transition"),
            (
                "الحالة الآن لا تسمح بهذه الخطوة.",
                "The case's present status does not lead to this one.",
            ),
        ),
        errors.BadDispositionError: _problem(
            "bad-disposition",
            HTTPStatus.UNPROCESSABLE_ENTITY,
            ("قرار غير صحيح أو غير موقع", "Not a signed disposition"),
            (
                "يلزم توقيع جهاز مسجل، لهذا الموقع ولهذا الأسبوع.",
                "A device on the keyring must sign it, for this origin and week.",
            ),
        ),
        errors.OneSignatureError: _problem(
            "two-signatures-needed",
            HTTPStatus.UNPROCESSABLE_ENTITY,
            ("يلزم توقيعان", "Two signatures are needed"),
            (
                "تلزم هذه الخطوة توقيعين من عضوين مختلفين على النص نفسه.",
                "Two different reviewers must sign the very same text.",
            ),
        ),
        errors.OnProbationError: _problem(
            "on-probation",
            HTTPStatus.FORBIDDEN,
            ("المنظمة في فترة تجربة", "The organisation is on probation"),
            (
                "في فترة التجربة قراءة ورد فقط. يلزم لهذه الخطوة توقيع من منظمات أتمت فترتها.",
                "Its reviewers read and reply until the probation ends."
                " Reviewers of other organisations must sign this step.",
            ),
        ),
        errors.UntrainedError: _problem(
            "untrained",
            HTTPStatus.FORBIDDEN,
            ("التدريب أولا", "Training comes first"),
            (
                "لا تفتح الرسائل قبل شهادة تدريب سارية في مفاتيح الأسبوع. التمارين في صفحة التدريب"
                " في المكتب.",
                "The inbox opens to reviewers whom this week's keyring lists as trained."
                " The exercises are on the desk's training page; the certificate goes to the key"
                " officers.",
            ),
        ),
        errors.SpentStatementError: _problem(
            "spent-statement",
            HTTPStatus.CONFLICT,
            ("سبق استعمال هذا القرار", "Used before"),
            (
                "القرار الموقع يستعمل مرة واحدة. يلزم قرار جديد.",
                "A signed statement moves a case once. Sign a new one.",
            ),
        ),
        errors.ObjectionWindowError: _problem(
            "objection-window",
            HTTPStatus.CONFLICT,
            ("مهلة الاعتراض لم تنته", "The citizen may still object"),
            (
                "يمكن إرسال النص إلى الجهة بعد انتهاء المهلة.",
                "Relay it once the window has passed; see `objection_until`.",
            ),
        ),
        errors.BadRecordError: _problem(
            "bad-record",
            HTTPStatus.UNPROCESSABLE_ENTITY,
            ("سجل غير صحيح أو غير موقع", "Not a record signed by two"),
            (
                "يلزم توقيع عضوين مختلفين ليسا في فترة تجربة، لهذا الموقع ولهذا اليوم.",
                "Two reviewers who are not on probation must sign it, for this origin and day.",
            ),
        ),
        errors.NoPlanError: _problem(
            "no-plan",
            HTTPStatus.UNPROCESSABLE_ENTITY,
            ("لا توجد خطة تواصل مع هذه الجهة", "No communication plan"),
            (
                "يلزم نشر خطة تواصل مع الجهة قبل إرسال أي شيء إليها.",
                "Publish a plan for the agency, and the topic, before relaying to it.",
            ),
        ),
        errors.UnknownRelayError: _problem(
            "unknown-relay",
            HTTPStatus.NOT_FOUND,
            ("لم يرسل شيء بهذا الرقم", "No such relay"),
            ("الرقم غير معروف هنا.", "Nothing was relayed under this id."),
        ),
        errors.UnknownLinkError: _problem(
            "unknown-link",
            HTTPStatus.NOT_FOUND,
            ("الرمز غير معروف", "No such code"),
            (
                "تنفع مراجعة الرمز كما وصل من الفريق.",
                "Compare the code with the one that the team sent.",
            ),
        ),
        errors.BadSessionError: _problem(
            "bad-session",
            HTTPStatus.UNAUTHORIZED,
            ("جلسة غير صالحة", "No valid session"),
            ("تلزم بداية جلسة جديدة من جهاز مسجل.", "Begin one with a device on the keyring."),
        ),
        errors.UnknownBlobError: _problem(
            "unknown-blob",
            HTTPStatus.NOT_FOUND,
            ("لا يوجد ملف بهذه البصمة", "No such blob"),
            ("لا يوجد نص مشفر بهذه البصمة.", "No stored ciphertext has this digest."),
        ),
        KeyringConflictError: _problem(
            "keyring-conflict",
            HTTPStatus.CONFLICT,
            ("المفاتيح لا تتبع ما قبلها", "The keyring does not follow"),
            ("رقمها أو بصمة ما قبلها غير صحيحة.", "Its serial or its `previous` is wrong."),
        ),
        MalformedBodyError: _problem(
            "malformed",
            HTTPStatus.BAD_REQUEST,
            ("طلب غير مفهوم", "Malformed request"),
            (
                "وصل الطلب ناقصا أو بصيغة غير صحيحة. تنفع إعادة المحاولة.",
                "The request is cut off or not in the form it should have.",
            ),
        ),
        LimitedError: _problem(
            "too-many-requests",
            HTTPStatus.TOO_MANY_REQUESTS,
            ("طلبات كثيرة في وقت قصير", "Too many requests"),
            (
                "تنفع إعادة المحاولة بعد بضع دقائق. لم يحفظ شيء من هذا الطلب.",
                "Try again in a few minutes. Nothing of this request was stored.",
            ),
        ),
    }
)

_BY_STATUS: Final[Mapping[int, Problem]] = MappingProxyType(
    {
        problem.status: problem
        for problem in (
            _BY_ERROR[MalformedBodyError],
            _BY_ERROR[errors.TooLargeError],
            _BY_ERROR[LimitedError],
            _problem(
                "not-found",
                HTTPStatus.NOT_FOUND,
                ("الصفحة غير موجودة", "There is no such page"),
                (
                    "العنوان غير صحيح أو انتهت مدة الصفحة.",
                    "The address is wrong, or the page is gone.",
                ),
            ),
            _problem(
                "method-not-allowed",
                HTTPStatus.METHOD_NOT_ALLOWED,
                ("طريقة غير مسموحة", "Method not allowed"),
                (
                    "هذا العنوان لا يستقبل هذا النوع من الطلبات.",
                    "This address does not take this kind of request.",
                ),
            ),
            _problem(
                "unsupported-type",
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                ("نوع غير مدعوم", "Unsupported type"),
                (
                    "نوع المحتوى غير صحيح.",
                    "Content-Type must be the one that the contract names.",
                ),
            ),
        )
    }
)


def problem_for(error: Exception) -> Problem | None:
    """What to say about *error*, or None if it is a bug."""
    if isinstance(error, FieldError):
        return _field_problem(error)
    for cls in type(error).__mro__:
        if cls in _BY_ERROR:
            return _BY_ERROR[cls]
    if isinstance(error, HTTPException) and error.code is not None:
        return _http_problem(error.code)
    return None


def _field_problem(error: FieldError) -> Problem:
    detail = Bilingual(
        _FIELD.detail.ar.format(field=error.name),
        _FIELD.detail.en.format(field=error.name, wanted=error.wanted),
    )
    return replace(_FIELD, detail=detail)


def _http_problem(status: int) -> Problem | None:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 400 <= status < 500:
        return replace(_BY_ERROR[MalformedBodyError], status=HTTPStatus(status))
    return None
