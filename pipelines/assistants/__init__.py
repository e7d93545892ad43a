"""The door for assistants: the contract of answers over the Model Context Protocol. Makes no answer."""
