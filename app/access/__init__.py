"""Who may call the API, and what was answered before."""
