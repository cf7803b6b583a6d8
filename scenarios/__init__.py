"""What-ifs: named changes to a snapshot, its network, its policy or its forecast, and what becomes of the plan.

A scenario is a TOML file that `read_scenario` checks; `changed` applies it to a world and leaves that as it was;
the library holds scenarios that every county knows.
"""
