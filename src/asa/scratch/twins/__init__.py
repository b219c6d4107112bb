"""Twins: databases without the data that plan as the real one does, and one more index besides."""
