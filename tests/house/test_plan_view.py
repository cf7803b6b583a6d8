"""What `allocator plan` prints: short by tier, short by item, and a shortage explained in a sentence."""

from pathlib import Path

from hand_made_plan import hand_made_case, hand_made_plan

from commands.planning import show_and_explain
from commands.session import Session


def printed(capsys, lang: str) -> str:
    case, plan = Path("county"), Path("plan")
    show_and_explain(Session(lang=lang), hand_made_plan(), hand_made_case(), case_path=case, out=plan)
    return capsys.readouterr().out


def test_a_plan_is_shown_in_a_few_lines_that_end_with_the_worst_off(capsys):
    """S1 holds 1.1 of 2 days, a tenth into its second rung; S3 holds 0.33 of 2, a sixth into its first.

    S2 is served in full by its last whole pack, although its fair share alone would not do it.
    """
    assert printed(capsys, "en") == (
        "Plan for 2020-02-10: 9 packs (2 kg) of 2 items to 3 sites in 3 stops.\n"
        "\n"
        "tier       sites  needs  met  partly  sent nothing  lowest cover, days\n"
        "frontline      2      3    2       1             0                1.10\n"
        "recovery       1      1    0       1             0                0.33\n"
        "\n"
        "short item           unit   lacked  sent  still short  sites short\n"
        "mask mask, surgical  piece     118    50           68            2\n"
        "\n"
        "To read and print: plan/plan.xlsx\n"
        "To check it: allocator verify county plan\n"
        "To ask why: allocator why plan S1 mask\n"
        "\n"
        "Of those that stock can reach, =1+1 (S1) stands lowest, with 1.10 days of mask, surgical: "
        "mask from D1, D2 is all sent.\n"
    )


def test_the_same_in_chinese(capsys):
    lines = printed(capsys, "zh").splitlines()

    assert lines[0] == "2020-02-10 的分配方案：2 种物资 9 件（2 公斤），3 次停靠，送往 3 个点位。"
    assert lines[7].startswith("mask 医用外科口罩")
    assert lines[-1].startswith("在库存可以送到的点位中，最缺的是卡口一 (S1)，有医用外科口罩 1.10 天的用量：")
