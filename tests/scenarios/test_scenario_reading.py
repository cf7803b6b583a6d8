"""A scenario's file is checked whole: every fault with its line, what was found and how to mend it."""

from __future__ import annotations

import pytest
from worlds import faults_of

from scenarios.reading import BYTES_MAX, ScenarioUnreadable, read_scenario, scenario_of
from scenarios.targets import TARGETS

HEAD = 'title = "Drawn"\n[[change]]\n'


def test_everything_wrong_is_said_at_once_each_with_its_line():
    assert faults_of(
        """
        titel = "Snow"
        [[change]]
        table = "drivrs"
        do = "scale"
        by = 2
        [[change]]
        table = "lanes"
        do = "scale"
        column = "kms"
        by = -2
        where = { depo = "D1" }
        ramp_days = 3
        """
    ) == [
        'drawn.toml: title is a text. Write title = "Depot lost".',
        "drawn.toml, line 2: There is no key titel here; title is nearest.",
        f'drawn.toml, line 4: table "drivrs" is not known; drivers is nearest. It is one of: {list(TARGETS)}.',
        "drawn.toml, line 7: What grows day by day needs the day on which it begins. Add from = 0.",
        "drawn.toml, line 10: scale changes one of these columns of lanes: ['km', 'hours', 'max_kg']. It names kms.",
        "drawn.toml, line 12: Rows are not chosen by depo there; depot is nearest.",
    ]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('table = "needs"', "line 2: do is missing. It is one of: ['scale', 'set', 'add', 'close', 'drop']."),
        ('table = "needs"\ndo = "close"', "line 4: Nothing of needs can be changed by close; what can be done: "),
        ('table = "needs"\ndo = "scale"\nby = 2', "scale changes one of these columns of needs: "),
        (
            'table = "needs"\ndo = "scale"\ncolumn = "daily_units"',
            "line 2: by is a number from 0 upwards, as in by = 2.8.",
        ),
        ('table = "needs"\ndo = "scale"\ncolumn = "daily_units"\nby = "2"', "line 6: by is a number from 0 upwards"),
        ('table = "needs"\ndo = "scale"\ncolumn = "daily_units"\nby = true', "line 6: by is a number from 0 upwards"),
        ('table = "needs"\ndo = "scale"\ncolumn = "daily_units"\nby = 1e30', "line 6: by is a number from 0 upwards"),
        ('table = "stock"\ndo = "set"\ncolumn = "status"\nby = "fake"', "line 6: by is one of: ['usable', "),
        ('table = "sites"\ndo = "add"\ncount = 0', "line 5: count is a whole number from 1 to 10,000."),
        ('table = "sites"\ndo = "add"\ncount = 2\nby = 2', "line 6: add speaks of whole rows, so by says nothing."),
        ('table = "orders"\ndo = "add"\ncolumn = "arrives"\nby = 1.5', "line 6: by is a whole number of days"),
        ('table = "needs"\ndo = "drop"\nwhere = "all"', "line 5: where is a table."),
        ('table = "needs"\ndo = "drop"\nwhere = { site = [] }', "line 5: site names codes or patterns"),
        ('table = "needs"\ndo = "drop"\nfrom = "soon"', "line 5: from is a day: 2020-02-10, or a whole number of days"),
        ('table = "needs"\ndo = "drop"\nfrom = 3\nto = 2', "line 6: It ends before it begins."),
        (
            'table = "needs"\ndo = "scale"\ncolumn = "daily_units"\nfrom = 0\ncurve = [[0, 1], [0, 2]]',
            "line 7: curve is a list of [day, factor], days after from and rising",
        ),
        (
            'table = "budgets"\ndo = "scale"\ncolumn = "amount"\nby = 2\nfrom = 0\nramp_days = 3',
            "line 3: budgets is as it is on the day that is planned and does not grow.",
        ),
        (
            'table = "budgets"\ndo = "scale"\ncolumn = "amount"\nby = 2\nfrom = 0',
            "line 7: A budget is changed as a whole, on no days of its own. Leave out from; which budgets are meant",
        ),
        (
            'table = "budgets"\ndo = "scale"\ncolumn = "amount"\nby = 2\nto = 9',
            "line 7: A budget is changed as a whole",
        ),
        (
            'table = "needs"\ndo = "scale"\ncolumn = "daily_units"\nbuy = 2',
            "line 6: There is no key buy in a change; by is",
        ),
    ],
)
def test_a_change_that_says_nothing_sound_is_refused(lines, said):
    assert any(said in fault for fault in faults_of(HEAD + lines)), faults_of(HEAD + lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title = "a"\nsays "b"', "drawn.toml, line 2: This is not TOML."),
        ('title = "a"\nchange = 3', "drawn.toml, line 2: Changes are tables of their own."),
        (
            'title = "a"\n' + '[[change]]\ntable = "needs"\ndo = "drop"\n' * 201,
            "It has 201 changes, and 200 are the most.",
        ),
    ],
)
def test_a_text_that_is_no_scenario_is_refused(text, said):
    assert any(said in fault for fault in faults_of(text)), faults_of(text)


def test_files_that_are_none_are_refused_without_a_traceback(tmp_path):
    large, foreign, named = tmp_path / "large.toml", tmp_path / "foreign.toml", tmp_path / "Große.toml"
    large.write_text("#" * (BYTES_MAX + 1))
    foreign.write_bytes("title = '返程'".encode("gb18030"))
    named.write_text('title = "a"')
    said = []
    for path in (large, foreign, named):
        with pytest.raises(ScenarioUnreadable) as unreadable:
            read_scenario(path)
        said += [str(each).removeprefix(str(tmp_path)) for each in unreadable.value.sentences]

    assert said == [
        "large.toml: It has more than 200,000 bytes. Leave out what is no change.",
        "foreign.toml: It is not UTF-8. Save it again as UTF-8.",
        "Große.toml: Name the file with small letters, digits and hyphens, as in holiday-return.toml.",
    ]


def test_a_sound_scenario_keeps_its_changes_in_order():
    scenario = scenario_of(
        HEAD
        + 'table = "needs"\ndo = "scale"\ncolumn = "daily_units"\nby = 1.5\nwhere = { kind = ["clinic", "hosp*"] }\n'
        + '[[change]]\ntable = "stock"\ndo = "drop"\nfrom = 2020-02-12',
        name="drawn",
    )
    assert [(each.table, each.do, each.line) for each in scenario.changes] == [
        ("needs", "scale", 2),
        ("stock", "drop", 8),
    ]
    assert scenario.changes[0].where == {"kind": ("clinic", "hosp*")}
    assert str(scenario.changes[1].since) == "2020-02-12"
