"""API keys, and the answers kept for requests that are sent again."""
