// Instructions of public hand-written gfx942 kernels, one line per form, with
// operands of our own. Which instructions a kernel uses was read from:
//   GEMM       hipBLASLt's custom kernels for gfx942, decoded from their words,
//              and notes on the disassembly of aiter's block-scaled FP8 GEMM
//   MoE        CK's flatmm micro-kernels for gfx9
//   attention  notes on the disassembly of aiter's FP8 MLA, and the cross-lane
//              reductions of public softmax and top-k inline assembly
// Instructions of other kernels are covered by the rule that every mnemonic has
// semantics or a reason (InstructionSetTest.cpp).

.amdgcn_target "amdgcn-amd-amdhsa--gfx942"
.text

gemm:
  buffer_load_dword v4, v8, s[76:79], 0 offen
  buffer_load_dword v8, s[76:79], 0 offen lds
  buffer_load_dwordx4 v[104:107], v6, s[92:95], 0 offen sc0 sc1
  buffer_load_dwordx4 a[24:27], v10, s[72:75], 0 offen
  buffer_load_short_d16 v4, v8, s[76:79], 0 offen
  buffer_load_short_d16_hi v4, v8, s[76:79], 0 offen
  buffer_store_dwordx4 v[32:35], v6, s[12:15], 0 offen sc0 sc1
  buffer_store_dwordx2 v[32:33], v6, s[12:15], 0 offen
  buffer_store_short v32, v6, s[12:15], 0 offen
  global_atomic_pk_add_bf16 v[0:1], v2, off
  ds_read_b128 v[16:19], v9
  ds_read_b32 v16, v9
  ds_write_b32 v8, v4
  ds_write_b128 v8, v[4:7]
  s_add_i32 s86, 0x70c0c, 4
  s_add_u32 m0, s57, m0
  s_addc_u32 s85, s85, 0
  s_and_b32 s84, 0x7f, s28
  s_atomic_dec s51, s[24:25], 0x0 glc
  s_barrier
  s_branch .Lgemm_end
  s_cbranch_scc0 .Lgemm_end
  s_cbranch_scc1 .Lgemm_end
  s_cmp_eq_i32 s5, 0
  s_cmp_eq_u32 s50, 1
  s_cmp_eq_u64 s[52:53], 0
  s_cmp_ge_u32 s2, s85
  s_cmp_gt_i32 s5, -14
  s_cmp_le_i32 s5, -14
  s_cmpk_gt_u32 s84, 0x0
  s_cmpk_lg_u32 s60, 0x0
  s_cmpk_eq_u32 s60, 0x0
  s_cselect_b32 s66, s28, s66
  s_getpc_b64 s[84:85]
  s_setpc_b64 s[84:85]
  s_load_dword s51, s[52:53], 0x0
  s_load_dwordx2 s[50:51], s[52:53], 0x0
  s_load_dwordx4 s[48:51], s[52:53], 0x0
  s_load_dwordx8 s[48:55], s[60:61], 0x0
  s_load_dwordx16 s[32:47], s[60:61], 0x0
  s_lshl_b32 s65, s65, 2
  s_lshl_b64 s[84:85], s[84:85], 1
  s_lshr_b32 s51, s51, 6
  s_mov_b32 s75, 0x20000
  s_mov_b64 s[66:67], -1
  s_mul_hi_u32 s85, s66, s42
  s_mul_i32 s51, 0x80, s2
  s_nop 1
  s_or_saveexec_b64 vcc, s[66:67]
  s_sub_i32 s5, s5, 1
  s_sub_u32 s51, s50, 1
  s_subb_u32 s51, s50, 1
  s_setprio 1
  s_waitcnt vmcnt(14) lgkmcnt(0)
  s_endpgm
  v_accvgpr_read_b32 v7, a1
  v_accvgpr_write_b32 a0, v7
  v_add_lshl_u32 v1, v5, v1, 0
  v_add_u32 v0, s51, v0
  v_and_b32 v0, 63, v102
  v_cmp_ge_i32 s[88:89], 0, v5
  v_cmpx_eq_u32 s[66:67], v6, s66
  v_cndmask_b32 v12, v6, v11, s[88:89]
  v_cvt_f32_f16 v4, v4
  v_cvt_f16_f32 v4, v4
  v_cvt_pk_f32_fp8 v[4:5], v4
  v_cvt_pk_fp8_f32 v4, v4, v5
  v_lshlrev_b32 v0, 2, v0
  v_lshrrev_b32 v4, 6, v102
  v_mov_b32 v11, 0x80000000
  v_mul_f32 v4, v4, s51
  v_mul_lo_u32 v1, 16, v1
  v_pack_b32_f16 v4, v4, v5
  v_pk_add_f32 v[32:33], v[32:33], v[104:105]
  v_pk_fma_f32 v[32:33], v[32:33], v[104:105], v[32:33]
  v_pk_mul_f32 v[32:33], v[32:33], v[104:105]
  v_readfirstlane_b32 s48, v4
  v_sub_u32 v9, v0, s66
  v_mfma_f32_16x16x32_fp8_fp8 v[0:3], a[4:5], v[6:7], v[0:3]
  v_mfma_f32_32x32x16_fp8_fp8 v[0:15], a[16:17], v[18:19], v[0:15]
  v_mfma_f32_16x16x16_f16 a[0:3], v[4:5], v[6:7], a[0:3]
  v_mfma_f32_32x32x8_f16 a[0:15], v[4:5], v[6:7], a[0:15]
  v_mfma_f32_16x16x16_bf16 a[0:3], v[4:5], v[6:7], a[0:3]
  v_mfma_f32_32x32x8_bf16 a[0:15], v[4:5], v[6:7], a[0:15]
.Lgemm_end:

moe:
  v_cvt_f32_i32 v54, v54
  v_mul_f32 v54, v17, v54 row_newbcast:12
  v_mul_i32_i24 v54, s66, v54
  v_add_u32 v55, v56, v55
  v_and_b32 v55, 0x00ffffff, v55
  v_exp_f32 v54, v54
  v_rcp_f32 v54, v54
  v_add_f32 v54, 1.0, v54
  v_max_f32 v54, v54, v55
  v_cmp_u_f32 s[80:81], v54, v54
  v_bfe_u32 v54, v54, 16, 1
  v_add3_u32 v54, v54, v55, v53
  v_perm_b32 v54, v55, v54, s52
  v_mfma_i32_16x16x32_i8 v[0:3], a[0:1], v[192:193], v[0:3]
  v_mfma_f32_16x16x32_fp8_fp8 v[0:3], a[0:1], v[192:193], v[0:3]
  s_mul_i32 s60, s61, 16
  global_atomic_add_f32 v54, v55, s[8:9]
  global_atomic_pk_add_f16 v54, v55, s[8:9]
  global_atomic_pk_add_bf16 v54, v55, s[8:9]
  ds_write_b64 v54, v[0:1]
  ds_read_b64 v[0:1], v54

attention:
  v_perm_b32 v0, v1, v2, v3
  v_mfma_f32_16x16x32_fp8_fp8 a[0:3], v[4:5], v[6:7], a[0:3]
  v_max3_f32 v0, v1, v2, v3
  v_fma_f32 v0, v1, v2, v3
  v_exp_f32 v0, v1
  v_log_f32 v0, v1
  v_add_f32_dpp v0, v1, v1 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf
  v_max_f32_dpp v0, v1, v1 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf
  v_add_f32_dpp v0, v1, v2 row_ror:8 row_mask:0xf bank_mask:0xf bound_ctrl:1
  v_max_f32_dpp v0, v1, v1 row_half_mirror row_mask:0xf bank_mask:0xf
  v_max_f32_dpp v0, v1, v1 row_mirror row_mask:0xf bank_mask:0xf
  v_mov_b32_dpp v0, v4 row_shl:4 row_mask:0xf bank_mask:0x5
  v_mov_b32_dpp v0, v4 row_shr:4 row_mask:0xf bank_mask:0xa
  v_max_f32_dpp v0, v1, v1 row_bcast:15 row_mask:0xa bank_mask:0xf
  v_max_f32_dpp v0, v1, v1 row_bcast:31 row_mask:0xc bank_mask:0xf
  ds_swizzle_b32 v0, v1 offset:swizzle(SWAP,16)
  ds_bpermute_b32 v0, v1, v2
  v_cmp_lt_f32 vcc, v0, v1
  v_cmp_gt_f32 vcc, v0, v1
  v_mbcnt_lo_u32_b32 v0, -1, 0
  v_mbcnt_hi_u32_b32 v0, -1, v0
  v_readlane_b32 s0, v0, 63
  s_bcnt1_i32_b64 s0, vcc
  s_ff1_i32_b64 s0, vcc
  s_and_saveexec_b64 s[0:1], vcc
  s_or_b64 exec, exec, s[0:1]
  s_cbranch_execz .Lattention_end
  s_cbranch_vccz .Lattention_end
  ds_add_u32 v0, v1
  ds_add_rtn_u32 v0, v1, v2
  global_atomic_add v0, v1, v2, s[0:1] sc0
  global_load_dwordx4 v[0:3], v4, s[0:1]
  global_store_dwordx4 v4, v[0:3], s[0:1]
  buffer_wbl2 sc1
  buffer_inv sc1
  s_sleep 1
.Lattention_end:
  s_endpgm
