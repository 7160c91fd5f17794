"""Versions: see `app.versions`."""

from app.versions import Expected, refuse_stale

__all__ = ["Expected", "refuse_stale"]
