#!/usr/bin/env bash
# make dev: starts the demo, and anew whenever a file is saved, and reloads the
# browser. The text of a page needs no new start.
#
# The page is not changed for it: templ's proxy adds its script to what it passes
# on, and serves it from the page's own origin, which the page's policy allows.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

saved=.data/saved # made by templ whenever a new start is needed
if [ "${1-}" = saved ]; then
  exec touch "$saved"
fi

portal=${GUICHET_ADDR:-127.0.0.1:8080}
templ=$(go tool -modfile=tools/go.mod -n templ)
export TEMPL_DEV_MODE=true TEMPL_DEV_MODE_WATCH_ROOT=$PWD
mkdir -p .data
rm -f "$saved"
demo=
stop() {
  if [ -n "$demo" ]; then
    kill "$demo" 2>/dev/null || true
    wait "$demo" || true
  fi
}
"$templ" generate -watch -cmd "tools/dev.sh saved" -open-browser=false -log-level warn -proxy "http://$portal" \
  -watch-pattern '/(cmd|internal|migrations|static|web)/.*\.(templ|go|sql|toml|css|js)$' -ignore-pattern '_test\.go$' &
watcher=$!
trap 'stop; kill "$watcher"; wait "$watcher" || true' EXIT

while true; do
  until [ -e "$saved" ]; do sleep 0.2; done # at first when templ has read every file
  rm -f "$saved"
  # templ finds the text of a page by the path of its source, which has to stay in the binary.
  if go build -trimpath=false -o bin/demo ./cmd/demo; then
    stop
    bin/demo &
    demo=$!
    until (: <>"/dev/tcp/${portal%:*}/${portal##*:}") 2>/dev/null || ! kill -0 "$demo" 2>/dev/null; do sleep 0.1; done
    echo "It reloads itself at http://127.0.0.1:7331"
    "$templ" generate -notify-proxy >/dev/null 2>&1 || true
  fi
done
