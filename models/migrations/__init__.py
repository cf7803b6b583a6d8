"""How old ledgers become new ones: a baseline as plain SQL for each database, then one step a file.

After the first release a baseline is never edited: a change of `models/tables.py` gets a new file in
`versions/`, whose revision is added to `models.schema.REVISIONS`.
"""
