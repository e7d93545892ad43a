"""What starts the job when something arrives: files in inbox/<provider>/<collection>/."""

from pathlib import Path

import dagster as dg

from assets.resources import HomeResource
from assets.steps.guard import Refused
from assets.steps.submission import receive
from pipelines.jobs import plan, refresh
from pipelines.runs import end_dead
from schemas.grammar import CardError
from schemas.words import Sentence
from warehouse.home import Home, receipts
from warehouse.home.calendar import today


@dg.sensor(job=refresh, minimum_interval_seconds=60, description=f"{Sentence('dagster.inbox')}")
def inbox(context: dg.SensorEvaluationContext, home: HomeResource) -> dg.RunRequest | dg.SkipReason:
    """Receive every file of the inbox and refresh. A refused file is moved to inbox/refused/."""
    taken, refused = take(home.home)
    for line in refused:
        context.log.warning(line)
    if not taken:
        return dg.SkipReason(f"No new file in the inbox. Refused: {len(refused)}.")
    end_dead(home.home, context.instance)
    return dg.RunRequest(run_key=None, **plan(home.home, context.instance))


def take(home: Home) -> tuple[list[str], list[str]]:
    """Receive what lies in the inbox: ids of the new submissions, and a sentence for each file refused."""
    taken, refused = [], []
    for file in sorted(home.inbox.glob("*/*/*")):
        if not file.is_file() or file.name.startswith(".") or file.parts[-3] == "refused":
            continue
        collection = f"{file.parent.parent.name}/{file.parent.name}"
        try:
            taken.append(receive(home, file, collection, today(), office="inbox").id)
            file.unlink()
        except receipts.ChangedMeanwhile:  # still being written: at the next look
            continue
        except (Refused, CardError) as error:
            refused.append(f"{collection}/{file.name}: {error}")
            _set_aside(home, file)
    return taken, refused


def _set_aside(home: Home, file: Path) -> None:
    target = home.inbox / "refused" / file.parent.parent.name / file.parent.name
    target.mkdir(parents=True, exist_ok=True)
    file.rename(target / file.name)
