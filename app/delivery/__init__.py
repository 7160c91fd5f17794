"""Delivery: launch, claim, send, record; the ledger that nobody is twice in."""
