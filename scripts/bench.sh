#!/usr/bin/env bash
# Measures at full size, on SQLite and on a PostgreSQL that it starts and stops
# itself, and writes docs/benchmarks.md. The cities are kept in target/bench.
# Arguments go to the bench program; `--help` lists them.
source "$(dirname "$0")/common.sh"

scripts/install.sh bench
heading 'building'
cargo build --release --package jiangong --package bench

export POSTGRES_STATE=target/bench/postgres POSTGRES_DURABLE=1
mkdir -p target/bench
trap 'scripts/postgres.sh stop' EXIT
JIANGONG_BENCH_POSTGRES=$(scripts/postgres.sh start)
export JIANGONG_BENCH_POSTGRES
heading 'measuring'
"${CARGO_TARGET_DIR:-target}/release/bench" "$@"
