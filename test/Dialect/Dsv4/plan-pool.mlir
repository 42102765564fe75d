// RUN: dsv4-opt %s --dsv4-plan-pool="max-batch=8 max-tokens=256 output-rows=32" --split-input-file | FileCheck %s
// RUN: dsv4-opt %s --dsv4-plan-pool="max-batch=1 max-tokens=1 output-rows=1" --split-input-file | FileCheck %s --check-prefix=SMALL

// 127 carried positions touch 2 pages at most; a third takes the tokens that
// follow, two more those of a whole step.
// CHECK: exec.pool = {entry_pages = 256 : i64, entry_pages_per_sequence = 32 : i64,
// CHECK-SAME: max_batch = 8 : i64, max_context = 4096 : i64, output_rows = 32 : i64, page = 128 : i64,
// CHECK-SAME: window = 128 : i64, window_pages = 26 : i64, window_pages_per_sequence = 5 : i64}
// SMALL: exec.pool = {entry_pages = 32 : i64, {{.*}} window_pages = 4 : i64, window_pages_per_sequence = 4 : i64}
module attributes {dsv4.config = {page = 128 : i64, window = 128 : i64, max_context = 4096 : i64}} {
}

// -----

// A million positions; a context that ends within a page takes the whole page.
// CHECK: exec.pool = {entry_pages = 65544 : i64, entry_pages_per_sequence = 8193 : i64
module attributes {dsv4.config = {page = 128 : i64, window = 48 : i64, max_context = 1048577 : i64}} {
}
