#!/usr/bin/env bash
# What action.yml runs: `kubectl svcpath check` with the action's inputs, its table in the log, its findings as annotations and on the job's page, JUnit
# and SARIF as files. Inputs come by the environment and are words to it, never text of a script.
set -euo pipefail

words=(check)
add() { # FLAG VALUE: only where a value was given
  if [ -n "$2" ]; then words+=("$1" "$2"); fi
}
list() { # VALUE: its words, one an argument
  local -a found=()
  read -r -d '' -a found <<<"$1" || true
  words+=(${found[@]+"${found[@]}"}) # bash before 4.4, as on macOS, calls an empty array unset
}
add -n "${SVCPATH_NAMESPACE:-}"
add -l "${SVCPATH_SELECTOR:-}"
add --wait "${SVCPATH_WAIT:-}"
add --fail-on "${SVCPATH_FAIL_ON:-}"
add --ignore "${SVCPATH_IGNORE:-}"
add --capture "${SVCPATH_CAPTURE:-}"
if [ "${SVCPATH_ALL_NAMESPACES:-false}" = true ]; then words+=(-A); fi
list "${SVCPATH_ARGS:-}"

annotations=$(mktemp)
summary=$(mktemp)
trap 'rm -f "$annotations" "$summary"' EXIT
words+=(--report "github=$annotations")
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then words+=(--report "markdown=$summary"); fi
if [ -n "${SVCPATH_JUNIT:-}" ]; then words+=(--report "junit=$SVCPATH_JUNIT"); fi
if [ -n "${SVCPATH_SARIF:-}" ]; then words+=(--report "sarif=$SVCPATH_SARIF"); fi
# Last, behind the end of the flags: a service may come from a pull request, and must not bring a flag such as --kubeconfig.
words+=(--)
list "${SVCPATH_SERVICES:-}"

here=$(cd "$(dirname "$0")/.." && pwd)
code=0
"${SVCPATH_BIN:-$here/bin/kubectl-svcpath}" "${words[@]}" || code=$?
cat "$annotations"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$summary" >>"$GITHUB_STEP_SUMMARY"; fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "exit-code=$code" >>"$GITHUB_OUTPUT"; fi
exit "$code"
