"""The code location of Dagster: definitions, jobs, schedules, sensors, storage, services and alerts."""
