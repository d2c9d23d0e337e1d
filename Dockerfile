# A Kawa broker. Listens on 0.0.0.0:9092 and advertises localhost:9092 unless KAFKA_LISTENERS and
# KAFKA_ADVERTISED_LISTENERS say otherwise; KAFKA_* settings are those of Apache Kafka's image.
#
#   docker build -t kawa .
#   docker run -p 9092:9092 -v kawa-data:/var/lib/kawa kawa
ARG BASE=python:3.11-slim

FROM ${BASE} AS build
WORKDIR /source
RUN python -m venv /opt/kawa
COPY pyproject.toml README.md ./
COPY broker broker
RUN /opt/kawa/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM ${BASE}
RUN useradd --uid 1000 --create-home --shell /usr/sbin/nologin kawa \
 && install -d -o kawa -g kawa /var/lib/kawa
COPY --from=build /opt/kawa /opt/kawa
ENV PATH=/opt/kawa/bin:$PATH \
    KAFKA_LISTENERS=PLAINTEXT://0.0.0.0:9092 \
    KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://localhost:9092 \
    KAFKA_LOG_DIRS=/var/lib/kawa
USER kawa
WORKDIR /home/kawa
VOLUME /var/lib/kawa
EXPOSE 9092
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=4s --start-period=2s --retries=3 CMD ["kawa", "health"]
ENTRYPOINT ["kawa"]
CMD ["serve"]
