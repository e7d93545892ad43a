"""The command line: one module a group of commands, words.toml for what it says. No step's work is here."""
