"""Plain frozen data that the rooms hand to each other; standard library only.

One module per thing: a record of one query, the workload of a log, the mapping of a
project's models, the schema and server of a database, a plan, a finding with its fix.
"""
