"""How well the rules do on a source whose strings nobody put into the tables.

    python -m tests.countries.leave_one_source_out ../shared [--demonyms]

For each source of the labelled strings every hand-kept name that only this source shows is taken
out of the index, and the source is read. With --demonyms the demonyms go too, which a dictionary
would give: a lower bound.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path

from schemas.countries import Resolution, answer, build, names, resolver, short_names, suggestions, text
from tests.countries.scoring import Labelled, is_right, is_silently_wrong, labelled


def keys_of_one_source(rows: list[Labelled]) -> dict[str, set[str]]:
    """Source → the keys, also without spaces, that no other source shows."""
    sources = defaultdict(set)
    for row in rows:
        for key in {text.key(row.value), text.key(text.without_marks(text.tidy(row.value)))}:
            sources[text.compact(key)].add(row.source)
    found = defaultdict(set)
    for key, of_key in sources.items():
        if len(of_key) == 1:
            found[next(iter(of_key))].add(key)
    return found


def index_without(keys: set[str], *, demonyms: bool) -> build.Index:
    """The index as it would be, had no one seen these keys."""
    kept = [named for named in build.hand_kept_names() if text.compact(text.key(named[1])) not in keys]
    forms = list(build.demonyms())
    if demonyms:
        forms = [named for named in forms if text.compact(text.key(named[1])) not in keys]
    return build.build_index([*kept, *forms])


def read_with(index: build.Index, rows: list[Labelled]) -> list[Resolution]:
    kept = (
        resolver._resolve,
        short_names.names_with_word,
        short_names.sorted_names,
        suggestions.codes_by_name,
        suggestions._all_names,
    )
    for cached in kept:
        cached.cache_clear()
    for module in (answer, names, short_names, suggestions):
        module.index = lambda: index
    return [row.resolved() for row in rows]


def main(shared: Path, *, demonyms: bool) -> None:
    rows = list(labelled(shared))
    only_here = keys_of_one_source(rows)
    missed: list[Labelled] = []
    wrong: list[Labelled] = []
    for source in sorted({row.source for row in rows}):
        of_source = [row for row in rows if row.source == source]
        read = read_with(index_without(only_here[source], demonyms=demonyms), of_source)
        pairs = list(zip(of_source, read, strict=True))
        missed += [row for row, found in pairs if not is_right(found, row.expected)]
        wrong += [row for row, found in pairs if is_silently_wrong(found, row.expected)]
    for row in missed:
        print("WRONG " if row in wrong else "missed", row.kind, repr(row.value), row.expected)
    all_of, missed_of = Counter(row.kind for row in rows), Counter(row.kind for row in missed)
    for kind, count in sorted(all_of.items()):
        print(f"{kind:14} {count - missed_of[kind]:4} of {count:4}")
    right = len(rows) - len(missed)
    print(f"{right} of {len(rows)} right ({right / len(rows):.2%}), {len(wrong)} silently wrong")


if __name__ == "__main__":
    main(Path(sys.argv[1]), demonyms="--demonyms" in sys.argv)
