"""AWS: what this service uses there, what it must be allowed, and making both."""
