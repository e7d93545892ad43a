"""Prints how every printed figure compares with a release made from the publishers' own files.

python -m tests.published            the table
python -m tests.published --write    and puts it into docs/statistics.md
"""

import sys
import tempfile
from pathlib import Path

import duckdb

from tests.conftest import publish_all
from tests.published import every_row
from tests.published.comparison import table
from tests.published.comparisons import everything
from warehouse.home import CHECKOUT

DOCUMENT = CHECKOUT / "docs" / "statistics.md"
BEGIN, END = "<!-- compared -->", "<!-- end of compared -->"


def in_document(text: str) -> str:
    """The table as the document has it."""
    return text.split(BEGIN)[1].split(END)[0].strip()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = publish_all(Path(folder))
        with duckdb.connect(home.current, read_only=True) as release:
            told = [*everything(release), *every_row.everything(release)]
    print(table(told))
    if "--write" in sys.argv:
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        DOCUMENT.write_text(f"{before}{BEGIN}\n{table(told)}\n{END}{after}", encoding="utf-8")
    if any(one.unexplained for one in told):
        sys.exit("\n".join(f"{one.name}: {place}" for one in told for place in one.unexplained))


if __name__ == "__main__":
    main()
