"""What runs inside the user's program: the hook on SQLAlchemy that records its queries.

`run` starts the command with the folder `launcher` first on its PYTHONPATH; the
`sitecustomize` there loads this package by its path, under a private name, into each Python
process. So the program sees neither asa nor anything installed beside it, and modules here
import each other and `model` relatively.
"""
