# One image for the API, the workers, beat and the migration; compose.yml says which it is.
FROM python:3.13-slim AS build
WORKDIR /srv/devoured
RUN python -m venv .venv
COPY requirements/uv.txt requirements/runtime.txt requirements/
RUN .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
 && VIRTUAL_ENV=/srv/devoured/.venv .venv/bin/uv pip install --no-cache --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY workers workers
COPY emails emails
COPY migrations migrations
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-index -e . \
 && .venv/bin/python -m compileall -q app workers

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home devoured \
 && install --directory --owner=devoured --mode=0700 /var/lib/devoured /var/lib/devoured-images
WORKDIR /srv/devoured
COPY --from=build /srv/devoured /srv/devoured
ENV PATH=/srv/devoured/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER devoured
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["devoured", "serve", "--host", "0.0.0.0", "--port", "8000"]
