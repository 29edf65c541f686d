#!/usr/bin/env bash
# Measures at full size, on SQLite and on a PostgreSQL that it starts and stops
# itself, and writes docs/benchmarks.md. The cities are kept in target/bench.
# Arguments go to the bench program; `--help` lists them.
source "$(dirname "$0")/common.sh"

scripts/install.sh
heading 'building'
cargo build --release --quiet --package jiangong --package bench
# Not `npm ci`: a lock file names DuckDB for every platform, and not every registry has them all.
(cd bench/peers && npm install --no-package-lock --no-audit --no-fund --loglevel=error)

export POSTGRES_STATE=target/bench/postgres POSTGRES_DURABLE=1
mkdir -p target/bench
trap 'scripts/postgres.sh stop' EXIT
JIANGONG_BENCH_POSTGRES=$(scripts/postgres.sh start)
export JIANGONG_BENCH_POSTGRES
heading 'measuring'
"${CARGO_TARGET_DIR:-target}/release/bench" "$@"
