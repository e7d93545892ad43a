"""The door for assistants: the contract of answers over the Model Context Protocol. Makes no answer."""

__all__: list[str] = []
