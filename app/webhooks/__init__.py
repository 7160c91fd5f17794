"""Webhooks: what others hear of us, from the outbox (docs/webhooks.md)."""
