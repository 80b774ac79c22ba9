# For those who have an engine. The same script that a bare machine runs does the installing, so the two cannot drift apart.
FROM debian:12-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv ca-certificates curl && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/nbioc
COPY . .
# The database is a container of its own (compose.yaml): setup then leaves PostgreSQL out.
ENV DATABASE_URL=postgis://at-run-time/nbioc
RUN script/setup
EXPOSE 8000
CMD ["script/server"]
