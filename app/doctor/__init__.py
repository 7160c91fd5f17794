"""Doctor: whether what the service stands on is well, and how to mend what is not."""
