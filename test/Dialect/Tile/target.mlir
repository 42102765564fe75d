// RUN: dsv4-opt %s | dsv4-opt | FileCheck %s

// CHECK: module attributes {test.fnuz = #tile.target<host fnuz>, test.host = #tile.target<host>, tile.target = #tile.target<gfx942>}
module attributes {
  tile.target = #tile.target<gfx942 fnuz>,
  test.host = #tile.target<host ocp>,
  test.fnuz = #tile.target<host fnuz>
} {
  // CHECK: module attributes {tile.target = #tile.target<gfx950>}
  module attributes {tile.target = #tile.target<gfx950>} {}
}
