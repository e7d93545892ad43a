"""From staged files to the internal database: inputs, models, statistics. Publishes nothing."""

__all__: list[str] = []
