"""The publication: its categories, its hours and days, its time zones and language."""
