"""Import: a file of readers from elsewhere, read, shown, and added by set-based steps."""
