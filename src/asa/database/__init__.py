"""A database that exists: its URL, its engine, and what each dialect knows how to ask it.

`postgresql`, `mysql` and `sqlite` hold the same files: `server`, `schema`, `explain`,
`cause`. A workflow takes the `Dialect` of its URL and never asks which one it is.
"""
