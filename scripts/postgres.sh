#!/usr/bin/env bash
# A private PostgreSQL for tests, in a temporary directory on a free port.
#
#   scripts/postgres.sh start   starts it (or finds it running) and prints its URL
#   scripts/postgres.sh url     prints the URL of the running one
#   scripts/postgres.sh stop    stops it and removes its directory
#   scripts/postgres.sh break   stops it as a power cut does; its directory stays
#   scripts/postgres.sh resume  starts it again after that, at the same place
#
# It trades safety for speed (no fsync) unless POSTGRES_DURABLE is set, as the
# bench does: never put data into it. The file named by POSTGRES_STATE remembers
# where it is; give another name for a second one.
source "$(dirname "$0")/common.sh"

state=${POSTGRES_STATE:-target/postgres}
if [ -n "${POSTGRES_DURABLE:-}" ]; then
  settings='-c shared_buffers=1GB -c max_wal_size=8GB'
else
  settings='-c shared_buffers=128MB -c fsync=off -c synchronous_commit=off -c full_page_writes=off'
fi

# PostgreSQL refuses to run as root; then it runs as an unprivileged user.
owner=
if [ "$(id -u)" = 0 ]; then
  owner=$(id -un postgres 2>/dev/null || id -un nobody)
fi
as_owner() (
  cd / # that user may not be allowed to look where we are
  if [ -z "$owner" ]; then
    "$@"
  elif have setpriv; then
    setpriv --reuid="$owner" --regid="$(id -gn "$owner")" --clear-groups -- "$@"
  elif have runuser; then
    runuser -u "$owner" -- "$@"
  else
    su -s /bin/sh "$owner" -c 'exec "$0" "$@"' -- "$@"
  fi
)

# read_state: sets `directory` and `port`; fails when none was started.
read_state() { [ -f "$state" ] && read -r directory port <"$state"; }

running() {
  read_state && as_owner "$pg_ctl" --pgdata="$directory/data" status >/dev/null 2>&1
}

url() { echo "postgres://jiangong@127.0.0.1:$port/postgres"; }

start() {
  if running; then url; return; fi
  local initdb log
  initdb=$(server_binary initdb) || fail 'PostgreSQL is not installed; run scripts/install.sh test'
  directory=$(mktemp -d -t jiangong-postgres.XXXXXXXX)
  log=$directory/log
  [ -z "$owner" ] || chown "$owner" "$directory"
  as_owner "$initdb" --pgdata="$directory/data" --username=jiangong --auth=trust \
    --encoding=UTF8 --locale=C --no-sync >"$log" 2>&1 || { cat "$log" >&2; rm -rf "$directory"; fail 'initdb failed'; }
  # Another process may take the port between the look and the start.
  for _ in 1 2 3; do
    port=$(free_port)
    if as_owner "$pg_ctl" --pgdata="$directory/data" --log="$directory/data/log" --wait --silent start -o "\
      -p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200 \
      $settings" \
      </dev/null >>"$log" 2>&1; then
      mkdir -p "$(dirname "$state")"
      echo "$directory $port" >"$state"
      url
      return
    fi
  done
  cat "$log" "$directory/data/log" >&2 || true
  rm -rf "$directory"
  fail 'PostgreSQL did not start'
}

stop() {
  read_state || return 0
  ! running || as_owner "$pg_ctl" --pgdata="$directory/data" --mode=immediate --silent stop >/dev/null
  rm -rf "$directory"
  rm -f "$state"
}

# break_off: what is not on the disk by now is lost.
break_off() {
  read_state || fail 'no PostgreSQL is running; run scripts/postgres.sh start'
  as_owner "$pg_ctl" --pgdata="$directory/data" --mode=immediate --silent stop >/dev/null
}

resume() {
  read_state || fail 'no PostgreSQL was started; run scripts/postgres.sh start'
  as_owner "$pg_ctl" --pgdata="$directory/data" --log="$directory/data/log" --wait --silent restart \
    </dev/null >>"$directory/log" 2>&1 || { cat "$directory/data/log" >&2; fail 'PostgreSQL did not start'; }
}

pg_ctl=$(server_binary pg_ctl) || fail 'PostgreSQL is not installed; run scripts/install.sh test'
case ${1:-} in
  start) start ;;
  stop) stop ;;
  break) break_off ;;
  resume) resume ;;
  url) running || fail 'no PostgreSQL is running; run scripts/postgres.sh start'; url ;;
  *) fail 'usage: scripts/postgres.sh start|stop|break|resume|url' ;;
esac
