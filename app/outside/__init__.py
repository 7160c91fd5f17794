"""State kept outside the database: how far it has sent, and who left since (docs/adr/0018)."""
