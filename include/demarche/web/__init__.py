"""The page inside Airflow: what was found, and which feeds are in trouble. Reads only the published copy."""
