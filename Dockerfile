# One image for every service of docker-compose.yaml. The base image is a build argument, so that a mirror or an
# image made from Debian's packages can stand in for it; its Python has to be 3.11 to 3.13.
ARG BASE_IMAGE=python:3.12.11-slim-bookworm

FROM ${BASE_IMAGE} AS packages
# POWERBI=1 adds Microsoft's provider, which the task refresh of transform_metrics needs.
ARG POWERBI=
COPY requirements.txt requirements-powerbi.txt /tmp/
RUN python3 -m venv /opt/gauss/venv \
    && /opt/gauss/venv/bin/python -m pip install --no-cache-dir --no-input --disable-pip-version-check \
        --require-hashes -r /tmp/requirements.txt ${POWERBI:+-r /tmp/requirements-powerbi.txt}

FROM ${BASE_IMAGE} AS service
RUN groupadd --gid 50000 gauss \
    && useradd --uid 50000 --gid gauss --create-home --home-dir /home/gauss --shell /usr/sbin/nologin gauss \
    && install -d -o gauss -g gauss -m 0750 \
        /var/lib/gauss /var/lib/gauss/inbox /var/lib/gauss/archive /var/lib/gauss/spool \
        /var/lib/gauss/output /var/lib/gauss/logs /var/lib/gauss/airflow
COPY --from=packages /opt/gauss/venv /opt/gauss/venv
WORKDIR /opt/gauss/project
COPY airflow_settings.yaml ./
COPY dags ./dags
COPY plugins ./plugins
COPY include ./include
COPY api ./api
COPY deploy ./deploy
COPY dbt ./dbt
ENV PATH=/opt/gauss/venv/bin:$PATH \
    PYTHONPATH=/opt/gauss/project \
    PYTHONDONTWRITEBYTECODE=1 \
    AIRFLOW_HOME=/var/lib/gauss/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/gauss/project/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/gauss/project/plugins \
    AIRFLOW__LOGGING__BASE_LOG_FOLDER=/var/lib/gauss/logs \
    AIRFLOW_VAR_INBOX=/var/lib/gauss/inbox \
    AIRFLOW_VAR_ARCHIVE=/var/lib/gauss/archive \
    AIRFLOW_VAR_SPOOL=/var/lib/gauss/spool \
    AIRFLOW_VAR_OUTPUT=/var/lib/gauss/output
USER 50000:50000
ENTRYPOINT ["python", "-m"]
CMD ["airflow", "version"]
