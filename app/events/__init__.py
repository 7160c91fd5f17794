"""Events: what SES tells of a message: verified, stored raw, read, and applied to the ledger."""
