"""The room of comparisons: a town sees its own, masked, and says what became of its households."""

import pytest

from tests.builders import OTHER_CITY, worker, workspace
from tests.workflows.comparing.lists import city, compare, load, write_list
