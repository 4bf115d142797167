"""The table in Chinese, and into the documents."""

import re
from collections.abc import Sequence
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs"
BEGIN, END = "<!-- attacks: begin -->", "<!-- attacks: end -->"
HEAD = {
    "en": "| attack | figure | defence off | on | bound | |",
    "zh": "| 攻击 | 指标 | 去掉防护 | 实际 | 界限 | |",
}
RULE = "|---|---|---|---|---|---|"

# Longer phrases first: each is replaced wherever it stands.
WORDS = {
    "1 differencing": "1 差分攻击",
    "2 averaging": "2 平均攻击",
    "3 tracker": "3 追踪器攻击",
    "4 reconstruction": "4 线性重构",
    "5 membership": "5 成员推断",
    "6 bisection": "6 名单二分",
    "7 dominance": "7 占优单元",
    "8 margins": "8 由合计反推",
    "9 refusal oracle": "9 拒答探测",
    "10 float noise": "10 浮点噪声",
    "11 timing": "11 计时",
    "12 ledger": "12 台账(承载方)",
    "12 allowance": "12 额度(数据方)",
    "13 sensitivity": "13 敏感度检验",
    "14 canonical": "14 改写查询",
    "14 sampler": "14 噪声采样器",
    "15 bridging": "15 桥接标识",
    "16 planted accounts": "16 在对方处开户",
    "17 list padding": "17 名单掺人",
    "18 rolling again": "18 重新掷骰",
    "both tables answered": "两张表都给出",
    "small groups answered": "小群体给出数字",
    "exact recoveries": "恰好还原",
    "advantage on everybody's secret": "对全体用户秘密的优势",
    "advantage from sums about one of them": "由金额对其中一人的优势",
    "advantage past top-coding": "绕过封顶后的优势",
    "advantage": "优势",
    "members named": "点名的成员数",
    "precision of names": "点名的准确率",
    "second lists that get in": "第二份名单被放行",
    "the same under the first list's ids": "沿用第一份名单编号的名单被放行",
    "dominated sums released": "放出的占优金额",
    "withheld cells known exactly": "被精确还原的未发布单元",
    "outputs that prove the count": "能证明真实人数的输出",
    "time and people": "时间与人数的相关",
    "time and noise": "时间与噪声的相关",
    "killed before the entry was stored": "入账前被杀",
    "killed after the entry was stored": "入账后被杀",
    "older books put back": "放回旧台账",
    "a session left out of the books": "台账里抹去一次联合分析",
    "a sealed answer deleted": "删掉一份封存结果",
    "one grant for two engines": "一份授权给两个引擎",
    "the clock set back in a session": "分析中把时钟拨回",
    "a clock before the grant": "时钟早于授权",
    "a receipt without the last answer": "回执缺最后一次结果",
    "processes that race": "多进程抢额度",
    "hosts under many names": "多个承载方、多个名称",
    "a new identity of the owner": "数据方换新身份",
    "an older vault put back": "放回旧保险库",
    "the same request twice": "同一请求两次授权",
    "neighbours further apart than charged": "超出计费的相邻数据",
    "with another key": "得到另一个键的",
    "sharing a key": "共用一个键的",
    "rewrites": "次改写中",
    "questions": "个查询中",
    "smallest p of the noise; off: rounded normal, sigma 5 % short": (
        "噪声检验的最小 p 值(去掉防护: 取整正态、σ 少 5 %)"
    ),
    "one answer": "一次结果",
    "a session of ten": "一次分析十个结果",
    "ten answers": "十次结果",
    "found at 1 % false": "误报 1 % 时找出",
    "people for each identifier": "每个标识各造一人",
    "tied to somebody known": "与已知的人绑在一起",
    "platform first": "平台方在先",
    "attacker first": "攻击方在先",
    "a package with 100 people for one identifier gets in": "一个标识配 100 人的数据集被接受",
    "a package with 100 identifiers of one person gets in": "一人配 100 个标识的数据集被接受",
    "hot limit: three accounts with the target's telephone": "公用标识上限: 用目标手机号开三个户",
    "merging: one account for each of its telephones": "合并: 为目标每个手机号各开一户",
    "whose sum is withheld": "谁的金额未发布",
    "a cell once shown": "曾经发布的单元",
    "nano-rho charged for repeats": "重复所扣的预算 (纳 rho)",
    "numbers for the same people of both under new ids": "同一批双方用户换编号后的数字",
    "numbers for the same people of the list alone under new ids": (
        "同一批仅在名单中的人换编号后的数字"
    ),
    "threshold mode": "门槛模式",
    "DP mode": "差分隐私模式",
    "dp mode": "差分隐私模式",
    "pass": "通过",
    "FAIL": "不通过",
    "(attack unsound)": "(攻击本身无效)",
}
PATTERNS = (
    (r"answers to (\S+) repeats", r"\1 次重复得到的不同结果"),
    (r"error of a total from (\d+) tables, dp", r"由 \1 张表求合计的误差, 差分隐私模式"),
    (r"error of a total from (\d+) tables, threshold", r"由 \1 张表求合计的误差, 门槛模式"),
    (r"error of a sum under (\d+) windows, threshold", r"\1 种窗口下金额的误差, 门槛模式"),
    (r"(cells|differences|rests) of (\d+) or (\d+)", r"\1: \2 还是 \3 人"),
    (r"answers over (\d+) re-seals and tightenings", r"\1 次重新封装与收紧后的不同结果"),
    (r"\bof ([\d,]+) ", r"\1 "),
)
SINGLE = {"cells": "单元", "differences": "差值", "rests": "其余"}


def chinese(line: str) -> str:
    """A line of the table with its words in Chinese."""
    for pattern, said in PATTERNS:
        line = re.sub(pattern, said, line)
    for word in sorted({**WORDS, **SINGLE}, key=len, reverse=True):
        line = line.replace(word, {**WORDS, **SINGLE}[word])
    return line


def write(lines: Sequence[str]) -> None:
    """Put the table into both documents."""
    for language, name in (("en", "disclosure.md"), ("zh", "disclosure.zh.md")):
        said = [chinese(line) if language == "zh" else line for line in lines]
        path = DOCS / name
        before, _, rest = path.read_text("utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        table = "\n".join([HEAD[language], RULE, *said])
        path.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", "utf-8")
