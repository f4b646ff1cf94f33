"""The one way to the network: a client that asks for an address politely, within limits, and never raises."""

from demarche.adapters.http.client import CODINGS, Client, OutOfBudgetError, user_agent
from demarche.adapters.http.sessions import read_authorities

__all__ = ["CODINGS", "Client", "OutOfBudgetError", "read_authorities", "user_agent"]
