// RUN: dsv4-opt %s --dsv4-plan-pool --split-input-file --verify-diagnostics
// RUN: not dsv4-opt %s --dsv4-plan-pool=max-tokens=0 --split-input-file 2>&1 | FileCheck %s

// expected-error @+1 {{[plan_pool_c1] the module has no 'dsv4.config'}}
module @plan_pool_c1 {
}

// -----

// expected-error @+1 {{[plan_pool_c3] 'dsv4.config' lacks the positive integer 'window'}}
module @plan_pool_c3 attributes {dsv4.config = {page = 128 : i64, max_context = 4096 : i64}} {
}

// -----

// expected-error @+1 {{[plan_pool_c3] 'dsv4.config' lacks the positive integer 'page'}}
module @plan_pool_c3_zero attributes {dsv4.config = {page = 0 : i64, window = 128 : i64, max_context = 4096 : i64}} {
}

// CHECK: [plan_pool_c2] 'max-tokens' is 0, expected at least 1
