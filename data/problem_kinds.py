"""Every kind of problem and notice the door of a case can report, with its remedy.

docs/errors.md is generated from here, and a test makes each of them happen.
"""

from __future__ import annotations

from allocator.sentence import say
from data.problems import MANY_MORE, Kind

__all__ = ["NOTICES", "PROBLEMS"]

# Files.
CASE_MISSING = Kind(
    "case-missing",
    say("There is no such file or folder."),
    say("Give the folder with the case's CSV files, or one .xlsx workbook."),
)
CASE_FORM = Kind(
    "case-form",
    say("This is neither a folder nor an .xlsx workbook."),
    say("Give the folder that holds the CSV files, or save the workbook as .xlsx."),
)
CASE_EMPTY = Kind(
    "case-empty",
    say("No table of a case is in here."),
    say("A case needs {tables}. Is it the folder above or below this one?"),
)
CASE_IS_PLAN = Kind(
    "case-is-plan",
    say("This folder holds a plan ({found}), not a case."),
    say("Give the folder or workbook that the plan was made from."),
)
TABLE_MISSING = Kind(
    "table-missing",
    say("The table {table} ({table_zh}) is missing."),
    say("Add it, with the columns {columns}; if there is nothing to say, with the header row alone."),
)
TABLE_TWICE = Kind(
    "table-twice",
    say("The table {table} is there twice, as {first} and {second}."),
    say("Keep one of them."),
)
FILE_UNREADABLE = Kind(
    "file-unreadable",
    say("The file cannot be opened: {reason}."),
    say("Close it in other programs and check that you may read it."),
)
FILE_EMPTY = Kind(
    "file-empty",
    say("The file is empty."),
    say("Write at least the header row. A table that a case need not have may be deleted."),
)
FILE_IS_WORKBOOK = Kind(
    "file-is-workbook",
    say("This is a workbook, although its name ends in {ending}."),
    say("Open it in Excel or WPS and save the sheet as CSV UTF-8; or give the workbook itself, named .xlsx."),
)
TABLE_EMPTY = Kind(
    "table-empty",
    say("The table {table} has a header but no rows."),
    say("Fill in at least one row."),
)
FILE_TOO_LARGE = Kind(
    "file-too-large",
    say("The file has {found} bytes; at most {limit} are read."),
    say("Split the case, for example by area."),
)
TOO_MANY_ROWS = Kind(
    "too-many-rows",
    say("The table has {found} rows; at most {limit} are read."),
    say("Split the case, for example by area."),
)
TOO_MANY_COLUMNS = Kind(
    "too-many-columns",
    say("The table has {found} columns; at most {limit} are read."),
    say("Delete the columns that are not in the case format; look for a stray cell far to the right."),
)
ENCODING = Kind(
    "encoding",
    say("Byte {position} is neither UTF-8 nor GB18030 text."),
    say("Save the file again as CSV UTF-8."),
)
NUL_BYTES = Kind(
    "nul-bytes",
    say("Byte {position} is a zero byte, so this is not a text file."),
    say("Export the table again as CSV UTF-8; a copy may have broken off."),
)
DELIMITER = Kind(
    "delimiter",
    say("The columns are separated by {found} and not by commas."),
    say("Save the file again as CSV with commas, or paste it into the workbook."),
)
QUOTE_OPEN = Kind(
    "quote-open",
    say("A quotation mark is opened here and never closed."),
    say("Close it, or write two of them where one is meant."),
)
ROW_RAGGED = Kind(
    "row-ragged",
    say("The row has {found} cells, the header has {due}."),
    say("Put texts with commas between quotation marks, and fill missing cells with nothing between commas."),
)
CSV_BROKEN = Kind(
    "csv-broken",
    say("The file is not a readable CSV table: {reason}."),
    say("Save the file again as CSV UTF-8."),
)

# Workbooks.
WORKBOOK_OLD = Kind(
    "workbook-old",
    say("This is an old .xls workbook or one with a password."),
    say("Save it as .xlsx without a password."),
)
WORKBOOK_BROKEN = Kind(
    "workbook-broken",
    say("The workbook cannot be opened: {reason}."),
    say("Open it in Excel or WPS, save it again as .xlsx, and try that copy."),
)
WORKBOOK_NONE = Kind(
    "workbook-none",
    say("This is no workbook, or only part of one, whatever its name ends in."),
    say("Open it in Excel or WPS, save it again as .xlsx, and try that copy."),
)
WORKBOOK_SWELLS = Kind(
    "workbook-swells",
    say("The workbook unpacks to more than {limit} bytes, or to more than {ratio} times its own size."),
    say("Copy the tables as values into a new workbook; send more than a million rows as CSV."),
)
WORKBOOK_TEXTS = Kind(
    "workbook-texts",
    say("The cells of the workbook come to more than {limit} bytes of text: a text of {longest} stands in very many."),
    say("Shorten that text, or leave its column out."),
)
WORKBOOK_ENTRIES = Kind(
    "workbook-entries",
    say("The workbook consists of {found} parts; at most {limit} are read."),
    say("Copy the tables as values into a new workbook."),
)
WORKBOOK_ENTITIES = Kind(
    "workbook-entities",
    say("The workbook's part {part} declares a document type or entities, which no workbook needs."),
    say("Copy the tables as values into a new workbook."),
)
SHEET_ADDRESSES = Kind(
    "sheet-addresses",
    say("Cells of the workbook's part {part} have no plain address."),
    say("Open it in Excel or WPS, save it again as .xlsx, and try that copy."),
)
SHEET_TOO_WIDE = Kind(
    "sheet-too-wide",
    say("A cell stands at {cell}: beyond {columns} columns, {rows} rows or {cells} cells in all."),
    say("Delete the stray cells beyond the table, or copy the table into a new workbook."),
)
SHEET_SPARSE = Kind(
    "sheet-sparse",
    say("A cell stands as far down as row {row}: {cells} cells would be set aside for {found} that hold anything."),
    say("Delete the stray cells beyond the table, or copy the table into a new workbook."),
)
FORMULA_UNCOUNTED = Kind(
    "formula-uncounted",
    say("The formula in cell {cell} has no stored result."),
    say("Open the workbook in Excel or WPS, save it, and try again; or paste the values."),
)
ERROR_CELL = Kind(
    "error-cell",
    say("Cell {cell} shows an error such as #N/A instead of a value."),
    say("Mend its formula, or empty the cell if nobody knows the value."),
)

# Columns and cells.
COLUMN_MISSING = Kind(
    "column-missing",
    say("The column {column} ({column_zh}) is missing."),
    say("Add it, or rename the column that holds it."),
)
COLUMN_MISSING_NEAR = Kind(
    "column-missing-near",
    say("The column {column} ({column_zh}) is missing."),
    say('Is it the column "{near}"? Then rename that one to {column} ({column_zh}).'),
)
COLUMN_TWICE = Kind(
    "column-twice",
    say('The column {column} is there twice, as "{first}" and "{second}".'),
    say("Keep one of them."),
)
BLANK = Kind("blank", say("The cell is empty, and a value is due here."), say("Fill it in: {meaning}."))
NOT_A_NUMBER = Kind(
    "not-a-number",
    say('"{found}" is not a number.'),
    say("Write a plain number such as 120, without unit or words, or leave out the row if nobody knows."),
)
NUMBER_LIKELY = Kind(
    "number-likely",
    say('"{found}" is not a plain number.'),
    say("If you mean {number}, write {number}."),
)
NOT_FINITE = Kind("not-finite", say('"{found}" is not a finite number.'), say("Write the number itself."))
NOT_WHOLE = Kind(
    "not-whole",
    say('"{found}" is not a whole number of {unit}.'),
    say("Count in base units and write a whole number."),
)
TOO_SMALL = Kind(
    "too-small",
    say("{found} is less than {least}, the least this column allows."),
    say("Write {least} or more."),
)
NOT_ABOVE_ZERO = Kind("not-above-zero", say("{found} is not above zero."), say("Write a number above 0."))
TOO_LARGE = Kind(
    "too-large",
    say("{found} is more than {most}, the most this column allows."),
    say("Check the unit and for a key held down too long; write the real number."),
)
TOTAL_TOO_LARGE = Kind(
    "total-too-large",
    say("The column adds up to {found}; at most {most} can be planned at once."),
    say("Check the largest numbers in the column for wrong units."),
)
DATE_SERIAL = Kind(
    "date-serial",
    say('"{found}" is a number where a date is due; as Excel counts days it would be {date}.'),
    say("Write it as {date} if that is the day."),
)
NOT_A_DATE = Kind("not-a-date", say('"{found}" is not a date.'), say("Write it as year-month-day: 2020-02-10."))
DATE_LIKELY = Kind("date-likely", say('"{found}" is not written as a date.'), say("If you mean {date}, write {date}."))
NOT_A_FLAG = Kind("not-a-flag", say('"{found}" is neither yes nor no.'), say("Write true or false (是 or 否)."))
NOT_A_CHOICE = Kind("not-a-choice", say('"{found}" is none of: {choices}.'), say('Write "{near}" or another of these.'))
CODE_MANGLED = Kind(
    "code-mangled",
    say('"{found}" is a code that a spreadsheet has turned into a rounded number.'),
    say("Format the column as text and enter the full code again; its last digits are lost here."),
)
CODE_DATED = Kind(
    "code-dated",
    say('"{found}" is a code that a spreadsheet has turned into a date.'),
    say("Format the column as text and enter the code again."),
)
TEXT_UNFIT = Kind(
    "text-unfit",
    say("The text holds a line break or control character, or is longer than {limit} characters."),
    say("Write it on one line, without hidden characters."),
)
CODE_UNKNOWN = Kind(
    "code-unknown",
    say('"{found}" is not in {table}.'),
    say("Add it to {table}, or mend the code here."),
)
CODE_UNKNOWN_NEAR = Kind(
    "code-unknown-near",
    say('"{found}" is not in {table}.'),
    say('If "{near}" is meant, write that; else add it to {table}.'),
)
CODE_ZEROS = Kind(
    "code-zeros",
    say('"{found}" is not in {table}, but "{near}" is: a spreadsheet may have dropped the zeros in front.'),
    say("Format the column as text and write {near}."),
)
ROW_TWICE = Kind(
    "row-twice",
    say("{key} is here a second time; row {first} has it already."),
    say("Keep one row of the two."),
)
OWN_SUBSTITUTE = Kind(
    "own-substitute",
    say("{item} is named as a substitute for itself."),
    say("Name another item, or delete the row."),
)

# The rule, and what only several tables together show.
POLICY_MISSING = Kind(
    "policy-missing",
    say("The policy is missing: nothing says who comes first."),
    say("Add {file} with a date, tiers and a ladder."),
)
POLICY_EMPTY = Kind(
    "policy-empty",
    say("The file is empty: nothing says who comes first."),
    say("Write a date, tiers and a ladder into it."),
)
POLICY_NOT_TOML = Kind(
    "policy-not-toml",
    say("The policy is not TOML: {reason}."),
    say('Mend that line; texts stand between quotation marks, as in uncounted = "zero".'),
)
POLICY_KEY_UNKNOWN = Kind(
    "policy-key-unknown",
    say('The policy has no rule "{found}".'),
    say('If "{near}" is meant, write that; else delete it.'),
)
POLICY_KEY_MISSING = Kind("policy-key-missing", say("The policy does not say {key}."), say("Add {key}: {meaning}."))
POLICY_VALUE = Kind(
    "policy-value", say("{key} is {found}, and should be {due}."), say("Write, for example, {example}.")
)
POLICY_ITEM_UNKNOWN = Kind(
    "policy-item-unknown",
    say('The reserve names an item "{found}", which is not in items.'),
    say('If "{near}" is meant, write that; else delete the line.'),
)
SHELF_KIND_UNKNOWN = Kind(
    "shelf-kind-unknown",
    say('shelf_days names a kind of site "{found}" that no site has and no tier names.'),
    say('If "{near}" is meant, write that; else add the kind to a tier in [tiers], or delete the line.'),
)
SHELF_KIND_TWICE = Kind(
    "shelf-kind-twice",
    say('shelf_days names the kind "{found}" twice, once in another language.'),
    say("Delete one of the lines."),
)
KIND_IN_TWO_TIERS = Kind(
    "kind-in-two-tiers",
    say('The kind "{found}" is in the tiers {first} and {second}.'),
    say("Leave it in one of them; single sites can be moved in the column tier of sites."),
)
LADDER_TIER_UNKNOWN = Kind(
    "ladder-tier-unknown",
    say('Rung {rung} names a tier "{found}" that neither [tiers] nor any site has.'),
    say('If "{near}" is meant, write that; else add the tier to [tiers].'),
)
RUNG_NEVER_RISES = Kind(
    "rung-never-rises",
    say("Rung {rung} promises none of its tiers more than the rungs before it, so the ladder does not rise."),
    say("Raise its cover_days or holding_share, or delete the rung."),
)
RUNG_SAYS_NOTHING = Kind(
    "rung-says-nothing",
    say("Rung {rung} does not say {key}, and there are items it applies to."),
    say("Add {key}: {meaning}."),
)
TIER_UNKNOWN = Kind(
    "tier-unknown",
    say('The policy has no tier "{found}".'),
    say('If "{near}" is meant, write that; else add the tier to the policy.'),
)
KIND_WITHOUT_TIER = Kind(
    "kind-without-tier",
    say('Sites of the kind "{found}" need supplies ({sites} of them), and no tier of the policy names this kind.'),
    say("Add the kind to a tier in [tiers], or give the sites a tier of their own."),
)
KIND_WITHOUT_TIER_NEAR = Kind(
    "kind-without-tier-near",
    say('Sites of the kind "{found}" need supplies ({sites} of them), and no tier of the policy names this kind.'),
    say('If "{near}" is meant, write that; else add the kind to a tier in [tiers].'),
)
PACK_WEIGHT_MISSING = Kind(
    "pack-weight-missing",
    say("{item} has no {column}, and {limit} limits what may be sent of it."),
    say("Fill in {column} for {item}, or remove the limit."),
)

PROBLEMS = tuple(kind for kind in list(globals().values()) if isinstance(kind, Kind) and kind.mend)
"""Every kind of problem, in the order above."""

# Notices: said, and no obstacle.
READ_AS = Kind("read-as", say("Read as {encoding}."))
HEADER_BELOW = Kind("header-below", say("The header is row {row}; what stands above it is not read."))
FULL_WIDTH = Kind("full-width", say('Full-width digits are read as ordinary ones, first "{found}".'))
FILE_UNKNOWN = Kind("file-unknown", say('No table is called "{found}", so it is not read; the nearest is {near}.'))
FILE_UNKNOWN_FAR = Kind("file-unknown-far", say('No table is called "{found}", so it is not read.'))
COLUMN_UNKNOWN = Kind("column-unknown", say('No column is called "{found}", so it is not read.'))
COLUMN_UNKNOWN_NEAR = Kind(
    "column-unknown-near", say('No column is called "{found}", so it is not read; the nearest is {near}.')
)
STOCK_EXPIRED = Kind(
    "stock-expired",
    say("Rows of usable stock that expired before {date} and do not count: {rows}, first {code}."),
)
STATUS_DOUBTFUL = Kind(
    "status-doubtful",
    say("Rows of stock that say expired although their date is not past, and do not count: {rows}."),
)
REPORT_AHEAD = Kind("report-ahead", say("Needs reported after the plan's date {date}: {rows}."))
TIER_NOT_PROMISED = Kind(
    "tier-not-promised",
    say("No rung of the ladder names the tier {tier}, so its sites are sent nothing: {sites}."),
)
LANE_NOT_OF_DEPOT = Kind(
    "lane-not-of-depot",
    say("Lanes that start at sites which are no warehouse, so that nothing is sent along them: {rows}, first {code}."),
)
FLEET_UNWEIGHED = Kind(
    "fleet-unweighed",
    say("Depots with vehicles but no vehicle_kg, whose vehicles are no limit: {rows}, first {code}."),
)
STOCK_REPEATED = Kind(
    "stock-repeated",
    say("Rows of stock that repeat another row with the same lot, and are added up: {rows}, first {code}."),
)
NEED_RULES_UNREAD = Kind(
    "need-rules-unread",
    say("The rules on needs in the policy are for a ledger, and not read here: {rules}."),
)

NOTICES = tuple(kind for kind in list(globals().values()) if isinstance(kind, Kind) and not kind.mend)
"""Every kind of notice."""
PROBLEMS = (*(kind for kind in PROBLEMS if kind is not MANY_MORE), MANY_MORE)
