"""Today in the network's time zone, and the days of release. Guatemala is six hours behind UTC all year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.words import InvalidValue
from warehouse.home import calendar

DAYS = st.dates(date(2010, 1, 1), date(2060, 12, 31))


class Clock(datetime):
    """A clock that stands still."""

    at: datetime

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return cls.at.astimezone(tz)


def today_at(moment: datetime) -> date:
    """The network's day at a moment of UTC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Clock, "at", moment, raising=False)
        patch.setattr(calendar, "datetime", Clock)
        return calendar.today()


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 10, 1, 5, 59, 59, tzinfo=UTC), date(2026, 9, 30)),  # the quarter has not ended there
        (datetime(2026, 10, 1, 6, 0, tzinfo=UTC), date(2026, 10, 1)),
        (datetime(2026, 6, 30, 23, 0, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2027, 1, 1, 0, 0, tzinfo=UTC), date(2026, 12, 31)),
    ],
)
def test_a_day_begins_at_midnight_in_guatemala(moment: datetime, day: date) -> None:
    assert today_at(moment) == day


@given(st.datetimes(datetime(2010, 1, 1), datetime(2060, 12, 31)))
def test_today_is_the_day_six_hours_before_utc(moment: datetime) -> None:
    assert today_at(moment.replace(tzinfo=UTC)) == (moment - timedelta(hours=6)).date()


@example(date(2026, 1, 15), 1)
@given(DAYS, st.integers(1, 20))
def test_the_next_releases_are_the_first_fifteenths_after_a_quarter_still_to_come(day: date, n: int) -> None:
    later = (day + timedelta(days=n) for n in range(1, 93 * n + 1))
    expected = [d for d in later if d.day == 15 and d.month % 3 == 1][:n]
    assert calendar.releases_after(day, n) == expected
    assert calendar.next_release(day) == expected[0]


@given(day=DAYS, limit=DAYS)
def test_a_written_day_is_read_back_unless_it_is_later_than_allowed(day: date, limit: date) -> None:
    assert calendar.read_day(str(day)) == day
    if day <= limit:
        assert calendar.read_day(str(day), limit) == day
    else:
        with pytest.raises(InvalidValue, match=f"day of receipt {day} .* in the future"):
            calendar.read_day(str(day), limit)


@pytest.mark.parametrize("text", ["ayer", "", "31/03/2026", "2026-02-30", "2026-3-1"])
def test_a_text_that_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="2026-03-31"):
        calendar.read_day(text)
