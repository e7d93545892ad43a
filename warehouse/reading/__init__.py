"""Reading a release: client, frames and cells. Draws nothing and writes no page."""

__all__: list[str] = []
