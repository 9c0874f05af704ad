#!/usr/bin/env bash
# What action.yml runs first: the program of the action's own version, from its release, checked against the release's SHA256SUMS. One archive and
# no package manager. Prints `bin=PATH` to GITHUB_OUTPUT.
set -euo pipefail

fail() {
  echo "::error title=svcpath::$1"
  exit 1
}

here=$(cd "$(dirname "$0")/.." && pwd)
version=$(sed -n 's/^  "version": "\([0-9.]*\)",$/\1/p' "$here/package.json")
[ -n "$version" ] || fail 'package.json of the action names no version'

case $(uname -s) in
  Linux) os=linux ;;
  Darwin) os=darwin ;;
  MINGW* | MSYS* | CYGWIN*) os=windows ;;
  *) fail "there is no svcpath for $(uname -s)" ;;
esac
case $(uname -m) in
  x86_64 | amd64) arch=amd64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) fail "there is no svcpath for $(uname -m)" ;;
esac
# The one for Windows runs on Arm, too, which emulates it.
if [ "$os" = windows ]; then arch=amd64; fi

archive="kubectl-svcpath_${os}_${arch}.tar.gz"
releases=https://github.com/kubectl-svcpath/kubectl-svcpath/releases/download
folder="${RUNNER_TEMP:-$(mktemp -d)}/svcpath-$version"
mkdir -p "$folder"
cd "$folder"
for file in SHA256SUMS "$archive"; do
  curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 --output "$file" "$releases/v$version/$file" ||
    fail "release v$version has no $file, or it cannot be reached; name a released version: kubectl-svcpath/kubectl-svcpath@vX.Y.Z"
done
wanted=$(sed -n "s/^\([0-9a-f]\{64\}\)  $archive\$/\1/p" SHA256SUMS)
[ -n "$wanted" ] || fail "SHA256SUMS of release v$version does not name $archive"
if command -v sha256sum >/dev/null; then found=$(sha256sum <"$archive"); else found=$(shasum -a 256 <"$archive"); fi
[ "${found%% *}" = "$wanted" ] || fail "$archive is not the one that SHA256SUMS of release v$version names"
tar -xzf "$archive"
bin=kubectl-svcpath
if [ "$os" = windows ]; then bin=kubectl-svcpath.exe; fi
echo "bin=$folder/$bin" >>"${GITHUB_OUTPUT:-/dev/stdout}"
