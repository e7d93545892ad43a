"""Parts that both web pages share: the guard, limits for slow clients, the health check."""

__all__: list[str] = []
