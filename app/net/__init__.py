"""Requests to other people's servers: where they may go, and for how long (docs/adr/0011)."""
