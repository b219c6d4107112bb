"""The workflow of `asa lint`: from a project to the judgement of its models and settings."""

from asa.lint.lint import Lint, lint

__all__ = ["Lint", "lint"]
