"""Set a repository up: plan an Alembic environment from what was found, then write it.

`templates/` holds the files that asa writes, as real files; a line that ends in
`# asa: NAME` is the only kind of place that is filled in.
"""
