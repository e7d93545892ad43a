"""The chapter of docs/reliability.md on what `python -m tests.hostile` measured (.reliability/hostile.json)."""

from __future__ import annotations

from tests.hostile.fates import FATES
from tests.hostile.report import Kept, fates, unseen

HEAD = """# What became of spoilt files

Rendered from `.reliability/hostile.json` by `python -m tests.hostile`, which spoils every shipped submission as offices spoil files
(`tests/hostile/mutations.py`; seeded, so that anyone gets the same files) and sends each spoilt file twice: as the first of its
collection, and beside the good one. Fates, what stops a file before what is said of it:

| fate | what it means |
|---|---|
| refused | not kept, or kept and not in force: the file that was in force before stays |
| held | kept and waiting for `lineabase confirm`: the file that was in force before stays |
| quarantined | in force but for rows that wait; what they may hold opens the bounds of the figures they belong to |
| asked | in force, with a finding that the good file does not have |
| flagged | in force, every changed value with a flag |
| counted | in force, and the answer says how many values changed or went; `analysis.revisions` lists them |
| same | every value is as it was |
| absent | figures are missing, and no released figure is another |
| unseen | in force with another value, and no word |
"""


def page(kept: dict[str, Kept]) -> str:
    """The chapter for what was found."""
    parts = [
        HEAD,
        "\n## Which submissions, at which commit\n\n| submission | spoilt files | commit |\n|---|---:|---|",
    ]
    parts += [f"| {name} | {_files(one)} | {one['commit']} |" for name, one in kept.items()]
    titles = {"first": "As the first submission of its collection", "beside": "Beside the good submission"}
    for when, ways in fates(kept).items():
        parts.append(f"\n## {titles[when]}\n\n| way of spoiling | " + " | ".join(FATES) + " |")
        parts.append("|---|" + "---:|" * len(FATES))
        for way, told in ways.items():
            cells = " | ".join(str(told.get(fate, "")) for fate in FATES)
            parts.append(f"| {way.replace('_', ' ')} | {cells} |")
    by_nature, wrong = unseen(kept)
    parts.append("\n## Unseen\n")
    parts.append(
        "No rule can see these without another figure to hold them against; each with how often it stayed unseen:\n"
    )
    parts += [f"- {key.replace('_', ' ')}: {len(files)}" for key, files in by_nature.items()]
    number = sum(map(len, wrong.values()))
    parts.append(f"\nIn force unflagged with another value, though a rule could see it: **{number}**.")
    parts += [f"- {key.replace('_', ' ')}: {', '.join(files)}" for key, files in wrong.items()]
    return "\n".join(parts) + "\n"


def _files(one: Kept) -> int:
    return sum(sum(told.values()) for told in one["fates"]["first"].values())
