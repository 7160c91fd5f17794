# One image for the API, the workers, beat, the listener and the migration; who starts it says which it is.
FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements/uv.txt requirements/runtime.txt requirements/
RUN python -m venv /tools && python -m venv --without-pip /opt/devoured \
 && /tools/bin/pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
 && /tools/bin/uv pip install -p /opt/devoured/bin/python --no-cache --compile-bytecode --require-hashes -r requirements/runtime.txt
COPY requirements/runtime.in requirements/one-machine.in requirements/
COPY pyproject.toml setup.py README.md LICENSE ./
COPY app app
COPY workers workers
COPY emails emails
COPY migrations migrations
RUN /tools/bin/uv pip install -p /opt/devoured/bin/python --no-cache --compile-bytecode --offline --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin devoured \
 && install --directory --owner=devoured --mode=0700 /var/lib/devoured /var/lib/devoured-images
COPY --from=build /opt/devoured /opt/devoured
ENV PATH=/opt/devoured/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["devoured", "serve", "--host", "0.0.0.0", "--port", "8000"]
