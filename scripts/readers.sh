#!/usr/bin/env bash
# Measures our readers of workbooks beside calamine's on the tests' files and on
# a workbook of 100,000 rows; the table belongs into docs/decisions/0002-own-workbook-readers.md.
source "$(dirname "$0")/common.sh"

cargo build --release --quiet --manifest-path bench/readers/Cargo.toml
bench/readers/target/release/readers crates/app/tests/inputs bench/readers/target/large.xlsx
