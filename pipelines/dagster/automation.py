"""Whether schedule and sensor run by themselves: on where `lineabase ui` runs, off by a setting.

`LINEABASE_AUTOMATION=off` leaves them off; what a person switches on Dagster's page counts more than either.
"""

import os

import dagster as dg

SETTING = "LINEABASE_AUTOMATION"
ON, OFF = "on", "off"


def wanted() -> str:
    """What the setting says, for `lineabase ui`: on, unless it says off."""
    return OFF if os.environ.get(SETTING, ON).strip().lower() in (OFF, "0", "no", "false") else ON


def _is_on() -> bool:
    """In a process that `lineabase ui` started; another one that loads the definitions starts nothing."""
    return os.environ.get(SETTING) == ON


SCHEDULES = dg.DefaultScheduleStatus.RUNNING if _is_on() else dg.DefaultScheduleStatus.STOPPED
SENSORS = dg.DefaultSensorStatus.RUNNING if _is_on() else dg.DefaultSensorStatus.STOPPED
