"""The command line: one file a command; what it says is schemas/words. No step's work is here."""
