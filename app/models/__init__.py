"""Tables only, one file per noun; importing this package knows them all."""

from app.models.access import ApiKey, IdempotencyKey
from app.models.delivery import Batch, Call, Delivery, Edition, Letter
from app.models.issue import Issue, ScheduleDay, Story
from app.models.publication import MAX_CATEGORIES, Category, Publication
from app.models.subscriber import Subscriber, Suppression

__all__ = [
    "MAX_CATEGORIES",
    "ApiKey",
    "Batch",
    "Call",
    "Category",
    "Delivery",
    "Edition",
    "IdempotencyKey",
    "Issue",
    "Letter",
    "Publication",
    "ScheduleDay",
    "Story",
    "Subscriber",
    "Suppression",
]
