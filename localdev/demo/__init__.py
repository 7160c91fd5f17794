"""`devoured demo`: the whole service on one machine, and a digest delivered by it.

run.py leads: processes.py starts the parts, editor.py asks the API for what an editor would,
follow.py watches the send, report.py says what was sent, check.py reads every message back.
"""
