"""`python check_joint_bounds.py joint_bounds.csv`: checks each proof of the table analysis.joint_bounds.

Needs Python alone. A proof is sound if its inequalities, times their multipliers, add up to the bound.
"""

import csv
import json
import sys
from fractions import Fraction
from math import ceil


def is_sound(text: str) -> bool:
    """Check a proof: the terms that remain, and what they are at least."""
    proof = json.loads(text)
    least, left = Fraction(0), {}
    for fact in proof["facts"]:
        times = Fraction(fact["times"])
        if times <= 0:
            return False
        least += times * fact["at_least"]
        for cell, factor in fact["terms"].items():
            left[cell] = left.get(cell, 0) + times * factor
    left = {cell: factor for cell, factor in left.items() if factor != 0}
    if proof["side"] is None:  # nothing is at least more than 0: a contradiction
        return not left and least > 0
    sign = {"at_least": 1, "at_most": -1}[proof["side"]]
    return left == {proof["cell"]: sign} and proof["bound"] == sign * ceil(least)


if __name__ == "__main__":
    csv.field_size_limit(10**9)
    proofs = ("certificate", "low_certificate", "high_certificate")
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        answers = [is_sound(row[name]) for row in csv.DictReader(file) for name in proofs if row[name]]
    print(f"{sum(answers)} of {len(answers)} proofs are sound.")
    sys.exit(not all(answers))
