"""Can the application really use this database: the steps of `asa check-connection`.

`check` connects as the application does, through an async pool with `pool_pre_ping`, and
watches that one connection come to be; nothing is probed on the side unless it failed.
"""
