// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{[cache_c1] the ratio of a cache of kind 'window' must be 1, got 4}}
func.func private @cache_c1(!dsv4.cache<window, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>)

// -----

// expected-error @+1 {{[cache_c1] the ratio of a cache of kind 'entries' must be at least 2, got 1}}
func.func private @cache_c1_entries(!dsv4.cache<entries, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>)

// -----

// expected-error @+1 {{[cache_c2] a page must hold a positive multiple of 128 positions, got 64}}
func.func private @cache_c2(!dsv4.cache<entries, ratio 128, page 64, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>)

// -----

// expected-error @+1 {{[cache_c3] keys must be of shape [?, width]}}
func.func private @cache_c3(!dsv4.cache<window, ratio 1, page 128, keys <16x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>)

// -----

// expected-error @+1 {{[cache_c4] the tail of a cache of kind 'index' must be 0, got 64}}
func.func private @cache_c4(!dsv4.cache<index, ratio 4, page 128, keys <?x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>, tail 64>)

// -----

// expected-error @+1 {{[cache_c4] the tail of a cache of kind 'window' must be at least 0, got -1}}
func.func private @cache_c4_negative(!dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail -1>)

// -----

// expected-error @+1 {{[open_rows_c1] slots and width must be positive, got 0 x 256}}
func.func private @open_rows_c1(!dsv4.open_rows<0 x 256>)
