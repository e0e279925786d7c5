# The shop in a container. `docker compose up` (compose.yaml) brings its database along.
FROM python:3.12-slim AS built
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY campaigns campaigns
COPY engine engine
COPY ledger ledger
COPY templates templates
# The versions that were tested together, in an environment of their own that is taken along whole.
RUN python -m venv /opt/langganan \
 && /opt/langganan/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.12-slim
# pg_dump and pg_restore of the server's version, for `langganan backup` with PostgreSQL.
ARG POSTGRESQL=17
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates postgresql-common \
 && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
 && apt-get install --yes --no-install-recommends "postgresql-client-${POSTGRESQL}" \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin langganan \
 && mkdir --mode=0700 /data /backups \
 && chown langganan:langganan /data /backups
COPY --from=built /opt/langganan /opt/langganan
ENV PATH=/opt/langganan/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    DATA_DIR=/data \
    BACKUP_DIR=/backups \
    WEB_HOST=0.0.0.0 \
    LOG_FORMAT=json
# Nothing is written anywhere else: the rest may be read-only.
VOLUME ["/data", "/backups"]
WORKDIR /data
USER langganan
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('WEB_PORT', '8080')}/healthz\", timeout=4)"]
ENTRYPOINT ["langganan"]
CMD ["serve"]
