"""A local SES: the SESv2 API for the real boto3 client, and an inbox for a person to read.

`make_app` (app.py) puts it together and `python -m localdev.ses` serves it. A request goes
wire.py → sending.py or account.py → store.py; what was accepted is read back through search.py
by inbox.py (pages) and checks.py (JSON). Events are read out of the same store: feed.py says
which are due (knobs.py how they misbehave), payloads.py and envelope.py what they say, and
event_queue.py behind sqs.py, or webhook.py, hands them out. mishaps.py makes calls go wrong on
purpose, and control.py turns all of it while it runs.
"""

from localdev.ses.app import make_app
from localdev.ses.store import Store, close_store, open_store

__all__ = ["Store", "close_store", "make_app", "open_store"]
