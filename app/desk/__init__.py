"""The desk: the pages of those who work here, under `/desk`, for who is signed in."""
