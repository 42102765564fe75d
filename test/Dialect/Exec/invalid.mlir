// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

// buffer_c1
// expected-error @+1 {{[buffer_c1] expected a memref of static shape with elements, identity layout and a supported element type, got 'memref<?x4xf32>'}}
exec.buffer @buffer_c1_dynamic arena : memref<?x4xf32> whole of tensor<?x4xf32>

// -----

// expected-error @+1 {{[buffer_c1] expected a memref of static shape with elements, identity layout and a supported element type, got 'memref<4xi1>'}}
exec.buffer @buffer_c1_element arena : memref<4xi1> whole of tensor<4xi1>

// -----

// expected-error @+1 {{[buffer_c2] there is no part codes of 'tensor<4xi8>'}}
exec.buffer @buffer_c2_codes arena : memref<4xi8> codes of tensor<4xi8>

// -----

!keys = !dsv4.cache<entries, ratio 4, page 8, keys !fp8.scaled<?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 0>
// expected-error @+1 {{[buffer_c2] there is no part tail of}}
exec.buffer @buffer_c2_tail state : memref<4xbf16> tail of !keys

// -----

// expected-error @+1 {{[buffer_c3] a buffer of space input is an allocation of its own and has no offset}}
exec.buffer @buffer_c3_space input : memref<4xi8> whole of tensor<4xi8> at 0

// -----

// expected-error @+1 {{[buffer_c3] offset 128 is not a non-negative multiple of 256}}
exec.buffer @buffer_c3_alignment arena : memref<4xi8> whole of tensor<4xi8> at 128

// -----

// expected-error @+1 {{[pack_c1] no exec.buffer @pack_c1_missing}}
exec.pack tensor @pack_c1_missing from ["a"] as tensor<4xf32>

// -----

exec.buffer @pack_c1_space arena : memref<4xf32> whole of tensor<4xf32>
// expected-error @+1 {{[pack_c1] @pack_c1_space is of space arena, not weights}}
exec.pack tensor @pack_c1_space from ["a"] as tensor<4xf32>

// -----

exec.buffer @pack_c2_source weights : memref<4xf32> whole of tensor<4xf32>
// expected-error @+1 {{[pack_c2] tensor needs source}}
exec.pack tensor @pack_c2_source from ["a"]

// -----

exec.buffer @pack_c2_limit weights : memref<4xf32> whole of tensor<4xf32>
// expected-error @+1 {{[pack_c2] tensor takes no limit}}
exec.pack tensor @pack_c2_limit from ["a"] as tensor<4xf32> limit 3

// -----

exec.buffer @pack_c2_frequencies weights : memref<4x2xf32> whole of tensor<4x2xf32>
// expected-error @+1 {{[pack_c2] rope_table needs frequencies}}
exec.pack rope_table @pack_c2_frequencies from []

// -----

exec.buffer @pack_c2_id_limit weights : memref<4x2xi32> whole of tensor<4x2xi32>
// expected-error @+1 {{[pack_c2] id_table needs one tensor and a positive limit}}
exec.pack id_table @pack_c2_id_limit from ["a"] as tensor<4x2xi64> limit 0

// -----

exec.buffer @pack_c3_element weights : memref<4xf32> whole of tensor<4xf32>
// expected-error @+1 {{[pack_c3] can't pack 'tensor<4xbf16>' into 'tensor<4xf32>'}}
exec.pack tensor @pack_c3_element from ["a"] as tensor<4xbf16>

// -----

// FNUZ codes of the checkpoint don't exist; a recast only leads from OCP to FNUZ.
!source = !fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>
!w = !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, panel 16>
exec.buffer @pack_c3_recast weights : memref<16384xi8> codes of !w
exec.buffer @scales weights : memref<1xi8> scales of !w
// expected-error @+1 {{[pack_c3] can't pack '!fp8.scaled<128x128, e4m3 fnuz bias 8}}
exec.pack scaled @pack_c3_recast scales @scales from ["w"] scales_from ["s"] as !source

// -----

!source = !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 1, largest 448, panel 16>
exec.buffer @pack_c3_shift weights : memref<16384xi8> codes of !w
exec.buffer @scales weights : memref<1xi8> scales of !w
// expected-error @+1 {{[pack_c3] can't pack}}
exec.pack scaled @pack_c3_shift scales @scales from ["w"] scales_from ["s"] as !source

// -----

exec.buffer @pack_c3_fragment weights : memref<16x24xbf16> whole of tensor<16x24xbf16, #fp8.layout<panel 16 fragment 8>>
// expected-error @+1 {{[pack_c3] can't pack 'tensor<16x24xbf16>' into 'tensor<16x24xbf16, #fp8.layout<panel 16 fragment 8>>': rows of fragments are a multiple of 64 bytes, not 48}}
exec.pack tensor @pack_c3_fragment from ["a"] as tensor<16x24xbf16>

// -----

exec.buffer @pack_c3_rope weights : memref<4x6xf32> whole of tensor<4x6xf32>
// expected-error @+1 {{[pack_c3] a table of 2 frequencies is a tensor<positions x 4 x f32>, not 'tensor<4x6xf32>'}}
exec.pack rope_table @pack_c3_rope from [] frequencies [1.0, 0.5]

// -----

!source = !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, panel 16>
exec.buffer @pack_c4_part weights : memref<16384xi8> codes of !w
// expected-error @+1 {{[pack_c4] @pack_c4_part is the part codes, not scales}}
exec.pack scaled @pack_c4_part scales @pack_c4_part from ["w"] scales_from ["s"] as !source

// -----

!source = !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, panel 16>
exec.buffer @pack_c4_holds weights : memref<16384xi8> codes of !w
exec.buffer @scales weights : memref<1xi8> scales of !source
// expected-error @+1 {{[pack_c4] the codes are of '!fp8.scaled<128x128, e4m3 fnuz bias 8}}
exec.pack scaled @pack_c4_holds scales @scales from ["w"] scales_from ["s"] as !source

// -----

exec.buffer @pack_c5_experts weights : memref<3x4x8xf32> whole of tensor<3x4x8xf32>
// expected-error @+1 {{[pack_c5] 2 tensors for a source with leading dimension 3}}
exec.pack tensor @pack_c5_experts from ["a", "b"] as tensor<3x4x8xf32>

// -----

!source = !fp8.scaled<2x128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
exec.buffer @pack_c5_scales weights : memref<32768xi8> codes of !source
exec.buffer @scales weights : memref<2xi8> scales of !source
// expected-error @+1 {{[pack_c5] 2 tensors, but 1 scale tensors}}
exec.pack scaled @pack_c5_scales scales @scales from ["w", "v"] scales_from ["s"] as !source

// -----

exec.buffer @pack_c6_bytes weights : memref<12x64xf32> whole of tensor<12x64xf32, #fp8.layout<panel 16>>
// expected-error @+1 {{[pack_c6] @pack_c6_bytes has 3072 bytes, the packed weight 4096}}
exec.pack tensor @pack_c6_bytes from ["a"] as tensor<12x64xf32>

// -----

!open = !dsv4.open_rows<4 x 8>
// expected-error @+1 {{[state_c1] no exec.buffer @u}}
exec.state @state_c1 : !open in [@u, @s]

// -----

!open = !dsv4.open_rows<4 x 8>
exec.buffer @u arena : memref<4x8xf32> u of !open
// expected-error @+1 {{[state_c1] @u is of space arena, not state}}
exec.state @state_c1_space : !open in [@u, @u]

// -----

// expected-error @+1 {{[state_c2] 'tensor<4xf32>' is no cache and no open rows}}
exec.state @state_c2_type : tensor<4xf32> in []

// -----

!open = !dsv4.open_rows<4 x 8>
exec.buffer @u state : memref<4x8xf32> u of !open
// expected-error @+1 {{[state_c2] '!dsv4.open_rows<4 x 8>' has 2 parts, got 1 buffers}}
exec.state @state_c2_count : !open in [@u]

// -----

!open = !dsv4.open_rows<4 x 8>
exec.buffer @u state : memref<4x8xf32> u of !open
// expected-error @+1 {{[state_c2] buffer #1, @u, is the part u, not s}}
exec.state @state_c2_order : !open in [@u, @u]

// -----

!open = !dsv4.open_rows<4 x 8>
!other = !dsv4.open_rows<8 x 8>
exec.buffer @u state : memref<4x8xf32> u of !open
exec.buffer @s state : memref<4x8xf32> s of !other
// expected-error @+1 {{[state_c3] @s holds '!dsv4.open_rows<8 x 8>', not '!dsv4.open_rows<4 x 8>'}}
exec.state @state_c3 : !open in [@u, @s]

// -----

!open = !dsv4.open_rows<4 x 8>
exec.buffer @u state : memref<2x4x8xf32> u of !open
exec.buffer @s state : memref<3x4x8xf32> s of !open
// expected-error @+1 {{[state_c4] @s has 384 bytes for rows of 128, expected exactly 2 rows}}
exec.state @state_c4_rows : !open in [@u, @s]

// -----

!keys = !dsv4.cache<entries, ratio 4, page 8, keys !fp8.scaled<?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 0>
exec.buffer @k state : memref<3x64xi8> codes of !keys
exec.buffer @k.scales state : memref<3x1xi8> scales of !keys
// expected-error @+1 {{[state_c4] @k has 192 bytes for rows of 64, expected a multiple of 2 rows}}
exec.state @state_c4_pages : !keys in [@k, @k.scales]
