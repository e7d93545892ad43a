"""How many golden questions are read as the right call: python -m tests.answers (--show lists the others)."""

import sys

from tests.answers import golden


def main() -> None:
    for name in ("tuned", "held_out"):
        questions = golden.questions(name)
        wrong = [question for question in questions if not golden.is_right(question, golden.read(question))]
        print(f"{name}: {len(questions) - len(wrong)} of {len(questions)} right")
        if "--show" in sys.argv:
            for question in wrong:
                print(
                    "  ", question["lang"], question["question"], [c.arguments for c in golden.read(question)]
                )


if __name__ == "__main__":
    main()
