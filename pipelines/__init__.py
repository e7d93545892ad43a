"""Orchestration and entry points: Dagster definitions, command line, steward's page, protection of pages."""

__all__: list[str] = []
