"""Dagster's code location: definitions, jobs, schedules, sensors, storage, services and alerts."""

__all__: list[str] = []
