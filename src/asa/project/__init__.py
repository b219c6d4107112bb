"""The user's repository: found by reading its source, confirmed by importing it elsewhere.

`find` reads files and imports nothing. `load` runs `worker.py` in the project's own
interpreter and brings back plain data.
"""
