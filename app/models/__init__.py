"""Tables only, one file per noun; importing this package knows them all."""

from app.models.access import ApiKey, IdempotencyKey
from app.models.account import Account
from app.models.ask import Ask, Mailbox
from app.models.audit import AuditEntry
from app.models.check import LinkCheck, Waiver
from app.models.consent import Consent, Wording
from app.models.correction import Correction
from app.models.deferral import Deferral
from app.models.delivery import (
    AcceptedBy,
    Batch,
    Call,
    Delivery,
    DeliveryCount,
    Edition,
    Letter,
    Resend,
    Served,
)
from app.models.document import Document, DocumentUpdate
from app.models.event import Event
from app.models.image import Image
from app.models.imports import ErasedAddress, Import, ImportBadRow, ImportPiece, ImportRow
from app.models.installation import Installation
from app.models.issue import DroppedStory, Issue, ScheduleDay, Story, UnplacedLine
from app.models.notice import Notice
from app.models.opinion import Opinion
from app.models.outbox import OutboxEntry, OutboxKind
from app.models.paste import Paste
from app.models.publication import MAX_CATEGORIES, Category, CategoryState, Publication
from app.models.reputation import ReputationDay, ReputationRequirement
from app.models.revision import Revision
from app.models.setback import Setback
from app.models.share import Share
from app.models.sign_in import Challenge, ChallengeKind, Identity, Passkey
from app.models.subscriber import Lift, ReaderSign, Subscriber, SunsetAsk, Suppression
from app.models.tracking import ReaderClick, TrackedLink
from app.models.user import SignInLink, User, UserSession
from app.models.webhook import (
    AttemptOutcome,
    DisabledBecause,
    MessageState,
    Webhook,
    WebhookAttempt,
    WebhookMessage,
    WebhookPosition,
)

__all__ = [
    "MAX_CATEGORIES",
    "AcceptedBy",
    "Account",
    "ApiKey",
    "Ask",
    "AttemptOutcome",
    "AuditEntry",
    "Batch",
    "Call",
    "Category",
    "CategoryState",
    "Challenge",
    "ChallengeKind",
    "Consent",
    "Correction",
    "Deferral",
    "Delivery",
    "DeliveryCount",
    "DisabledBecause",
    "Document",
    "DocumentUpdate",
    "DroppedStory",
    "Edition",
    "ErasedAddress",
    "Event",
    "IdempotencyKey",
    "Identity",
    "Image",
    "Import",
    "ImportBadRow",
    "ImportPiece",
    "ImportRow",
    "Installation",
    "Issue",
    "Letter",
    "Lift",
    "LinkCheck",
    "Mailbox",
    "MessageState",
    "Notice",
    "Opinion",
    "OutboxEntry",
    "OutboxKind",
    "Passkey",
    "Paste",
    "Publication",
    "ReaderClick",
    "ReaderSign",
    "ReputationDay",
    "ReputationRequirement",
    "Resend",
    "Revision",
    "ScheduleDay",
    "Served",
    "Setback",
    "Share",
    "SignInLink",
    "Story",
    "Subscriber",
    "SunsetAsk",
    "Suppression",
    "TrackedLink",
    "UnplacedLine",
    "User",
    "UserSession",
    "Waiver",
    "Webhook",
    "WebhookAttempt",
    "WebhookMessage",
    "WebhookPosition",
    "Wording",
]
