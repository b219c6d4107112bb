"""Rules over a workload, its plans and its schema.

A rule's `check` takes the `Case` and yields a `Finding`, or a `NotJudged` where it keeps
silent for a reason that the user should know.
"""
