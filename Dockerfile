# The pipeline with its Airflow, from the hashed lock. Built and run by docker-compose.yaml.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt

FROM python:3.11-slim-bookworm
RUN useradd --uid 50000 --create-home --home-dir /opt/airflow airflow \
    && mkdir -p /opt/demarche /var/lib/demarche /opt/airflow/logs \
    && chown airflow: /var/lib/demarche /opt/airflow/logs
COPY --from=packages /opt/venv /opt/venv
COPY --chown=root:root pyproject.toml README.md /opt/demarche/
COPY --chown=root:root include /opt/demarche/include
COPY --chown=root:root dags /opt/demarche/dags
COPY --chown=root:root plugins /opt/demarche/plugins
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -e /opt/demarche
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/demarche/include:/opt/demarche/dags \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/opt/airflow \
    DEMARCHE_HOME=/var/lib/demarche \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/demarche/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/demarche/plugins
USER airflow
WORKDIR /opt/airflow
ENTRYPOINT ["airflow"]
