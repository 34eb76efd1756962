#!/usr/bin/env bash
# How long is the optimised build after a change of one line? Edits a file of each part, builds, and restores it.
#
#     scripts/rebuild_times.sh [FILE ...]
#
# Without files: a step of `prepare`, the groups and algebras, and the command line. Needs a machine that does nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

step=src/prepare/steps/scale.rs
[ -f "$step" ] || step=src/prepare/scale.rs
files=("$@")
[ ${#files[@]} -gt 0 ] || files=("$step" crates/lie/src/lib.rs src/cli/run.rs)

saved=$(mktemp)
edited=
restore() {
  if [ -n "$edited" ]; then
    cat "$saved" > "$edited"
    edited=
  fi
}
trap 'restore; rm -f "$saved"' EXIT

build() { cargo build --release --locked --quiet; }

build
for file in "${files[@]}"; do
  cp "$file" "$saved"
  edited=$file
  # Code that changes nothing.
  echo 'const _: () = ();' >> "$file"
  began=$(date +%s.%N)
  build
  ended=$(date +%s.%N)
  restore
  awk -v file="$file" -v began="$began" -v ended="$ended" 'BEGIN { printf "%-40s %6.1f s\n", file, ended - began }'
  # The next change starts from what was there.
  build
done
