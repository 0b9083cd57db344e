#!/usr/bin/env bash
# Puts rulec on the path of the following steps, built from the action's own sources or from a revision of them.
set -euo pipefail

if command -v rulec >/dev/null && [[ -z "${VERSION:-}" ]]; then
  echo "rulec is installed: $(rulec --version)"
  exit 0
fi
root="${RUNNER_TEMP:?}/rulec"
if [[ -n "${VERSION:-}" ]]; then
  # A revision that looks like an option is none.
  [[ "$VERSION" != -* ]] || { echo "::error::\`$VERSION\` is no revision"; exit 2; }
  cargo install --quiet --locked --root "$root" --git https://github.com/rulec/rulec --rev "$VERSION" rulec
else
  cargo install --quiet --locked --root "$root" --path "${ACTION_PATH:?}"
fi
echo "$root/bin" >>"${GITHUB_PATH:?}"
