#!/usr/bin/env bash
# Everything that must hold before a change lands: form, lints, documentation,
# house rules, all tests on SQLite and PostgreSQL, and walks through the pages
# in a browser. Says at the end how long each part took.
#
# Everything is compiled once: `cargo build --all-targets` makes the tests, the
# program that the browser walks through and the house rules with one set of
# libraries. A `cargo build --package …` would choose other features for them
# and build most of them again.
source "$(dirname "$0")/common.sh"

start=$SECONDS
export POSTGRES_STATE=target/postgres.$$
logs=$(mktemp -d -t jiangong-test.XXXXXXXX)
target=${CARGO_TARGET_DIR:-$PWD/target}
declare -A running
clean_up() {
  local process
  for process in "${running[@]}"; do kill -- "-$process" 2>/dev/null || true; done
  scripts/postgres.sh stop || true
  rm -rf "$logs"
}
trap clean_up EXIT

# begin NAME COMMAND…: runs it beside what follows; its output waits for `finish`.
begin() {
  local name=$1
  shift
  # A session of its own, so that all of it can be ended.
  setsid "$@" >"$logs/$name" 2>&1 </dev/null &
  running[$name]=$!
}

# finish NAME: waits for it and shows what it printed. Fails as it does.
finish() {
  local status=0
  wait "${running[$1]}" || status=$?
  unset "running[$1]"
  cat "$logs/$1"
  return $status
}

lints() {
  cargo clippy --workspace --all-targets --quiet -- -D warnings &&
    # A server may be built without the demonstration city; its tests are the same.
    cargo clippy --workspace --no-default-features --quiet -- -D warnings
}

# Licences and sources are house rules; advisories stand in a database on the network.
advisories() {
  if ! cargo deny --version >/dev/null 2>&1; then
    echo 'not looked up: cargo-deny is not installed (cargo install cargo-deny --locked)'
  elif ! cargo deny fetch db; then
    echo 'not looked up: the database of advisories cannot be reached'
  else
    cargo deny check
  fi
}

documentation() {
  # What is public leads to what is private: this is read by who works on it.
  RUSTDOCFLAGS='-D warnings -A rustdoc::private_intra_doc_links' cargo doc --workspace --no-deps --document-private-items --quiet
}

tests() {
  local url
  url=$(scripts/postgres.sh start) || return
  JIANGONG_TEST_POSTGRES=$url cargo nextest run --workspace
}

part 'installing what building needs' scripts/install.sh run
part 'form' cargo fmt --all --check
begin install scripts/install.sh test
part 'lints' lints
part 'documentation' documentation
part 'building' cargo build --workspace --all-targets
part 'house rules' "$target/debug/xtask" tidy
part 'advisories' advisories
part 'installing what testing needs' finish install

failed=
part 'tests' tests || failed=yes
# Not beside the tests: on two cores both become slow, and a browser answers to deadlines.
part 'browser walks' env JIANGONG="$target/debug/jiangong" scripts/e2e.sh || failed=yes

heading "how long it took: $((SECONDS - start)) s"
printf '%s\n' "${parts[@]}"
[ -z "$failed" ] || fail 'something failed, see above'
