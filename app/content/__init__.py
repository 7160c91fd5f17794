"""Content: a digest in three forms, parsed to drafts and written again; pure."""
