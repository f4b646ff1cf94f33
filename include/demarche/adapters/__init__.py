"""The edge: each module touches one outside thing and decides nothing."""
