#!/usr/bin/env bash
# Measures at full size and compares with the limits; arguments go to the
# bench program (bench/), which writes docs/benchmarks.md.
source "$(dirname "$0")/common.sh"

[ -f bench/Cargo.toml ] || fail 'there is no bench/ yet'
scripts/install.sh
exec cargo run --release --quiet --manifest-path bench/Cargo.toml -- "$@"
