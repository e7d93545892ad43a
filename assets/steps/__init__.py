"""From a received file to its staged results: pure steps and their runner. Knows no Dagster."""
