"""Text to facts: fingerprints, statements, the columns that predicates name."""
