// RUN: dsv4-opt %s --tile-to-host --verify-diagnostics

// expected-error@below {{[tile_to_host_c4] expects weights in plain panels, found fragments of 8 bytes in buffer 1: they are for matrix instructions, which the host has none of}}
tile.kernel @fragments(%wg: index, %x: memref<4xf32>, %w: memref<2x128x64xf8E4M3FN> {tile.fragment = 8 : i64}) attributes {workgroups = 1 : i64} {
  tile.return
}
