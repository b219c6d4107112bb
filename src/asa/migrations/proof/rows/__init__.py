"""Rows that asa makes for the tables of a scratch database, so that constraints have work to do.

`demand` asks the catalog what a table demands of a row, `value` makes one value, `filling` puts
rows into every table that lacks them. The rows are the same in every run.
"""
