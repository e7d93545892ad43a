"""Answers of a release to people and programs: typed, with interval, caveat and citation, or a refusal.

contract.py has the types, answers.py makes the answers, questions.py reads a question in words. No door is
here (command, server, page); nothing here reads a file other than the release.
"""

__all__: list[str] = []
