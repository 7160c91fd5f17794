"""Transports: how mail leaves."""
