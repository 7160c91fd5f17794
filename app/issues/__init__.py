"""Issues: loaded, edited, stepped through their life, sent on their day."""
