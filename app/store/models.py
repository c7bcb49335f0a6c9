"""The tables. Columns only: queries are in the modules beside this one.

Rules the schema keeps:

* Primary keys are hashes or chosen by people, never counters, and SQLite tables are
  WITHOUT ROWID: neither a key nor a page offset tells in which order rows came.
* The finest time is an ISO week. `pending_leaf` alone has a date, the day by which its
  leaf must be in the log; nothing links it to a case.
* Tables called `log_…` hold what the log publishes, so their numbers and times are public.
  Nothing links a case, or a cover leaf, to the accept leaf that stands for it: only the
  cohort is known, which is a week.
* Ciphertext is in the blob store; rows name it by its SHA-256.
"""

from datetime import date
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_WITHOUT_ROWID = {"sqlite_with_rowid": False}
_HAS_SEED = text("length(roll_seed) > 0")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {bytes: LargeBinary, str: Text}


class CaseFile(Base):
    """One submission. `slot` is H(name); whoever shows `auth` with H(auth) = `auth_hash` owns it.

    `request_tag` tells a repeated request from another one under the same name. `cohort` is
    that of the batch with its leaf, None while the leaf waits. `roll_seed` is emptied when the
    last roll of the cohort is in the log; until then no two cases may share one, because a
    roll has each tag once. `objection_until` is the first day on which the case may be relayed,
    while its words lie before the citizen.
    """

    __tablename__ = "case_file"

    slot: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    auth_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    roll_seed: Mapped[bytes] = mapped_column(LargeBinary(32))
    week: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(12))
    envelope_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    envelope_bytes: Mapped[int] = mapped_column(Integer)
    request_tag: Mapped[bytes] = mapped_column(LargeBinary(32))
    disposition: Mapped[str | None] = mapped_column(Text)
    cohort: Mapped[str | None] = mapped_column(String(20))
    objection_until: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("envelope_bytes > 0", name="envelope_not_empty"),
        Index(
            "uq_case_file_roll_seed",
            "roll_seed",
            unique=True,
            sqlite_where=_HAS_SEED,
            postgresql_where=_HAS_SEED,
        ),
        _WITHOUT_ROWID,
    )


class AttachmentFile(Base):
    """An attached age file, under the case it came with."""

    __tablename__ = "attachment"

    case_slot: Mapped[bytes] = mapped_column(
        LargeBinary(32), ForeignKey("case_file.slot", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    bytes: Mapped[int] = mapped_column(Integer)

    __table_args__ = (_WITHOUT_ROWID,)


class MessageFile(Base):
    """A follow-up (lane `citizen`) or a reply (lane `team`) under its own one-time name.

    Nothing here says which case it belongs to; only the thread's holders can tell.
    `copy_digest` is a reply's second envelope, for the reviewer's colleagues.
    """

    __tablename__ = "message"

    slot: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    lane: Mapped[str] = mapped_column(String(7))
    auth_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    copy_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    request_tag: Mapped[bytes] = mapped_column(LargeBinary(32))
    week: Mapped[str] = mapped_column(String(8))

    __table_args__ = (
        CheckConstraint("lane IN ('citizen', 'team')", name="lane"),
        _WITHOUT_ROWID,
    )


class PendingLeaf(Base):
    """A promised commitment that the log must show by `merge_by`."""

    __tablename__ = "pending_leaf"

    commitment: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    merge_by: Mapped[date]

    __table_args__ = (_WITHOUT_ROWID,)


class KeyringNote(Base):
    """A verified keyring, valid from `not_before` up to but not on `not_after`."""

    __tablename__ = "keyring"

    serial: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    not_before: Mapped[date]
    not_after: Mapped[date]
    note: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("serial > 0", name="serial_from_one"),
        _WITHOUT_ROWID,
    )


class TopicPage(Base):
    """A topic as `app.domain.topics.Topic.encode` writes it."""

    __tablename__ = "topic"

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[str] = mapped_column(Text)

    __table_args__ = (_WITHOUT_ROWID,)


class SpentStatement(Base):
    """H of a statement that two reviewers signed: it moves a case once, and never again."""

    __tablename__ = "spent_statement"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    case_slot: Mapped[bytes] = mapped_column(LargeBinary(32))

    __table_args__ = (_WITHOUT_ROWID,)


class TeamNoteFile(Base):
    """What a reviewer tells the others: ciphertext under a random name, and nothing more."""

    __tablename__ = "team_note"

    slot: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    week: Mapped[str] = mapped_column(String(8))

    __table_args__ = (_WITHOUT_ROWID,)


class AgencyPlan(Base):
    """A communication plan as `app.domain.agencies.Agency.encode` writes it."""

    __tablename__ = "agency"

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[str] = mapped_column(Text)

    __table_args__ = (_WITHOUT_ROWID,)


class RelayFile(Base):
    """What went to an agency. Nothing here says which cases it holds.

    `packet_digest` is an age file that opens with the link's secret only; whoever shows the
    link's proof with H(proof) = `link_hash` may answer, once. `answer_digest` is the age file
    of the answer, `document_digest` that of its document, both to the reviewers.
    """

    __tablename__ = "relay"

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    agency: Mapped[str] = mapped_column(String(64))
    topic: Mapped[str] = mapped_column(String(64))
    due: Mapped[date]
    packet_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    link_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    answer_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    document_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))

    __table_args__ = (
        Index("uq_relay_link_hash", "link_hash", unique=True),
        _WITHOUT_ROWID,
    )


class PublicRecord(Base):
    """A line of the public record (`crypto.record`), signed by two reviewers.

    `subject` is the relay's id in base64, the week of a tally, or a topic's slug (and version).
    `is_logged` once it is in the log.
    """

    __tablename__ = "public_record"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text)
    is_logged: Mapped[bool]

    __table_args__ = (
        UniqueConstraint("kind", "subject", name="uq_public_record_kind"),
        CheckConstraint("kind IN ('relay', 'outcome', 'tally', 'topic', 'coverage')", name="kind"),
        _WITHOUT_ROWID,
    )


class MemberNote(Base):
    """An application (`serial` 0) or a register of members (`crypto.membership`)."""

    __tablename__ = "member_note"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    serial: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text)
    is_logged: Mapped[bool]

    __table_args__ = (_WITHOUT_ROWID,)


class AcceptedLeaf(Base):
    """A commitment that the log has: it is never accepted again."""

    __tablename__ = "accepted_leaf"

    commitment: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)

    __table_args__ = (_WITHOUT_ROWID,)


class CoverLeaf(Base):
    """What answers in rolls for a leaf that stands for no submission."""

    __tablename__ = "cover_leaf"

    roll_seed: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    cohort: Mapped[str] = mapped_column(String(20))

    __table_args__ = (_WITHOUT_ROWID,)


class LogRules(Base):
    """Rules (`crypto.tlog.rules`) that were verified when they were stored."""

    __tablename__ = "log_rules"

    serial: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(Text)

    __table_args__ = (_WITHOUT_ROWID,)


class LogCohort(Base):
    """A cohort of which rolls are still to come.

    Times are POSIX seconds. `end_at` and `ages` (`7d 28d 60d`) are None until it is closed;
    `rolls` has the ages whose rolls are in the log.
    """

    __tablename__ = "log_cohort"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    last_slot: Mapped[int] = mapped_column(BigInteger)
    end_at: Mapped[int | None] = mapped_column(BigInteger)
    ages: Mapped[str | None] = mapped_column(Text)
    rolls: Mapped[str] = mapped_column(Text)

    __table_args__ = (_WITHOUT_ROWID,)


class LogBundle(Base):
    """256 entries of the log or, at its end, `width` of them, as tlog-tiles encodes them."""

    __tablename__ = "log_bundle"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    width: Mapped[int] = mapped_column(Integer)
    data: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (_WITHOUT_ROWID,)


class LogTile(Base):
    """256 hashes of a level of the tree or, at its end, `width` of them."""

    __tablename__ = "log_tile"

    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    width: Mapped[int] = mapped_column(Integer)
    data: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (_WITHOUT_ROWID,)


class LogCheckpoint(Base):
    """A checkpoint with the log's own signatures, and the last slot in its tree."""

    __tablename__ = "log_checkpoint"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(Text)

    __table_args__ = (_WITHOUT_ROWID,)


class ParticipationCount(Base):
    """How often something was asked for in a week, by everybody together and never exactly.

    Noise was added before it came here (`app.web.participation`), so it may be below 0.
    """

    __tablename__ = "participation_count"

    week: Mapped[str] = mapped_column(String(8), primary_key=True)
    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    amount: Mapped[int] = mapped_column(Integer)

    __table_args__ = (_WITHOUT_ROWID,)
