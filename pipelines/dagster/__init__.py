"""Dagster's code location: definitions, jobs, schedules, sensors, storage, services and alerts."""
