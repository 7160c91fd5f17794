"""Devoured: a daily digest by mail, every reader's own edition, sent exactly once."""
