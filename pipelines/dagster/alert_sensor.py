"""The sensor that looks, every few minutes, whether there is something to tell people. What is alerts.py."""

import dagster as dg

from assets.dagster.resources import HomeResource
from pipelines.dagster import settings
from pipelines.dagster.alerts import tell
from pipelines.dagster.senders import sender
from schemas.words import Sentence, say


@dg.sensor(
    minimum_interval_seconds=300,
    description=f"{Sentence('dagster.alerts')}",
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def alerts(context: dg.SensorEvaluationContext, home: HomeResource) -> dg.SkipReason:
    """Send what was not said yet. Off where the deployment names no sender; starts no run."""
    lang = settings.language()
    by = sender()
    if by is None:
        return dg.SkipReason(say("alert.off", lang, name=settings.ALERTS))
    told = tell(home.home, context.instance, by, lang)
    if not told:
        return dg.SkipReason(say("alert.none", lang))
    return dg.SkipReason(
        "\n".join([say("alert.sent", lang, n=len(told)), *(a.words.said(lang) for a in told)])
    )
