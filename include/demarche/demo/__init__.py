"""The demonstration: an invented newsroom and the server that publishes it. No part of a real run imports it."""
