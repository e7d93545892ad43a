"""A received file becomes staged results: read, guarded, judged, observed, compared, admitted. No Dagster."""

__all__: list[str] = []
