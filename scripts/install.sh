#!/usr/bin/env bash
# Installs what is missing, and nothing else: quick when all is there. Written
# for Debian 12 with a Rust toolchain and Node; on other systems it names what
# to install by hand.
source "$(dirname "$0")/common.sh"

packages=()
have cc && have make || packages+=(build-essential)
have sqlite3 || packages+=(sqlite3)
server_binary initdb >/dev/null || packages+=(postgresql)
browser >/dev/null || packages+=(chromium)
{ have fc-list && [ -n "$(fc-list :lang=zh family)" ]; } || packages+=(fontconfig fonts-noto-cjk)

if [ ${#packages[@]} -gt 0 ]; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  have apt-get && "${as_root[@]}" true 2>/dev/null || fail "please install by hand: ${packages[*]}"
  heading "installing ${packages[*]}"
  "${as_root[@]}" apt-get update -qq </dev/null
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${packages[@]}" </dev/null
fi

have cargo || fail 'please install Rust: https://rustup.rs'
have node && have npm || fail 'please install Node 20 or newer: https://nodejs.org'

if ! cargo nextest --version >/dev/null 2>&1; then
  heading 'installing cargo-nextest'
  cargo install cargo-nextest --locked --version 0.9.143 </dev/null
fi

# Packages of the browser code and of the browser tests, when their lock file is newer than what is there.
for directory in assets e2e; do
  [ -f $directory/package.json ] || continue
  [ $directory/node_modules/.package-lock.json -nt $directory/package-lock.json ] && continue
  heading "installing packages in $directory/"
  (cd $directory && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error </dev/null)
done
