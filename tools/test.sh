#!/usr/bin/env bash
# Everything that must hold:            tools/test.sh
# The tests of some packages:           tools/test.sh ./internal/booking ...
# What needs no browser and no patience, tools/test.sh -fast
# without the race detector
#
# Goes through all steps even when one fails, and ends with the line
# "N passed, N failed": each step and each Go test counts. Steps that do not
# wait for each other run at the same time; the Go tests have the machine alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tool=(go tool -modfile=tools/go.mod)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/steps"  # one line for each step: ok or FAIL
: >"$work/events" # of the Go tests, when each ended

# step NAME COMMAND... runs one check and counts it; what it printed is shown
# when it failed. Inside, bash does not stop at a failing command by itself.
step() {
  local name=$1 begun=$SECONDS word=ok out
  shift
  out=$(mktemp "$work/out.XXXXXX")
  "$@" >"$out" 2>&1 || word=FAIL
  echo "$word" >>"$work/steps"
  printf '%-5s %-28s %4ds\n' "$word" "$name" $((SECONDS - begun))
  [ $word = ok ] || sed 's/^/      /' "$out"
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

documents() {
  go -C tools vet ./... && go -C tools test ./...
}

# go_tests FLAGS-AND-PACKAGES... shows the packages, then all that failed.
go_tests() {
  local begun=$SECONDS word=ok
  "${tool[@]}" gotestsum --format pkgname --format-icons text --jsonfile-timing-events "$work/events" \
    -- -timeout 25m "$@" || word=FAIL
  printf '%-5s %-28s %4ds\n' "$word" "Go tests" $((SECONDS - begun))
  # A package that does not build, or whose TestMain fails, has no test that failed.
  if [ $word = FAIL ] && [ "$(tests fail)" = 0 ]; then
    echo FAIL >>"$work/steps"
  fi
}

tests() { grep -cs "\"Action\":\"$1\".*\"Test\":" "$work/events" || true; }

# The short run of make prove: the crash points that matter most, a few races, one
# mix of misfortunes, all scenarios, what is quick of the trials, a handful of mutants.
prove() {
  go -C tools/prove vet -tags prove ./... && go -C tools/prove test -tags prove ./... && go -C tools/prove run -tags prove . -root ../.. -quick
}

# The proof and the benchmarks are modules of their own.
lint() {
  local linter
  linter=$("${tool[@]}" -n golangci-lint) || return 1
  "$linter" run ./... &&
    (cd tools/bench && "$linter" run -c ../../.golangci.yml ./...) &&
    (cd tools/prove && "$linter" run -c ../../.golangci.yml --build-tags prove ./...)
}

# without_browser lists the packages whose tests drive no browser.
without_browser() {
  go list -f '{{.ImportPath}} {{.TestImports}} {{.XTestImports}}' ./... | awk '!/chromedp/ { print $1 }'
}

# These take longer than all others together.
patience='^(TestOperationsOfOneSaleAreIsolated|TestMoreThanIsCounted|TestFiftyDifferencesInTenThousandLines|TestTheLifeOfADemo)$'

everything() {
  tools/need.sh go node chromium firefox postgres nginx caddy
  step "documents" documents &
  step "container files" containers &
  step "generated files" "${tool[@]}" templ generate -check -log-level warn &
  step "build" go build ./... &
  wait
  go_tests -race -shuffle=on ./...
  step "prove, the short run" prove &
  step "memory of requests" go test -run '^TestWorstRequestsAreBounded$' ./internal/server & # the race detector needs memory of its own
  step "format, vet, lint" lint &
  step "dead code" dead_code &
  wait
}

case "${1-}" in
  "") everything ;;
  -fast)
    tools/need.sh go postgres
    step "documents" documents
    mapfile -t packages < <(without_browser)
    go_tests -skip "$patience" "${packages[@]}" # not shuffled: go keeps the results of what did not change
    ;;
  *)
    tools/need.sh go postgres
    go_tests -race -shuffle=on "$@"
    ;;
esac

passed=$(($(grep -c ok "$work/steps" || true) + $(tests pass)))
failed=$(($(grep -c FAIL "$work/steps" || true) + $(tests fail)))
printf '%d seconds\n' "$SECONDS"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
