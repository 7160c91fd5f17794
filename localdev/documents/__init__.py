"""`make docs`: the site of the documents, made from docs/ and from the code."""
