"""The pages that readers see, rendered on the server."""
