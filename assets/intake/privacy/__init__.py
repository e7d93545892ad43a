"""The guard: files with personal data or of forbidden size are refused before they are kept."""

__all__: list[str] = []
