"""Default state of schedules and sensors: running where `lineabase ui` started the process, else stopped.

`LINEABASE_AUTOMATION=off` stops them. A switch that a person sets on Dagster's page overrides both.
"""

import os

import dagster as dg

SETTING = "LINEABASE_AUTOMATION"
ON_VALUE, OFF_VALUE = "on", "off"


def setting_value() -> str:
    """Return the setting that `lineabase ui` passes on: on, unless it is switched off."""
    return (
        OFF_VALUE
        if os.environ.get(SETTING, ON_VALUE).strip().lower() in (OFF_VALUE, "0", "no", "false")
        else ON_VALUE
    )


def _is_on() -> bool:
    """Return True in a process that `lineabase ui` started. No other process starts runs by itself."""
    return os.environ.get(SETTING) == ON_VALUE


SCHEDULES = dg.DefaultScheduleStatus.RUNNING if _is_on() else dg.DefaultScheduleStatus.STOPPED
SENSORS = dg.DefaultSensorStatus.RUNNING if _is_on() else dg.DefaultSensorStatus.STOPPED
