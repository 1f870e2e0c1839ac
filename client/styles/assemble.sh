#!/bin/sh
# Trunk's pre_build hook: all styles into one file, in layers. Rewrites it only when something changed,
# so that `trunk serve` does not build for ever.
set -eu
cd "$(dirname "$0")/.."
out=styles/assembled.css
new=$(mktemp)
layer() {
  name=$1
  shift
  printf '@layer %s {\n' "$name"
  cat "$@"
  printf '}\n'
}
{
  printf '@layer tokens, base, layout, ui, pages;\n'
  layer tokens styles/tokens.css
  layer base styles/base.css
  layer layout styles/layout.css
  layer ui $(find src/ui -name '*.css' | sort)
  layer pages $(find src -name '*.css' -not -path 'src/ui/*' | sort)
} > "$new"
if cmp -s "$new" "$out"; then rm "$new"; else cat "$new" > "$out"; rm "$new"; fi
