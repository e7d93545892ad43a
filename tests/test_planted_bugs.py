"""The planted bugs still fit into the program, and the tests that catch them are there. `tests.planted_bugs` plants them."""

from __future__ import annotations

import pytest

from tests import planted_bugs
from tests.planted_bugs import Bug
from warehouse.home import CHECKOUT


@pytest.mark.parametrize("bug", planted_bugs.bugs(), ids=lambda bug: bug.what)
def test_a_planted_bug_fits_in_one_place_and_its_test_is_there(bug: Bug) -> None:
    sound = (CHECKOUT / bug.file).read_text(encoding="utf-8")
    assert bug.plant(sound) != sound
    module, _, name = bug.test.partition("::")
    assert f"def {name}(" in (CHECKOUT / module).read_text(encoding="utf-8")


@pytest.mark.parametrize("module", planted_bugs.changed_modules(), ids=lambda module: module.file)
def test_at_least_85_percent_of_the_changes_of_a_module_are_caught(
    module: planted_bugs.ChangedModule,
) -> None:
    assert module.caught >= 0.85 * module.changes
    assert (CHECKOUT / module.file).is_file()
    assert all((CHECKOUT / test).is_file() for test in module.tests.split())


def test_a_bug_that_fits_nowhere_is_an_error() -> None:
    with pytest.raises(ValueError, match="2 places"):
        Bug("twice", "a.py", "x", "y", "t").plant("x = x")
