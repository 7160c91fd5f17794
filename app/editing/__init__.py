"""Editing together: an issue's shared document, and how it becomes the issue's stories."""
