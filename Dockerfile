# Two stages: the first builds the wheel and installs what is locked, the second holds only what it takes to run.
FROM python:3.12.12-slim-bookworm AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

# The lock before the code, so that a change of code does not install everything anew.
COPY requirements/ requirements/
RUN python -m venv /opt/claudication \
 && /opt/claudication/bin/pip install --require-hashes --only-binary :all: --requirement requirements/run.txt \
 && python -m venv /opt/builder \
 && /opt/builder/bin/pip install --require-hashes --only-binary :all: --requirement requirements/build.txt

COPY pyproject.toml README.md LICENSE NOTICE ./
COPY service/ service/
RUN /opt/builder/bin/pip wheel --no-deps --no-index --no-build-isolation --wheel-dir dist . \
 && /opt/claudication/bin/pip install --no-deps --no-index dist/*.whl


FROM python:3.12.12-slim-bookworm
LABEL org.opencontainers.image.title="Claudication CDS" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN useradd --system --uid 10001 --home-dir /var/lib/claudication --create-home --shell /usr/sbin/nologin claudication
COPY --from=build /opt/claudication /opt/claudication
COPY LICENSE NOTICE /usr/share/doc/claudication/

ENV PATH=/opt/claudication/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CLAUDICATION_HOST=0.0.0.0 \
    CLAUDICATION_PORT=8000 \
    CLAUDICATION_DATABASE_URL=sqlite:////var/lib/claudication/claudication.db

USER claudication
WORKDIR /var/lib/claudication
VOLUME /var/lib/claudication
EXPOSE 8000

HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['CLAUDICATION_PORT']}/health/live\", timeout=2)"]

CMD ["claudication", "serve"]
