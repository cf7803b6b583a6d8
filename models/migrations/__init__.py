"""How old ledgers become new ones: a baseline as plain SQL for each database, then one step a file.

A baseline is never edited, nor is a step once it is released: a change of `models/tables.py` gets a new file in
`versions/`, whose revision is added to `models.schema.REVISIONS`. docs/upgrading.md says how.
"""
