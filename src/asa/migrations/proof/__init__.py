"""Prove revisions on scratch databases, behind a guard that lets nothing else be reached.

`revision_proof` takes one revision up, down and up again; `replay` makes a schema from the
history, `rehearsal` applies what is pending, `verification` proves the whole history.
"""
