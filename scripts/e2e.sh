#!/usr/bin/env bash
# Walks through the pages in a real browser: builds the binary (or takes the one
# named by JIANGONG), serves a fresh demonstration city on a free port, runs the
# specs in e2e/, stops the server.
# Arguments go to Playwright, for example: scripts/e2e.sh login --project=phone
source "$(dirname "$0")/common.sh"

data=$(mktemp -d -t jiangong-e2e.XXXXXXXX)
server=
clean_up() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; } || true
  rm -rf "$data"
}
trap clean_up EXIT

CHROMIUM=$(browser) || fail 'no Chromium is installed; run scripts/install.sh test'
export CHROMIUM

binary=${JIANGONG:-}
if [ -z "$binary" ]; then
  cargo build --workspace --all-targets
  binary=${CARGO_TARGET_DIR:-target}/debug/jiangong
fi
log=$data/log

"$binary" demo --data "$data/city" --small >"$log" 2>&1 || { cat "$log" >&2; fail 'the demonstration city was not made'; }
port=$(free_port)
"$binary" serve --data "$data/city" --listen "127.0.0.1:$port" >>"$log" 2>&1 &
server=$!
export JIANGONG_URL=http://127.0.0.1:$port

# answers: whether the server answers with a page; while it opens its database it answers /healthz alone.
answers() {
  { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || return 1
  printf 'GET /login HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
  local status
  read -r -t 5 status <&3 || status=
  exec 3>&-
  [[ $status == *' 200 '* ]]
}
for _ in {1..150}; do
  answers && break
  kill -0 "$server" 2>/dev/null || { cat "$log" >&2; fail 'the server ended'; }
  sleep 0.2
done
answers || { cat "$log" >&2; fail 'the server did not answer within 30 s'; }

(cd e2e && node_modules/.bin/playwright test "$@") </dev/null
