#!/usr/bin/env bash
# Everything that must hold. Goes through all steps even when one fails, and
# ends with the line "N passed, N failed": each step and each Go test counts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tool=(go tool -modfile=tools/go.mod)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# step NAME COMMAND... runs one check and counts it; what it printed is shown
# when it failed. Inside, bash does not stop at a failing command by itself.
step() {
  local name=$1 begun=$SECONDS
  shift
  if "$@" >"$work/out" 2>&1; then
    passed=$((passed + 1))
    printf 'ok    %-28s %4ds\n' "$name" $((SECONDS - begun))
  else
    failed=$((failed + 1))
    sed 's/^/      /' "$work/out"
    printf 'FAIL  %-28s %4ds\n' "$name" $((SECONDS - begun))
  fi
}

fingerprints() {
  find cmd internal migrations static web -type f -print0 | sort -z | xargs -0 sha256sum
}

# What generators write is committed; a file that changes now was stale.
generated() {
  fingerprints >"$work/before" &&
    "${tool[@]}" templ generate -log-level warn &&
    go generate ./... &&
    fingerprints >"$work/after" || return 1
  if ! diff "$work/before" "$work/after" >"$work/stale"; then
    echo "these generated files were stale; run make generate and commit them:"
    awk '/^>/ { print "  " $3 }' "$work/stale"
    return 1
  fi
}

containers() {
  npm run --silent --prefix tools containers || return 1
  # Only the Docker CLI with its compose plugin can judge the whole file.
  if docker compose version >/dev/null 2>&1; then
    docker compose -f docker-compose.yml config -q
  fi
}

# No function of the product's packages is unreachable from a command, except
# those of tools/deadcode.txt, which all are.
dead_code() {
  "${tool[@]}" deadcode -f '{{$p := .Path}}{{range .Funcs}}{{println $p .Name}}{{end}}' ./... | awk '
    NR == FNR { if ($1 != "" && $1 != "#") listed[$1 " " $2] = 1; next }
    $0 == "" { next }
    ($1 " *") in listed { used[$1 " *"] = 1; next }
    $0 in listed { used[$0] = 1; next }
    { print "unreachable: " $0; bad = 1 }
    END {
      for (one in listed) if (!(one in used)) { print "tools/deadcode.txt: nothing unreachable is called " one; bad = 1 }
      exit bad
    }' tools/deadcode.txt -
}

tools_vet() {
  go -C tools vet ./... && go -C tools test ./...
}

# go_tests adds the counts of all Go tests to those of the steps.
go_tests() {
  local status=0 go_passed go_failed
  go -C tools build -o "$work/report" ./report
  go test -json -race -shuffle=on -timeout 25m ./... | "$work/report" -totals "$work/totals" || status=$?
  read -r go_passed go_failed <"$work/totals" || { go_passed=0; go_failed=1; }
  if [ "$status" != 0 ] && [ "$go_failed" = 0 ]; then
    go_failed=1
  fi
  passed=$((passed + go_passed))
  failed=$((failed + go_failed))
}

# The short run of make prove: every crash point once, a few races, one mix of
# misfortunes, what is quick of the trials, a handful of mutants.
prove() {
  go -C tools/prove vet -tags prove ./... && go -C tools/prove test -tags prove ./... && go -C tools/prove run -tags prove . -root ../.. -quick
}

tools/need.sh go node chromium postgres
step "tools" tools_vet
step "container files" containers
step "generated files" generated
step "build" go build ./...
step "dead code" dead_code
go_tests
step "prove, the short run" prove
step "format, vet, lint" "${tool[@]}" golangci-lint run ./...

printf '%d seconds\n' "$SECONDS"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
