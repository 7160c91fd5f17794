"""Bringing a restored database up to date before it sends again (docs/restore.md)."""
