#!/usr/bin/env bash
# Installs what is missing (as root), builds everything and runs every test: lit,
# unit, fuzz, golden and integration tests, and those of the exhaustive
# configuration. Each runner prints its own summary; exits 1 if any test failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/install-deps.sh
cmake --preset release -DDSV4C_BUNDLE_TESTS=ON
cmake --build --preset release

status=0
# lit is also a test of ctest, which would hide its summary.
cmake --build --preset release --target check-dsv4 || status=1
ctest --test-dir build/release -C exhaustive --output-on-failure -j"$(nproc)" -E '^lit$' || status=1
exit "$status"
