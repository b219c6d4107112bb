"""Applies what findings propose: to the project's source, shown first, written whole or not."""
