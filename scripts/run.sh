#!/usr/bin/env bash
# Builds and serves Jiangong. On the first start, when the data directory is
# empty, the demonstration city is loaded into it.
#   DATA    directory of the data (default: data)
#   LISTEN  address and port (default: 127.0.0.1:8080)
source "$(dirname "$0")/common.sh"

data=${DATA:-data}
listen=${LISTEN:-127.0.0.1:8080}

scripts/install.sh run
heading 'building (the first time takes some minutes; each line is a library that is begun)'
cargo build --release --package jiangong
binary=${CARGO_TARGET_DIR:-target}/release/jiangong
heading "built $binary: $(($(stat -L -c %s "$binary") / 1000000)) MB, with everything it needs inside"

if [ -z "$(ls -A "$data" 2>/dev/null)" ]; then
  heading "loading the demonstration city into $data/"
  "$binary" demo --data "$data"
fi
heading "open http://$listen in a browser; Ctrl-C stops"
exec "$binary" serve --data "$data" --listen "$listen"
