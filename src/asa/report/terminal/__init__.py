"""The terminal face: symbols and roles, and findings at 80 columns."""
