"""The gate: Great Expectations on the built tables. A failure publishes nothing. Builds and mends nothing.

`questions` says what is asked, `verdict` asks the database, `suites` is Great Expectations, `report`
keeps the results and renders them for people.
"""

from warehouse.gate.questions import Question, all_questions, questions
from warehouse.gate.verdict import Answer, Verdict, examine

__all__ = ["Answer", "Question", "Verdict", "all_questions", "examine", "questions"]
