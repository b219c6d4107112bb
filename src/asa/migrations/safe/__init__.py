"""Forms of operations that let an application go on working while they run.

`pairing` puts what an upgrade does beside what its downgrade undoes; a module for each dialect
knows the forms, as far as a server lets them be; `chain` makes one revision or several of them.
"""
