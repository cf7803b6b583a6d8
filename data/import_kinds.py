"""Every further kind of problem and notice of files that go into the ledger, with its remedy.

The kinds of data/problem_kinds.py hold for them too. docs/errors.md is generated from here as well.
"""

from __future__ import annotations

from allocator.sentence import say
from data.problems import Kind

__all__ = ["IMPORT_NOTICES", "IMPORT_PROBLEMS"]

# Files.
UPLOAD_MISSING = Kind(
    "upload-missing",
    say("There is no such file or folder."),
    say("Check the name; give a CSV file, an .xlsx workbook, a .json file, policy.toml or a folder of these."),
)
UPLOAD_FORM = Kind(
    "upload-form",
    say("This is none of the files that can be taken in."),
    say("Give a CSV file, an .xlsx workbook, a .json file, policy.toml or a folder of these."),
)
UPLOAD_KIND = Kind(
    "upload-kind",
    say('The name "{found}" does not say what it holds.'),
    say("Name it after a table ({kinds}), or say it with --as."),
)
UPLOAD_EMPTY = Kind(
    "upload-empty",
    say("No table that can be taken in is in here."),
    say("Name files or sheets after a table: {kinds}."),
)
UPLOAD_AS_MANY = Kind(
    "upload-as-many",
    say("--as speaks of one table, and this holds several sheets: {sheets}."),
    say("Name the sheet that is meant {due}, or leave out --as and name each sheet after its table."),
)
UPLOAD_AS_POLICY = Kind(
    "upload-as-policy",
    say("A policy is a .toml file, and this is none."),
    say("Write it as policy.toml, or leave out --as policy."),
)
KIND_UNCLEAR = Kind(
    "kind-unclear",
    say("By its headers this may be any of: {kinds}."),
    say("Say which it is with --as, or name the sheet or the file after it."),
)
HEADERS_ALIKE = Kind(
    "headers-alike",
    say('"{first}" and "{second}" both seem to be the column {column}.'),
    say('Say which one is: --map "{first}={column}". The other one is then not read.'),
)
MERGED_NUMBER = Kind(
    "merged-number",
    say("{found} stands in one cell merged over {rows} rows, so nobody can say how it is shared out."),
    say("Split the cell, and write in each row what belongs to it."),
)
MERGED_HEADER = Kind(
    "merged-header",
    say('The header "{found}" is one merged cell with rows below it, so what stood in those is lost.'),
    say("Split the cell, and write in each row what belongs to it."),
)
JSON_BROKEN = Kind(
    "json-broken",
    say("The file is not JSON: {reason}."),
    say("Mend it there, or export the file again."),
)
JSON_SHAPE = Kind(
    "json-shape",
    say("A table is due here as a list of rows, each an object of columns."),
    say('Write {{"receipts": [{{"site": "D1", "item": "MASK", …}}]}}, or a list alone with --as.'),
)
JSON_CELL = Kind(
    "json-cell",
    say("A list or an object stands in a cell."),
    say("Write a text, a number, true, false or null."),
)

# Templates.
TEMPLATE_FORM = Kind(
    "template-form",
    say("This template was made by another version of the program, which cannot be told what it holds."),
    say("Make a new one with allocator template KIND --out FILE.xlsx, and copy the rows into it."),
)
TEMPLATE_OLD = Kind(
    "template-old",
    say("This template is older than the columns of {table}: {changes}."),
    say("Make a new one with allocator template {table} --out FILE.xlsx, and copy the rows into it."),
)
TEMPLATE_OTHER = Kind(
    "template-other",
    say("This is a template for {table}, and --as says {asked}."),
    say("Leave out --as, or fill in a template for {asked}."),
)
TEMPLATE_SHEET = Kind(
    "template-sheet",
    say('The sheet "{sheet}" of this template is gone or has another name.'),
    say("Name it so again, or fill in a new template."),
)
TEMPLATE_EMPTY = Kind(
    "template-empty",
    say("Nothing is filled in below the example."),
    say("Fill in the rows below the grey one; the example itself is not taken in."),
)

# Codes.
SITE_CODE_KEPT = Kind(
    "site-code-kept",
    say("{found} is a code that the ledger keeps for itself."),
    say("Choose another code for the site."),
)

# Monthly reports.
MONTH_UNCLEAR = Kind(
    "month-unclear",
    say('"{found}" is not a month.'),
    say("Write it as year and month: 2020-02; or the month's number, with a column year beside it."),
)
REPORT_TWICE = Kind(
    "report-twice",
    say("{site} reports {item} for this month a second time; row {first} does already."),
    say("Keep one of the two."),
)

# Names.
NAME_SEVERAL = Kind(
    "name-several",
    say('Several are called "{found}": {candidates}.'),
    say('Write the code, or say which is meant: --choose "{found}={code}". Do not choose by chance.'),
)
NAME_LIKE = Kind(
    "name-like",
    say('Nothing is called "{found}"; like it are: {candidates}.'),
    say('If one of them is meant, write its code or say so: --choose "{found}={code}"; else take it in first.'),
)
NAME_OF_OTHER = Kind(
    "name-of-other",
    say('Beside the code {found} stands "{name}", which is the name of {other}.'),
    say("Mend the code or the name."),
)

# Units.
UNIT_UNKNOWN = Kind(
    "unit-unknown",
    say('"{found}" of {item}: nobody has said how many {base} are in one {unit}.'),
    say("Write {base}, or say it in a table measures: item {item}, unit {unit}, amount, of {base}."),
)
UNIT_CLASH = Kind(
    "unit-clash",
    say('"{found}" and "{other}" beside it speak of different units.'),
    say("Write one unit only, beside the number or in the column for it."),
)
UNIT_CONTRADICTS = Kind(
    "unit-contradicts",
    say('"{found}" of {item}: one {unit} would be {amounts} {base}, by what the catalogue and this row say.'),
    say("Mend the specification here or in measures, or write {base}."),
)
UNIT_NOT_WHOLE = Kind(
    "unit-not-whole",
    say('"{found}" of {item} comes to {amount} {unit}, which is not whole.'),
    say("Write whole {unit}, or check what a unit holds."),
)
PRICE_UNCLEAR = Kind(
    "price-unclear",
    say("The price {found} stands in a row whose units are others than the item's own, so it may be of either."),
    say("Write units and price in the item's own unit, or leave the price empty."),
)

# Activity, local facts, fleets.
PLACE_UNKNOWN = Kind(
    "place-unknown",
    say('"{found}" is neither a site nor an area, and no site lies in an area whose code begins so.'),
    say("Check the code, or take in the site or the area first."),
)
ENDS_BEFORE = Kind(
    "ends-before",
    say("It ends on {found}, before it begins on {begins}."),
    say("Mend one of the two days."),
)
MORE_WORK = Kind(
    "more-work",
    say("{found} work of the {held} that are there."),
    say("Write how many were there at all, and how many of them worked."),
)

# Rules on needs.
NEED_ITEM_UNKNOWN = Kind(
    "need-item-unknown",
    say('A rule on needs names an item "{found}", which is not in items.'),
    say('If "{near}" is meant, write that; else delete the rule.'),
)
COEFFICIENT_TWICE = Kind(
    "coefficient-twice",
    say("Coefficient {found} is of the same item, driver, kind and posture as coefficient {first}."),
    say("Keep one of the two."),
)

# Documents.
DAY_AHEAD = Kind(
    "day-ahead",
    say("{found} is yet to come; today is {today}."),
    say("Mend the day, or take it in when it has happened."),
)
NUMBER_TWICE = Kind(
    "number-twice",
    say("Number {number} stands here with {found}, and in row {first} with {other}."),
    say("Give each document a number of its own, or mend the row."),
)
WAY_UNKNOWN = Kind(
    "way-unknown",
    say('"{found}" is no way of reporting.'),
    say("Write one of: {ways}."),
)
REPORTER_TWICE = Kind(
    "reporter-twice",
    say("One document is reported here by {found}, and in row {first} by {other}."),
    say("Give what somebody else reported a number of its own, or mend the row."),
)
LOT_SEVERAL = Kind(
    "lot-several",
    say("There are lots {lot} of {item} with different expiry dates: {days}."),
    say("Say in the column expires which one is meant."),
)

GTIN_WRONG = Kind(
    "gtin-wrong",
    say('"{found}" is no GTIN: it has not 8, 12, 13 or 14 digits, or its last digit does not check the others.'),
    say("Copy the digits under the bars again; format the column as text."),
)
GTIN_TWICE = Kind("gtin-twice", say("GTIN {found} stands here twice."), say("Keep one row of it."))
GTIN_PARTS = Kind(
    "gtin-parts", say("A pack holds a whole number of units."), say("Write how many base units are in the pack.")
)
STANDARD_OTHER = Kind(
    "standard-other",
    say("{standard} is a standard of another kind of item than {item}."),
    say("Check the standard on the box and the item; mend the one that is wrong."),
)

IMPORT_PROBLEMS = tuple(kind for kind in list(globals().values()) if isinstance(kind, Kind) and kind.mend)
"""Every kind of problem, in the order above."""

# Notices: said, and no obstacle.
POLICY_DATE_UNUSED = Kind(
    "policy-date-unused", say("The date in the policy is not kept: its day is that of each allocation.")
)
AREAS_UNKNOWN = Kind(
    "areas-unknown", say('{rows} sites lie in areas that are not among the areas of the ledger, first "{code}".')
)
REPORT_UNBALANCED = Kind(
    "report-unbalanced",
    say("{site}, {item}, {month}: opening, received, distributed and adjustment do not come to closing."),
)
REPORT_BREAKS = Kind(
    "report-breaks",
    say("{site}, {item}: {month} begins with {opening}, and the month before ended with {before}."),
)
NAME_READ = Kind("name-read", say('"{found}" is read as {code}; rows: {rows}.'))
UNIT_READ = Kind(
    "unit-read",
    say('{item}: one {unit} is read as {one} {base}; rows: {rows}, first "{found}" as {became}.'),
)
UNIT_ROUNDED = Kind(
    "unit-rounded",
    say('{item}: one {unit} is read as {one} {base} and rounded; rows: {rows}, first "{found}" as {became}.'),
)
KIND_GUESSED = Kind("kind-guessed", say("Read as {table}, by its headers and title."))
ROWS_PASSED = Kind("rows-passed", say("Totals and what stands below the table are not read: rows {rows}."))
NOT_COUNTED = Kind("not-counted", say("{rows} rows are blank, so those items are not counted."))

STANDARD_UNREAD = Kind("standard-unread", say('"{found}" names no GB, YY or WS standard.'))
STANDARD_REMARK = Kind("standard-remark", say("{remark}"))
UNCERTIFIED = Kind(
    "uncertified", say("{rows} rows have no certificate; by the policy they wait in quarantine until it comes.")
)

IMPORT_NOTICES = tuple(kind for kind in list(globals().values()) if isinstance(kind, Kind) and not kind.mend)
"""Every kind of notice."""
