"""Readers: they sign up, confirm, choose, leave."""
