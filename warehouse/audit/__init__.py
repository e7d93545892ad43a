"""Attack on published protected counts. Independent of the code that protects them.

`attack` has the arithmetic, `relations` the public knowledge about counts, `open_tables` the facts from open
collections, `released_counts` reads release files, `findings` attacks a release and reports.
"""

__all__: list[str] = []
