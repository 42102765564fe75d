// RUN: dsv4-opt %s --tile-to-host=vector-width=6 --verify-diagnostics

// expected-error@below {{[tile_to_host_c3] vector-width must be a power of two of at least 4, found 6}}
module {
  tile.kernel @empty(%wg: index) attributes {workgroups = 1 : i64} {
    tile.return
  }
}
