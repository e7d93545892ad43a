"""How well and how fast golden questions are answered: python -m tests.answers [RELEASE_FILE] [--show].

Without a file only how many are read as the right call (--show lists the others); with one also the times of answers.
"""

import statistics
import sys
import time
from pathlib import Path

from schemas.words import CONTRACT_LANGUAGES
from tests.answers import golden
from warehouse import Warehouse
from warehouse.answers.answers import Answers
from warehouse.answers.questions.asking import ask


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
    for file in [argument for argument in sys.argv[1:] if not argument.startswith("--")]:
        times = sorted(answer_times(Path(file)))
        print(
            f"{len(times)} answers: half within {1000 * statistics.median(times):.0f} ms, "
            f"19 of 20 within {1000 * times[len(times) * 19 // 20]:.0f} ms, the slowest {1000 * times[-1]:.0f} ms"
        )


def answer_times(file: Path) -> list[float]:
    """Seconds of the processor for each golden question and trap, from its words to the replies."""
    times = []
    for lang in CONTRACT_LANGUAGES:
        with Warehouse.open(file, lang=lang) as warehouse:
            answers = Answers(warehouse)
            for name in ("tuned", "held_out", "traps"):
                for question in [one for one in golden.questions(name) if one["lang"] == lang]:
                    begin = time.process_time()
                    ask(answers, question["question"])
                    times.append(time.process_time() - begin)
    return times


if __name__ == "__main__":
    main()
