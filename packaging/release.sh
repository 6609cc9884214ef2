#!/usr/bin/env bash
# release.sh PROGRAM: a tarball of the program with what belongs to it, and its checksum, in dist/. The same program and commit
# give the same bytes.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/.."
version=$("$program" --version | cut -d' ' -f2)
name=lanehook-$version-$(uname -m)-$(uname -s | tr '[:upper:]' '[:lower:]')
time=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y LICENSE)
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
mkdir "$folder/$name"
install -m 755 "$program" "$folder/$name/lanehook"
# With all that the docs point at: a test reads this line.
cp -r --parents LICENSE README.md CHANGELOG.md SECURITY.md docs catalogue platforms/README.md crates/signature/receivers packaging/lanehook.service packaging/Dockerfile packaging/prometheus packaging/grafana "$folder/$name"
mkdir -p dist
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$time" --mode=go=rX,u+rw -C "$folder" -c "$name" |
  gzip -n > "dist/$name.tar.gz"
cd dist
sha256sum "$name.tar.gz" > "$name.tar.gz.sha256"
cat "$name.tar.gz.sha256"
