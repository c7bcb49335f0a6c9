"""What findings and reports are called, in English and in plain Arabic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from app.auditor.findings import SERVED_MEANINGS
from app.domain.about import ABOUT_WORDS
from crypto.tlog.findings import MEANINGS

Lang = Literal["ar", "en"]
LANGS: Final[tuple[Lang, ...]] = ("ar", "en")

MEANINGS_EN: Final[Mapping[str, str]] = dict([*MEANINGS.items(), *SERVED_MEANINGS.items()])
MEANINGS_AR: Final[Mapping[str, str]] = {
    "entry-malformed": "سطر في السجل ليس من الأنواع المعروفة أو ليس بالصيغة الصحيحة",
    "batch-order": "أسطر دفعة ليست بالترتيب المطلوب أو ليست مسموحة فيها",
    "duplicate-accept": "سطر استلام مكرر",
    "roll-order": "أسطر كشف أو أجزاؤه غير مرتبة أو غير كاملة",
    "roll-unexpected": "كشف لأسبوع أو لموعد لا كشف له الآن",
    "roll-missing": "كشف حان موعده ولم يُنشر",
    "roll-late": "كشف نُشر بعد موعده",
    "roll-short": "كشف فيه أسطر أقل من عدد ما استُلم",
    "roll-long": "كشف فيه أسطر أكثر من عدد ما استُلم",
    "roll-cover": "كشفان لأسبوع واحد يختلفان في عدد أسطر التمويه",
    "status-unknown": "كشف فيه حالة لا تعرفها قواعد السجل",
    "unanswered": "رسائل بقيت بلا جواب حتى آخر كشف لأسبوعها",
    "seal-missing": "آخر سطر في نسخة موقعة ليس ختم دفعة",
    "seal-counts": "ختم لا يطابق محتوى دفعته",
    "slot-order": "دفعة بتاريخ غير صحيح أو ليس بعد سابقتها",
    "slot-missing": "مدة بين دفعتين أطول مما تسمح به القواعد",
    "cohort-wrong": "دفعة محسوبة على أسبوع ليست منه",
    "state-wrong": "سطر الحالة غائب أو لا يدل على أحدث الأسطر",
    "policy-missing": "دفعة ختمت قبل نشر قواعد السجل",
    "policy-rollback": "قواعد لا تتبع القواعد السابقة",
    "keyring-rollback": "قائمة مفاتيح لا تتبع القائمة السابقة",
    "control-unverified": "مفاتيح أو قواعد أو نسخة موقع أو سطر عام بلا التواقيع المطلوبة",
    "record-wrong": "سطر من السجل العام مكرر، أو لا يتبع ما قبله",
    "register-rollback": "سجل منظمات لا يتبع السجل السابق",
    "not-admitted": "منظمة تقرأ ولم تُقبل بتزكيتين، أو بغير ما قُبلت به",
    "key-not-logged": "مفتاح عُرض على أحد وليس في السجل",
    "back-dated": "شهود السجل يقولون إن دفعة جاءت بعد تاريخها بأكثر من المسموح",
    "post-dated": "شهود السجل رأوا دفعة قبل تاريخها",
    "stale": "أحدث نسخة موقعة أقدم مما تسمح به القواعد",
    "fork": "نسختان موقعتان بحجم واحد ومحتوى مختلف",
    "rewrite": "نسخة لاحقة لا تكمل نسخة سابقة",
    "promise-broken": "ما تعهد الموقع بنشره ليس في السجل وقد فات موعده",
    "promise-late": "ما تعهد الموقع بنشره جاء بعد موعده",
    "leaf-missing": "سطر الاستلام ليس في السجل",
    "tag-missing": "كشف ليس فيه سطر لهذه الرسالة",
    "status-differs": "كشف يذكر حالة غير التي عُرضت على صاحب الرسالة",
    "checkpoint-unverified": "نسخة منشورة لم يوقعها السجل أو شهوده",
    "tile-differs": "ملف منشور لا يطابق التوقيع",
    "tile-withheld": "أسطر موقعة غير منشورة",
    "commitment-differs": "تعهد بغير ما سلّمه صاحب الرسالة",
}


def meaning(code: str, lang: Lang) -> str:
    """One sentence about a code of a finding."""
    return (MEANINGS_AR if lang == "ar" else MEANINGS_EN)[code]


STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    "received": ("وصلت", "received"),
    "read": ("قُرئت", "read"),
    "relayed": ("نُقلت إلى الجهة", "relayed"),
    "answered:1": ("أُجيبت: قبول", "answered: accepted"),
    "answered:2": ("أُجيبت: قبول جزئي", "answered: partly accepted"),
    "answered:3": ("أُجيبت: منجز من قبل", "answered: done already"),
    "answered:4": ("أُجيبت: رفض مع السبب", "answered: refused with a reason"),
    "answered:5": ("لم تُجب الجهة", "not answered"),
    "declined": ("اعتذار مع بيان السبب", "declined, with a reason"),
    "declined:1": ("اعتذار: ليست عن الموضوع", "declined: another subject"),
    "declined:2": ("اعتذار: ليس فيها ما يُنقل", "declined: nothing to pass on"),
    "declined:3": ("اعتذار: فيها إساءة", "declined: abusive"),
    "declined:4": ("اعتذار: نُقلت من قبل", "declined: passed on already"),
    "declined:5": ("اعتذار: قد تدل على صاحبها", "declined: would point at somebody"),
    "declined:6": ("اعتذار: القرار عند جهة أخرى", "declined: another body decides"),
    "withdrawn": ("سُحبت", "withdrawn"),
    "expired": ("انتهت مدتها", "expired"),
}

COUNTS: Final[Mapping[str, tuple[str, str]]] = {
    "changed": ("تغير القرار", "decision changed"),
    "helped-yes": ("أفاد الرد", "the answer helped"),
    "helped-partly": ("أفاد الرد قليلا", "the answer helped a little"),
    "helped-no": ("لم يفد الرد", "the answer did not help"),
    "assisted": ("كُتبت بمساعدة أحد", "written with somebody's help"),
    "relays": ("نصوص أُرسلت إلى الجهة", "texts sent to the body"),
    "published": ("نتائج منشورة", "outcomes published"),
    "overdue": ("ردود متأخرة", "answers overdue"),
}
TOLD: Final[Mapping[str, tuple[str, str]]] = {
    "few": ("أقل\u00a0من\u00a05", "under\u00a05"),
    "-": ("لم تُعد بعد", "not counted yet"),
}

FACTS: Final[Mapping[str, tuple[str, str]]] = {
    "accepted": ("أسطر الاستلام", "accept leaves"),
    "after": ("بعد", "after"),
    "age": ("الموعد", "age"),
    "cohort": ("الأسبوع", "week"),
    "cover": ("أسطر التمويه", "cover leaves"),
    "key": ("المفتاح", "key"),
    "leaf": ("نوع السطر", "kind of leaf"),
    "lines": ("أسطر الكشف", "lines of the roll"),
    "old": ("الحجم السابق", "earlier size"),
    "org": ("المنظمة", "organisation"),
    "path": ("الملف", "file"),
    "promised": ("التعهد", "promise"),
    "seen": ("رآه الشهود", "seen"),
    "serial": ("الرقم", "serial"),
    "shown": ("ما عُرض", "shown"),
    "slot": ("تاريخ الدفعة", "batch of"),
    "status": ("الحالة", "status"),
    "submissions": ("الرسائل", "cases"),
}
"""What a finding adds to its code, by its name in the report."""

TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("تقرير تدقيق السجل العام", "Audit of the public log"),
    "of": ("سجل الموقع", "The log of"),
    "as-of": ("حال السجل في", "As it stood on"),
    "clean": ("لا مخالفات", "No findings"),
    "clean-more": (
        "كل ما نشره السجل موقّع ومتسق، وكل كشف نُشر في موعده.",
        "All that the log published is signed and consistent, and every roll came in its time.",
    ),
    "bad": ("عدد المخالفات:", "Findings:"),
    "bad-more": (
        "تفاصيلها أدناه. كل مخالفة يمكن لأي مدقق آخر إعادة إثباتها من السجل نفسه.",
        "They are listed below. Any other auditor can show each of them again from the log itself.",
    ),
    "figure-cases": ("رسائل معدودة", "Cases counted"),
    "figure-weeks": ("أسابيع", "Weeks"),
    "figure-rolls": ("كشوف في موعدها", "Rolls on time"),
    "figure-settled": ("حُسمت حتى آخر كشف", "Settled by the last roll"),
    "of-all": ("من", "of"),
    "weekly": ("الرسائل في كل أسبوع", "Cases in each week"),
    "weekly-more": (
        "العدد الحقيقي لكل أسبوع يُعرف من كشفه الأول. قبل ذلك يختلط بأسطر تمويه تخفي العدد اليومي.",
        "The true number of a week is known from its first roll. Until then it is mixed with cover"
        " leaves, which hide how many came on each day.",
    ),
    "week": ("الأسبوع الذي يبدأ في", "Week beginning"),
    "cases": ("رسائل", "Cases"),
    "count": ("العدد", "Count"),
    "cover": ("أسطر تمويه", "Cover leaves"),
    "leaves": ("أسطر الاستلام", "Accept leaves"),
    "unknown": ("لم يُعلن بعد", "not yet"),
    "punctual": ("الكشوف: في موعدها أم متأخرة", "Rolls: on time or late"),
    "punctual-more": (
        "كشف كل أسبوع يذكر حالة كل رسالة بعد 7 أيام ثم 28 ثم 60 يومًا، دون أن يدل على صاحبها.",
        "For each week a roll states what became of every case after 7, 28 and 60 days, without"
        " telling whose it is.",
    ),
    "on-time": ("في موعده", "on time"),
    "late": ("متأخر", "late"),
    "missing": ("غائب", "missing"),
    "not-due": ("لم يحن", "not due"),
    "after": ("بعد", "After"),
    "days": ("يومًا", "days"),
    "few-days": ("أيام", "days"),
    "numbers": ("الأرقام في جدول", "The numbers as a table"),
    "status": ("ما آلت إليه الرسائل", "What became of the cases"),
    "status-more": (
        "مجموع الأسابيع التي نُشر كشفها عند كل موعد.",
        "All weeks together whose roll of that age is published.",
    ),
    "no-rolls": ("لم يحن موعد أي كشف بعد.", "No roll is due yet."),
    "keys": ("تغييرات المفاتيح والقواعد", "Changes of keys and rules"),
    "keys-more": (
        "الدائرة الممتلئة تعني تغيّر الأشخاص أو القواعد، والفارغة تجديدًا أسبوعيًا للمفاتيح نفسها.",
        "A full dot is a change of people or rules, a hollow one a weekly renewal for the same"
        " people.",
    ),
    "key/v1": ("مفاتيح القراء", "Readers' keys"),
    "policy/v1": ("قواعد السجل", "Rules of the log"),
    "bundle/v1": ("نسخ الموقع", "Releases of the site"),
    "all-keys": ("كل التغييرات مع التجديد الأسبوعي", "All of them, weekly renewals too"),
    "date": ("التاريخ", "Date"),
    "what": ("ما تغيّر", "What"),
    "who": ("من انضم ومن غادر", "Joined, left"),
    "signers": ("وقّعه", "Signed by"),
    "joined": ("انضم", "joined"),
    "left": ("غادر", "left"),
    "readers": ("عدد القراء", "readers"),
    "findings": ("المخالفات", "Findings"),
    "observed": (
        "ما رآه هذا المدقق وحده، ومعه دليله",
        "Seen by this auditor, with evidence",
    ),
    "entry": ("سطر", "entry"),
    "record": ("ما حدث للآراء", "What became of the views"),
    "record-more": (
        "أعداد وقعها اثنان من القراء، مقربة إلى خمسات. العدد من 1 إلى 4 لا يُذكر.",
        "Counts that two reviewers signed, rounded down to fives. A count from 1 to 4 is not told.",
    ),
    "no-body": ("لم يُنقل شيء إلى جهة بعد", "nothing sent to a body yet"),
    "no-record": ("لم يُنشر شيء بعد.", "Nothing is published yet."),
    "coverage": ("من شارك", "Who took part"),
    "coverage-more": (
        "ما ذكره المرسلون عن أنفسهم، وعدّه اثنان من القراء مرة واحدة بعد آخر يوم من الموضوع.",
        "What senders said of themselves. Two reviewers counted it once, after a topic's last day.",
    ),
    "withheld": (
        "لا يُذكر شيء هنا، لأن حساب عدد صغير ممكن.",
        "Nothing is told here, because a small number could be worked out.",
    ),
    "limits": ("ما لا يثبته هذا التقرير", "What this report does not prove"),
    "limit-1": (
        "رسالة رُفضت قبل صدور تعهد بها لا تظهر في السجل.",
        "A case that was refused before a promise was given is not in the log.",
    ),
    "limit-2": (
        "حذف رسالة بعد التعهد بها يراه صاحب التعهد فقط، ومن يجرّب الموقع برسائل من عنده.",
        "That a promised case was dropped is seen by the holder of the promise only, and by"
        " auditors who send test cases.",
    ),
    "limit-3": (
        "السجل يقول إن جوابًا صدر، ولا يقول هل هو جواب جيد.",
        "The log says that there was an answer, not whether it was a good one.",
    ),
    "limit-4": (
        "عدد الرسائل الحقيقي في كل أسبوع معلن قصدًا. لا شيء أدق من ذلك معلن.",
        "The true number of cases of each week is public on purpose. Nothing finer is.",
    ),
    "again": ("إعادة هذا التقرير", "Making this report again"),
    "again-more": (
        "كل مدقق يقرأ النسخة الموقعة نفسها يحصل على التقرير نفسه حرفًا بحرف.",
        "Every auditor of the same checkpoint gets the same report, byte for byte.",
    ),
    "size": ("عدد الأسطر", "Entries"),
    "root": ("جذر الشجرة", "Root of the tree"),
    "quorum": ("الشهود المطلوبون", "Quorum"),
    "seen-by": ("رآه الشهود", "Seen by"),
    "mirror": ("بصمة الملفات (SHA-256)", "SHA-256 of the files"),
    "policy": ("بصمة سياسة الشهود", "SHA-256 of the policy"),
    "tool": ("البرنامج", "Program"),
    "none": ("لا يوجد", "none"),
    "no-cases": ("لا رسائل بعد", "No cases yet"),
}

MONTHS: Final = (
    ("كانون الثاني", "January"),
    ("شباط", "February"),
    ("آذار", "March"),
    ("نيسان", "April"),
    ("أيار", "May"),
    ("حزيران", "June"),
    ("تموز", "July"),
    ("آب", "August"),
    ("أيلول", "September"),
    ("تشرين الأول", "October"),
    ("تشرين الثاني", "November"),
    ("كانون الأول", "December"),
)


def text(key: str, lang: Lang) -> str:
    """A sentence or a word of the page."""
    return TEXTS[key][LANGS.index(lang)]


def status_word(status: str, lang: Lang) -> str:
    """What a status is called; one that nobody knows is shown as it is spelled."""
    return STATUSES.get(status, (status, status))[LANGS.index(lang)]


def column_word(column: str, lang: Lang) -> str:
    """What is counted in a column of the public record."""
    known = {**STATUSES, **COUNTS}
    return known.get(column, known.get(column.replace("-", ":"), (column,) * 2))[LANGS.index(lang)]


def fact_word(name: str, lang: Lang) -> str:
    """What a fact of a finding is called; one that nobody knows is shown as it is spelled."""
    return FACTS.get(name, (name, name))[LANGS.index(lang)]


def about_word(name: str, lang: Lang) -> str:
    """A question of `crypto.about`, or a word that answers one."""
    return ABOUT_WORDS[name].text(lang)


def told_word(count: str, lang: Lang) -> str:
    """A count as the public record tells it: a number, or that it is no number."""
    return TOLD.get(count, (count, count))[LANGS.index(lang)]


def day_in_words(instant: str, lang: Lang) -> str:
    """`2026-11-25` as `25 November 2026`; a time of day stays behind it."""
    day, _, time = instant.partition("T")
    year, month, number = day.split("-")
    month_word = MONTHS[int(month) - 1][LANGS.index(lang)].replace(" ", "\u00a0")
    words = f"{int(number)}\u00a0{month_word} {year}"
    return f"{words} {time.removesuffix('Z')}\u00a0UTC" if time else words
