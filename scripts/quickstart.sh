#!/usr/bin/env bash
# From a fresh Debian 12 to generated text: installs what is missing (as root),
# builds the compiler and the runtime, compiles the small Shakespeare model to a
# bundle and lets the bundle continue a prompt. Nothing but build/ and out/ is
# written below this folder.
#   scripts/quickstart.sh [PROMPT]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A text starts with this token, which prompts spell out.
begin='<｜begin▁of▁sentence｜>'
prompt=${1:-$'ROMEO:\nBut, soft! what light'}
bundle=out/dsv4-shakespeare.dsv4

scripts/install-deps.sh
cmake --preset release
cmake --build --preset release --target dsv4c dsv4-run

mkdir -p out
set -x
build/release/bin/dsv4c compile models/dsv4-shakespeare --target=host -o "$bundle"
build/release/bin/dsv4-run "$bundle" --weights models/dsv4-shakespeare --prompt "$begin$prompt" \
  --greedy --max-new-tokens 97
