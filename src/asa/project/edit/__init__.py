"""Edits of the project's Python source that keep its form; libcst is loaded here alone."""

from asa.project.edit.declaration import Declaration
from asa.project.edit.index import with_index
from asa.project.edit.index_removal import without_index
from asa.project.edit.source import NotEdited, edited

__all__ = ["Declaration", "NotEdited", "edited", "with_index", "without_index"]
