"""The Markdown that texts of a story may hold: read once, written as HTML, text or bare words."""
