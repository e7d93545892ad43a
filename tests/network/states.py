"""What the operator is told after a round: `status`, `doctor`, the metrics, the desk, beside the truth."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.network.checks import Seen
from tests.network.doors import Doors
from tests.network.events import Fault

STATES = ("accepted", "held", "rejected")


def check_states(seen: Seen) -> Iterator[str]:
    """What `status`, `doctor` and the metrics say where everything is well."""
    yield from _status_says_what_became_of_each(seen)
    yield from _nothing_is_ill(seen)
    yield from _metrics_count(seen)
    yield from check_health(seen)


def _status_says_what_became_of_each(seen: Seen) -> Iterator[str]:
    answer = seen.doors.command("status", "--json").document
    deliveries = sorted(seen.truth.deliveries, key=lambda one: (one.received_on, _number(one.submission)))
    last = {one.file.collection: one for one in deliveries if one.submission}
    for row in answer["collections"]:
        one = last.get(row["collection"])
        expected = (one.submission, one.fate) if one else (None, None)
        if (row["submission"], row["status"]) != expected:
            yield f"status says of {row['collection']} {row['submission']}, {row['status']}, not {expected}"
    held = sorted(one.submission for one in seen.truth.deliveries if one.fate == "held")
    if sorted(answer["held"]) != held:
        yield f"status says that {answer['held']} are held, not {held}"
    for name in ("waiting", "damaged"):
        if answer[name]:
            yield f"status says that {answer[name]} are {name} after a refresh"
    shown = {
        row["collection"] for row in seen.rows("SELECT DISTINCT collection FROM baseline.indicator_values")
    }
    for name in set(answer["shown_nowhere"]) & shown:
        yield f"status says that {name} is in no indicator, and it is in one"
    yield from (f"status says: {fault}" for fault in answer["faults"])


def _number(submission: str) -> int:
    return int(submission.rsplit(".", 1)[1]) if submission else 0


def _nothing_is_ill(seen: Seen) -> Iterator[str]:
    for line in _ill(seen.doors):
        yield f"doctor says after a release: {line['key']}: {line['value']}"


def _ill(doors: Doors) -> list[dict[str, Any]]:
    return [line for line in doors.command("doctor", "--json").document if not line["well"]]


def _metrics_count(seen: Seen) -> Iterator[str]:
    told = metrics(seen.doors)
    fates = Counter("withdrawn" if one.withdrawn_on else one.fate for one in seen.truth.deliveries)
    expected: dict[str, float] = {
        f'lineabase_submissions{{status="{state}"}}': fates[state]
        for state in (*STATES, "withdrawn", "refused")
    }
    expected |= {
        "lineabase_submissions_to_process": 0,
        "lineabase_submissions_held": fates["held"],
        "lineabase_gate_passed": 1,
        "lineabase_gate_questions_refused": 0,
        "lineabase_collections_unreadable": 0,
    }
    for name, value in expected.items():
        if told.get(name) != value:
            yield f"the metrics say {name} {told.get(name)}, not {value}"


def metrics(doors: Doors) -> dict[str, float]:
    """The figures of monitoring, by name and label."""
    lines = doors.command("status", "--metrics").text.splitlines()
    found = (re.fullmatch(r"(\w+(?:\{.*\})?) ([-\d.e+]+)", line) for line in lines)
    return {match[1]: float(match[2]) for match in found if match}


def check_failure(doors: Doors, fault: Fault, named: str) -> Iterator[str]:
    """What must be said where a refresh fails: by itself, by `doctor`, `status`, the metrics and the desk."""
    said, _ = doors.refresh()
    if said.code == 0:
        yield f"the refresh went well although {named} is not as it must be"
    if named not in said.text or "Traceback" in said.text:
        yield f"the refresh does not name {named}: {said.text[-400:]}"
    if not _ill(doors):
        yield f"doctor says that all is well after a refresh that failed ({fault})"
    status = doors.command("status", "--json").document
    if status["last_refresh"]["outcome"] != fault.outcome:
        yield f"status says of the last refresh {status['last_refresh']}, and it {fault.outcome}"
    if fault.card and not any(named in text for text in status["faults"]):
        yield f"status does not say that the card of {named} cannot be read"
    told = metrics(doors)
    for outcome in ("released", "nothing_new", "refused", "broke_off"):
        name = f'lineabase_last_refresh_outcome{{outcome="{outcome}"}}'
        if told.get(name) != (outcome == fault.outcome):
            yield f"the metrics say {name} {told.get(name)} after a refresh that {fault.outcome}"
    if fault.outcome == "refused" and told.get("lineabase_gate_passed") != 0:
        yield f"the metrics say lineabase_gate_passed {told.get('lineabase_gate_passed')} after a refusal"
    code, answer = doors.health()
    if code != 503 or answer.get("healthy") is not False:
        yield f"/healthz answers {code}, {answer} after a refresh that failed"


def check_health(seen: Seen) -> Iterator[str]:
    """After a release everything is well again."""
    last = seen.doors.command("status", "--json").document["last_refresh"]
    [release] = seen.rows("SELECT release FROM registry.release")
    if (last["outcome"], last["release"]) != ("released", release["release"]):
        yield f"status says of the last refresh {last}, and it released {release['release']}"
    code, answer = seen.doors.health()
    if code != 200:
        yield f"/healthz answers {code}, {answer} after a release"
