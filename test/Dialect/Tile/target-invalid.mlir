// RUN: dsv4-opt %s -split-input-file -verify-diagnostics

// expected-error@+1 {{[target_attr_c1] expected one of the targets gfx942, gfx950, sm_90, host, found 'gfx906'}}
module attributes {tile.target = #tile.target<gfx906>} {}

// -----

// expected-error@+1 {{[target_attr_c2] gfx942 computes in fnuz, not in ocp}}
module attributes {tile.target = #tile.target<gfx942 ocp>} {}

// -----

// expected-error@+1 {{[target_attr_c2] gfx950 computes in ocp, not in fnuz}}
module attributes {tile.target = #tile.target<gfx950 fnuz>} {}

// -----

// expected-error@+1 {{expected ocp or fnuz, found 'ieee'}}
module attributes {tile.target = #tile.target<host ieee>} {}

// -----

// expected-error@+1 {{[target_attr_c3] expects tile.target to be a #tile.target, found "gfx942"}}
module attributes {tile.target = "gfx942"} {}
