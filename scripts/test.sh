#!/usr/bin/env bash
# Everything that must hold before a change lands: form, lints, house rules,
# all tests on SQLite and PostgreSQL, and walks through the pages in a browser.
source "$(dirname "$0")/common.sh"

start=$SECONDS
export POSTGRES_STATE=target/postgres.$$
stop_postgres() { scripts/postgres.sh stop; }
trap stop_postgres EXIT

scripts/install.sh

heading 'form'
cargo fmt --all --check

heading 'lints'
cargo clippy --workspace --all-targets --quiet -- -D warnings

heading 'house rules'
cargo xtask tidy

heading 'tests'
JIANGONG_TEST_POSTGRES=$(scripts/postgres.sh start)
export JIANGONG_TEST_POSTGRES
cargo nextest run --workspace

heading 'pages in a browser'
scripts/e2e.sh

heading "all good, after $((SECONDS - start)) s"
