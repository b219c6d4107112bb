"""Judge revisions before they run: what each would do, heard without a database, and the rules.

`review` is the workflow; `choice` says which revisions, `target_state` what the database told,
`changes` brings each to the rules; `collection` runs a revision's functions and notes their
operations, `statement` reads raw SQL into the same, `schema_state` follows the schema as it
becomes.
"""
