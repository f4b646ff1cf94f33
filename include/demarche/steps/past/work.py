"""What a source's module is given to do a unit of work with, and what it gives back part by part."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from demarche.adapters.robots import Robots
from demarche.core.past.outlets import Outlets
from demarche.core.past.request import Request
from demarche.core.past.units import Problem, Tallies, Unit
from demarche.core.relevance import Judge
from demarche.settings import Settings
from demarche.steps.past.asking import Asker
from demarche.steps.past.filing import Filing


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a unit that is done. When it is given back, all of it is in the open batches."""

    position: str = ""  # how far the unit is, in its source's own words
    state: dict[str, Any] = field(default_factory=dict)
    is_done: bool = False


@dataclass(slots=True)
class Work:
    """One unit with everything that doing it takes. `position` and `state` are those of the last part done."""

    unit: Unit
    request: Request
    settings: Settings
    filing: Filing
    asker: Asker
    robots: Robots
    outlets: Outlets
    judge: Judge
    clock: Callable[[], datetime]
    position: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    tallies: Tallies = field(default_factory=Tallies)
    problems: list[Problem] = field(default_factory=list)

    def is_asked_for(self, moment: datetime) -> bool:
        """Whether a moment lies in the days of the request."""
        return self.request.start <= moment < self.request.end


Handler = Callable[[Work], AsyncIterator[Part]]
