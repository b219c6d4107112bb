"""Findings out: to a terminal, JSON, SARIF, GitHub annotations or Markdown."""
