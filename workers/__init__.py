"""Celery: thin tasks around the steps of `app`, and the beat that looks for work."""
