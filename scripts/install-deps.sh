#!/usr/bin/env bash
# Installs everything that building, testing and running needs, from Debian 12's
# own archive. Run as root.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
packages=(
  cmake ninja-build ccache python3
  clang-22 clang-tools-22 lld-22 liblld-22-dev libclang-rt-22-dev
  llvm-22-dev libmlir-22-dev mlir-22-tools
  libabsl-dev flatbuffers-compiler libflatbuffers-dev zlib1g-dev libzstd-dev
  libgtest-dev libbenchmark-dev nlohmann-json3-dev libicu-dev
)
missing=()
for p in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
if ((${#missing[@]})); then
  apt-get update -q
  apt-get install -y -q --no-install-recommends "${missing[@]}"
fi
