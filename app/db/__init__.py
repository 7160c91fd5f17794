"""The database: engine, sessions, the only commit."""
