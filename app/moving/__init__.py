"""Moving: everything that is kept, taken out as files and brought into an empty installation."""
