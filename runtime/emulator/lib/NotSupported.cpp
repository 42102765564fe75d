//===- NotSupported.cpp - Instructions of gfx942 without semantics --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4emu/Device.h"

namespace dsv4emu {

static constexpr char kGws[] =
    "needs a global wave sync resource, which the driver allocates";
static constexpr char kScratch[] =
    "depends on the wave's scratch base, which gfx942 keeps out of reach of "
    "the program";
static constexpr char kFork[] =
    "uses the branch stack, which is not modelled; compilers mask EXEC instead";
static constexpr char kTrap[] = "returns from a trap handler, and none is "
                                "installed";
static constexpr char kDiscard[] =
    "drops written cache lines, so what memory holds afterwards is undefined";

absl::Span<const NotSupported> notSupportedInstructions() {
  static constexpr NotSupported table[] = {
      {"ds_gws_barrier", kGws},
      {"ds_gws_init", kGws},
      {"ds_gws_sema_br", kGws},
      {"ds_gws_sema_p", kGws},
      {"ds_gws_sema_release_all", kGws},
      {"ds_gws_sema_v", kGws},
      {"s_cbranch_g_fork", kFork},
      {"s_cbranch_i_fork", kFork},
      {"s_cbranch_join", kFork},
      {"s_dcache_discard", kDiscard},
      {"s_dcache_discard_x2", kDiscard},
      {"s_endpgm_ordered_ps_done", "ends a pixel shader"},
      {"s_endpgm_saved", "ends a wave whose context a trap handler saved"},
      {"s_rfe_b64", kTrap},
      {"s_rfe_restore_b64", kTrap},
      {"s_scratch_load_dword", kScratch},
      {"s_scratch_load_dwordx2", kScratch},
      {"s_scratch_load_dwordx4", kScratch},
      {"s_scratch_store_dword", kScratch},
      {"s_scratch_store_dwordx2", kScratch},
      {"s_scratch_store_dwordx4", kScratch},
      {"s_sendmsghalt", "stops the wave until a debugger resumes it"},
      {"s_setkill", "kills a wave that a debugger or the driver has marked"},
      {"s_setvskip", "skips vector instructions, which is not modelled; "
                     "compilers branch instead"},
      {"v_screen_partition_4se_b32", "looks up a screen position"},
  };
  return table;
}

} // namespace dsv4emu
