"""The gate: Great Expectations on the built tables. A failure publishes nothing. Builds and repairs nothing.

`questions` defines the questions, `verdict` queries the database, `suites` calls Great Expectations, `report`
stores the results and renders them for people.
"""

from warehouse.gate.questions import Question, all_questions, questions
from warehouse.gate.verdict import Answer, Verdict, examine

__all__ = ["Answer", "Question", "Verdict", "all_questions", "examine", "questions"]
