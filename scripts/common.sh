# Sourced by the other scripts: where we are, how to speak, how to find a port.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# heading TEXT: starts a step of a longer run.
heading() { printf '\n==> %s\n' "$*"; }

# part NAME COMMAND…: a heading, the command, and a note of how long it took. Fails as the command does.
parts=()
part() {
  local name=$1 start=$SECONDS status=0
  shift
  heading "$name"
  "$@" || status=$?
  parts+=("$(printf '%5d s  %s' $((SECONDS - start)) "$name")")
  printf '%5d s  %s\n' $((SECONDS - start)) "$name"
  return $status
}

# fail TEXT: ends the script with a reason.
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

have() { command -v "$1" >/dev/null 2>&1; }

# free_port: prints a port of this machine that nothing listens on.
free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  fail 'no free port between 20000 and 32000'
}

# server_binary NAME: prints the path of a PostgreSQL server program. Debian
# keeps them out of PATH, one directory per version; the newest wins.
server_binary() {
  local found
  found=$(command -v "$1" || true)
  if [ -z "$found" ] && have pg_config; then
    found=$(pg_config --bindir)/$1
  fi
  if [ ! -x "$found" ]; then
    found=$(ls -d /usr/lib/postgresql/*/bin/"$1" 2>/dev/null | sort -V | tail -1 || true)
  fi
  [ -x "$found" ] && readlink -f "$found"
}

# browser: prints the path of an installed Chromium or Chrome.
browser() {
  local name
  for name in chromium chromium-browser google-chrome-stable google-chrome; do
    command -v "$name" && return
  done
  return 1
}
