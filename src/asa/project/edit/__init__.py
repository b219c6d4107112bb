"""Edits of the project's Python source that keep its form; libcst is loaded here alone."""

from asa.project.edit.source import NotEdited, edited

__all__ = ["NotEdited", "edited"]
