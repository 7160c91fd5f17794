"""Rendering: MJML and Jinja to HTML and text; pure."""
