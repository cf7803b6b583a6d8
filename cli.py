"""The root command: which commands there are. Each is loaded from `commands/` when it is called."""

from __future__ import annotations

import sys

from allocator.sentence import say
from commands.grammar import Entry, Root

__all__ = ["root", "start"]

root = Root(
    says=say("Decide who gets which supplies when there are not enough, and prove that it is fair."),
    examples=(
        "allocator demo",
        "allocator sample county --out county",
        "allocator plan county --out plan",
        "allocator verify county plan",
    ),
    groups={
        "daily": say("Daily"),
        "planning": say("Planning"),
        "oversight": say("Oversight"),
    },
    entries={
        "demo": Entry("daily", say("Live through an invented county's days in a new ledger.")),
        "init": Entry("daily", say("Make the ledger, or carry it forward to this version.")),
        "import": Entry("daily", say("Take files into the ledger, each whole or not at all.")),
        "statements": Entry("daily", say("Read free text into rows of needs that a person completes.")),
        "template": Entry("daily", say("Write a workbook to fill in, which import takes back.")),
        "receive": Entry("daily", say("Receive supplies: bought, donated or allotted.")),
        "issue": Entry("daily", say("Issue supplies for use at a site.")),
        "transfer": Entry("daily", say("Send supplies from one site to another.")),
        "emergency-issue": Entry("daily", say("Send supplies before any plan, to be countersigned.")),
        "confirm": Entry("daily", say("Confirm what arrived of a shipment.")),
        "settle": Entry("daily", say("Explain what came beyond a shipment.")),
        "count": Entry("daily", say("Record what was counted at a site.")),
        "adjust": Entry("daily", say("Correct a site's stock, with a reason.")),
        "writeoff": Entry("daily", say("Write off what is lost, damaged or destroyed.")),
        "quarantine": Entry("daily", say("Set stock aside at a site.")),
        "release": Entry("daily", say("Release stock from quarantine.")),
        "recall": Entry("daily", say("Stop a lot everywhere at once.")),
        "return": Entry("daily", say("Return stock to its partner, or unused stock to the shelf.")),
        "reverse": Entry("daily", say("Take back a document, every line of it.")),
        "stock": Entry("daily", say("Show what is where, now or as it was.")),
        "allocate": Entry("daily", say("Plan the ledger and keep the plan in it, as a draft.")),
        "plans": Entry("daily", say("List the plans that are kept.")),
        "show": Entry("daily", say("Show a plan that is kept.")),
        "why": Entry("daily", say("Say why a site got what it got of an item.")),
        "override": Entry("daily", say("Decide what a site gets, and see who pays for it.")),
        "review": Entry("daily", say("Note that a plan was looked at.")),
        "approve": Entry("daily", say("Approve a plan, or countersign an emergency issue.")),
        "withdraw": Entry("daily", say("Take a plan back before anything left.")),
        "dispatch": Entry("daily", say("Send the notes of an approved plan.")),
        "notes": Entry("daily", say("Print a plan's pick lists and delivery notes.")),
        "report": Entry("daily", say("Report a day to the level above, or a donation to its donor.")),
        "close": Entry("daily", say("Close a plan when all of it is accounted for.")),
        "snapshot": Entry("planning", say("Write the ledger as a folder of tables.")),
        "forecast": Entry("planning", say("Forecast use, and how sure that is.")),
        "shortfall": Entry("planning", say("Say what runs out where and when, and what to buy by which day.")),
        "scenario": Entry("planning", say("What if: run scenarios, put them side by side.")),
        "order": Entry("planning", say("Orders placed with suppliers, and what becomes of them.")),
        "policy": Entry("planning", say("Show, set and compare the rationing rule.")),
        "plan": Entry("planning", say("Plan a case: who gets what, from where.")),
        "procure": Entry("planning", say("Say what to order, from whom, by when.")),
        "sample": Entry("planning", say("Write an invented case of any size.")),
        "verify": Entry("planning", say("Check a plan against its case, without any engine.")),
        "audit": Entry("oversight", say("Prove that nothing in the ledger was altered.")),
        "backup": Entry("oversight", say("Write the whole ledger into one file, and prove it.")),
        "move": Entry("oversight", say("Move the ledger to another database, and close the former one.")),
        "restore": Entry("oversight", say("Make a ledger from a backup that holds.")),
        "witness": Entry("oversight", say("Sign the heads of another ledger, once they extend what you know.")),
        "user": Entry("oversight", say("People who act, their roles and areas.")),
        "serve": Entry("oversight", say("Serve the pages and the API.")),
        "worker": Entry("oversight", say("Do in the background what pages asked for.")),
    },
)


def start() -> None:
    """Run the command line with the arguments of this process."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character shows a question mark; it does not stop the work.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    root(prog_name="allocator")
