"""The published copy as Airflow's own SQL operators see it, through the official DuckDB provider."""

import json

import pytest

from demarche.adapters.warehouse import Published, Warehouse

pytestmark = pytest.mark.airflow


def test_airflows_sql_operator_asks_the_published_copy(settings, monkeypatch, airflow_database):
    from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

    with Warehouse(settings).transaction() as connection:
        connection.execute("INSERT INTO core.loads SELECT now(), now(), now(), 1, 2, 3, 4, 5, 6, 'rules', 'code'")
    Published(settings).replace_by(Warehouse(settings))
    address = {"conn_type": "duckdb", "host": str(settings.published), "extra": {"read_only": True, "threads": 1}}
    monkeypatch.setenv("AIRFLOW_CONN_DEMARCHE", json.dumps(address))
    ask = SQLExecuteQueryOperator(task_id="ask", conn_id="demarche", sql="SELECT entry_count FROM mart.runs")
    assert ask.execute({}) == [(3,)]
    # Its connection is closed: the next publication and the next writer are free.
    Published(settings).replace_by(Warehouse(settings))
