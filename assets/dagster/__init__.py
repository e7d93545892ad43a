"""The Dagster assets and resources: thin functions around intake, build and release."""

__all__: list[str] = []
