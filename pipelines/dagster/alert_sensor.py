"""Sensor that looks for new alerts every few minutes. The alerts themselves are in alerts.py."""

import dagster as dg

from assets.dagster.resources import HomeResource
from pipelines.dagster import settings
from pipelines.dagster.alerts import send_alerts
from pipelines.dagster.senders import configured_sender
from schemas.words import Sentence, say


@dg.sensor(
    minimum_interval_seconds=300,
    description=f"{Sentence('dagster.alerts')}",
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def alerts(context: dg.SensorEvaluationContext, home: HomeResource) -> dg.SkipReason:
    """Send new alerts. Does nothing if the deployment names no sender. Never starts a run."""
    lang = settings.language()
    sender = configured_sender()
    if sender is None:
        return dg.SkipReason(say("alert.off", lang, name=settings.ALERT_SENDER))
    sent_alerts = send_alerts(home.home, context.instance, sender, lang)
    if not sent_alerts:
        return dg.SkipReason(say("alert.none", lang))
    return dg.SkipReason(
        "\n".join(
            [
                say("alert.sent", lang, n=len(sent_alerts)),
                *(alert.sentence.render(lang) for alert in sent_alerts),
            ]
        )
    )
