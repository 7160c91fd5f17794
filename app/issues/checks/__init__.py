"""Checks before sending: pure functions from what an Issue says to findings.

`gather` reads the facts, `registry` runs the checks over them, `check` is what the
API, the command line and approval call.
"""
