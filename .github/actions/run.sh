#!/usr/bin/env bash
# Runs one command of rulec: annotations at the lines of the pull request, the differences in the job's summary.
set -euo pipefail

# Split at blanks, and nothing else: no quotes, no patterns, no commands.
read -r -a arguments <<<"${ARGUMENTS:-}"
# From where the run starts, so that annotations have paths of the repository.
if [[ -f "${DIRECTORY:-.}/rulec.yml" ]]; then
  arguments=(--project "${DIRECTORY:-.}/rulec.yml" "${arguments[@]}")
fi
code=0
case "${COMMAND:?}" in
  snapshot)
    rulec snapshot --check --format github "${arguments[@]}" || code=$?
    if [[ "${SUMMARY:-true}" == true && $code -le 1 ]]; then
      rulec snapshot --check --quiet --format markdown "${arguments[@]}" >>"${GITHUB_STEP_SUMMARY:?}" || true
    fi
    ;;
  check)
    rulec check --format github "${arguments[@]}" || code=$?
    ;;
  diff)
    if [[ "${SUMMARY:-true}" == true ]]; then
      rulec diff --format markdown "${arguments[@]}" >>"${GITHUB_STEP_SUMMARY:?}" || code=$?
    else
      rulec diff "${arguments[@]}" || code=$?
    fi
    ;;
  test)
    rulec test "${arguments[@]}" || code=$?
    ;;
  *)
    echo "::error::\`$COMMAND\` is none of check, snapshot, diff and test"
    code=2
    ;;
esac
echo "exit-code=$code" >>"${GITHUB_OUTPUT:?}"
exit "$code"
