"""From the received file to the release: intake, answers, drafts, decisions and the Dagster assets.

`intake` knows no Dagster and no build; `dagster` holds the assets and nothing else.
"""

__all__: list[str] = []
