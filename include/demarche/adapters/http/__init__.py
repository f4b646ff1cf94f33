"""The one way to the network: a client that asks for an address politely, within limits, and never raises."""

from demarche.adapters.http.client import Client, OutOfBudgetError, user_agent
from demarche.adapters.http.sessions import read_authorities

__all__ = ["Client", "OutOfBudgetError", "read_authorities", "user_agent"]
