#!/usr/bin/env bash
# Installs what is missing for a purpose, and nothing else; quick when all is there.
#
#   scripts/install.sh run     build and serve: a C compiler, packages of the browser code
#   scripts/install.sh test    run, and all tests: PostgreSQL, Chromium, Chinese fonts, pdftotext, cargo-nextest
#   scripts/install.sh bench   run, and measuring: PostgreSQL, packages of the peers
#
# Written for Debian 12 with a Rust toolchain and Node; on other systems it
# names what to install by hand.
source "$(dirname "$0")/common.sh"

purpose=${1:-run}
case $purpose in run | test | bench) ;; *) fail 'usage: scripts/install.sh run|test|bench' ;; esac

packages=()
directories=(assets)
have cc && have make || packages+=(build-essential)
if [ "$purpose" != run ]; then
  have sqlite3 || packages+=(sqlite3)
  server_binary initdb >/dev/null || packages+=(postgresql)
fi
if [ "$purpose" = test ]; then
  directories+=(e2e)
  browser >/dev/null || packages+=(chromium)
  have pdftotext || packages+=(poppler-utils)
  { have fc-list && [ -n "$(fc-list :lang=zh family)" ]; } || packages+=(fontconfig fonts-noto-cjk)
fi

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

# The release of rust-toolchain.toml may be there under another name ("stable"): then nothing is downloaded.
release=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
if have rustup && [[ $(rustup toolchain list) != *"$release-"* ]]; then
  for toolchain in $(rustup toolchain list | cut -d' ' -f1); do
    if [[ $(rustup run "$toolchain" rustc --version 2>/dev/null || true) == "rustc $release "* ]]; then
      heading "using the Rust toolchain $toolchain, which is $release"
      rustup override set "$toolchain"
      break
    fi
  done
fi

if [ "$purpose" = test ] && ! cargo nextest --version >/dev/null 2>&1; then
  heading 'installing cargo-nextest'
  cargo install cargo-nextest --locked --version 0.9.143 </dev/null
fi

# Packages from npm, when their lock file is newer than what is there.
for directory in "${directories[@]}"; do
  [ $directory/node_modules/.package-lock.json -nt $directory/package-lock.json ] && continue
  heading "installing packages in $directory/"
  (cd $directory && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error </dev/null)
done
if [ "$purpose" = bench ]; then
  heading 'installing packages in bench/peers/'
  # Not `npm ci`: a lock file names DuckDB for every platform, and not every registry has them all.
  (cd bench/peers && npm install --no-package-lock --no-audit --no-fund --loglevel=error </dev/null)
fi
