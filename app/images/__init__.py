"""Images of stories: read, made safe and small, stored once, and served by us (docs/adr/0046)."""
