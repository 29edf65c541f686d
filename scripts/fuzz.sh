#!/usr/bin/env bash
# Feeds the readers of files with random changes of the tests' files.
#
#   scripts/fuzz.sh [SECONDS [TARGET…]]     60 seconds for each of all targets
#
# Installs cargo-fuzz when it is missing. Works with the toolchain of the
# repository: without a sanitizer, cargo-fuzz needs no nightly one. With a
# nightly one, SANITIZER=address finds faults in the unsafe code of libraries:
#
#   RUSTUP_TOOLCHAIN=nightly SANITIZER=address scripts/fuzz.sh
#
# The first inputs are files of crates/app/tests/inputs. What is found on the
# way is kept in target/fuzz/corpus, so that the next run starts from there; an
# input that makes a target fail is kept in target/fuzz/failures.
source "$(dirname "$0")/common.sh"

version=0.13.2
seconds=${1:-60}
shift || true
[[ $seconds =~ ^[0-9]+$ ]] || fail 'usage: scripts/fuzz.sh [SECONDS [TARGET…]]'
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(zip compound xlsx ods xls csv html spreadsheet_ml sniff kind)
sanitizer=${SANITIZER:-none}
inputs=crates/app/tests/inputs
state=target/fuzz
# Larger inputs take longer and find no more.
max_bytes=131072

if [[ $(cargo fuzz --version 2>/dev/null || true) != "cargo-fuzz $version" ]]; then
  heading "installing cargo-fuzz $version"
  cargo install cargo-fuzz --locked --force --version "$version" </dev/null
fi
have c++ || fail 'please install a C++ compiler: libFuzzer is written in C++'

fuzz() { cargo fuzz "$1" --fuzz-dir fuzz --target-dir "$state/build" --sanitizer "$sanitizer" "${@:2}"; }

# seeds TARGET: prints the files that it starts from. Files that unpack to more than max_bytes would be
# cut, and those of some kilobytes are tried most often in a second.
seeds() {
  local endings=() size=-13k
  case $1 in
    xlsx | ods) endings=("$1") size=-8k ;;
    csv) endings=(csv) ;;
    zip) endings=(xlsx ods) ;;
    html) endings=(xls) size=-13k ;;
    # Made by nobody any more: it starts from the words of the format.
    spreadsheet_ml) return 0 ;;
    xls | compound) endings=(xls) size=-100k ;;
    *) endings=(xlsx ods xls csv) ;;
  esac
  local ending
  for ending in "${endings[@]}"; do find "$inputs" -name "*.$ending" -size "$size"; done
}

# progress LOG: prints the last count of libFuzzer every ten seconds.
progress() {
  while sleep 10; do
    grep -E '^#[0-9]+' "$1" | tail -1 | sed -E 's/^(#[0-9]+).*(cov: [0-9]+).*(exec\/s: [0-9]+).*(rss: [0-9]+Mb).*/  \1 inputs, \2, \3, \4/' || true
  done
}

# run TARGET: fuzzes it for so many seconds and prints what came of it.
run() {
  local target=$1 log=$state/logs/$1.log status=0 watcher
  local corpus=$state/corpus/$target seed=$state/seeds/$target failures=$state/failures/$target
  mkdir -p "$state/logs" "$corpus" "$failures"
  rm -rf "$seed" && mkdir -p "$seed"
  seeds "$target" | while read -r file; do cp "$file" "$seed/"; done
  local options=(-max_total_time="$seconds" -max_len=$max_bytes -timeout=20 -rss_limit_mb=2048
    -artifact_prefix="$failures/" -print_final_stats=1)
  case $target in xlsx | ods | html | spreadsheet_ml | sniff) options+=(-dict=fuzz/xml.dict) ;; esac
  : >"$log"
  progress "$log" &
  watcher=$!
  fuzz run "$target" "$corpus" "$seed" -- "${options[@]}" >"$log" 2>&1 || status=$?
  kill "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  if [ $status -ne 0 ]; then
    tail -40 "$log"
    echo "$target failed; the input is in $failures, all of the output in $log"
    return $status
  fi
  local executions
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  results+=("$(printf '%10d inputs  %s' "${executions:-0}" "$target")")
  echo "  $target: ${executions:-0} inputs, nothing found"
}

heading "building ${#targets[@]} targets (sanitizer: $sanitizer)"
for target in "${targets[@]}"; do fuzz build "$target"; done

failed=()
results=()
count=0
for target in "${targets[@]}"; do
  count=$((count + 1))
  heading "$target: target $count of ${#targets[@]}, $seconds s"
  run "$target" || failed+=("$target")
done

heading 'what came of it'
[ ${#results[@]} -eq 0 ] || printf '%s\n' "${results[@]}"
[ ${#failed[@]} -eq 0 ] || fail "these targets failed: ${failed[*]}"
