# The service alone: the database is another container or server, named by HARMSPOT_DATABASE_URL.

FROM node:22-bookworm-slim AS pages
WORKDIR /build/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM python:3.13-slim-bookworm AS builder
WORKDIR /build
COPY setup/installer.lock setup/
RUN python -m venv /installer \
    && /installer/bin/pip install --no-cache-dir --require-hashes -r setup/installer.lock
COPY requirements.lock ./
RUN python -m venv --without-pip /opt/harmspot \
    && /installer/bin/uv pip install --python /opt/harmspot/bin/python --no-cache \
        --compile-bytecode --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY data/harm_indexes data/harm_indexes
COPY migrations migrations
COPY spatial spatial
COPY service service
COPY --from=pages /build/service/http/pages/static/web service/http/pages/static/web
RUN /installer/bin/hatchling build --target wheel \
    && /installer/bin/uv pip install --python /opt/harmspot/bin/python --no-cache \
        --compile-bytecode --no-deps dist/*.whl

FROM python:3.13-slim-bookworm
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Harmspot" \
    org.opencontainers.image.description="Place-based targeting for police" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
# What briefings are typeset with.
RUN apt-get update -q \
    && apt-get install --yes -q --no-install-recommends \
        fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/*
# Numba keeps its compiled kernels in the cache: without it, each start compiles them again.
RUN useradd --uid 10001 --no-log-init --no-create-home --shell /usr/sbin/nologin harmspot \
    && install --directory --owner=harmspot --mode=0700 /var/cache/harmspot
COPY --from=builder /opt/harmspot /opt/harmspot
ENV PATH=/opt/harmspot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/var/cache/harmspot
WORKDIR /var/cache/harmspot
USER 10001
EXPOSE 8000
# Past any proxy that the environment names, since it asks this very container.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["harmspot", "serve", "--host", "0.0.0.0", "--port", "8000"]
