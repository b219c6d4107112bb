"""Workflow over Alembic: write a revision, apply and undo, say where everything stands.

Alembic runs in the main thread with no event loop running, since an async env.py starts its
own. The env.py may be the one that asa wrote or anybody's: everything that asa learns, it
learns inside `context.run_migrations`, from the connection that env.py really opened.
"""
