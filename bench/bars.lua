-- bars.lua - what the measurements on a CPU are held against: our figure divided by the peer's, from the same run
--
-- A row holds for the workloads whose whole name matches `names`: `required` must be met, `aim` is what we are after. A row of several
-- workloads is met by its geometric mean, with none worse than `worst`. `of` names what our own figure is divided by instead of the
-- peer's. `absolute` compares our figure itself, in seconds or megabytes. With oneDNN more is asked of what it computes.
-- Read next: bench/compare.lua. SPDX-License-Identifier: MIT
local onednn = require "lunette".matrix_libraries():find "oneDNN" ~= nil
local function by_library(with, without) return onednn and with or without end

return {
    {title = "one-element add", names = "dispatch_add1_.*", required = 0.35, aim = 0.25},
    {title = "chain of 10 ops, both ways", names = "dispatch_chain10_fwd_bwd", required = 0.25, aim = 0.10},
    {title = "elementwise 1e5, 1e6", names = "ew_.*_n100000?0?", required = 1.1, aim = 0.9, skip = "ew_.*_n1000|ew_.*_out_.*"},
    {title = "elementwise 1e7", names = "ew_.*_n10000000", required = 0.40, aim = 0.25, skip = "ew_add_inplace_.*|ew_.*_out_.*"},
    {title = "fused expression 1e6", names = "fused_expr_n1000000", required = 0.35, aim = 0.2},
    {title = "the same, compiled", names = "fused_expr_n1000000_compiled", required = 0.7, aim = 0.5},
    {title = "softmax", names = "red_l?o?g?_?softmax_.*", required = 1.1, aim = 0.9},
    {title = "layer norm", names = "red_layernorm_.*", required = 1.1, aim = 0.9},
    {title = "sums", names = "red_sum_.*", required = 1.1, aim = 0.9},
    {title = "cross-entropy", names = "red_cross_entropy_.*", required = 1.1, aim = 0.9},
    {title = "var_mean", names = "red_mean_var_.*", required = 0.5, aim = 0.05},
    {title = "argmax", names = "red_argmax_.*", required = 0.5, aim = 0.3},
    {title = "sort", names = "red_sort_.*", required = 0.5, aim = 0.15},
    {title = "cumsum", names = "red_cumsum_.*", required = 0.5, aim = 0.3},
    {title = "rand", names = "red_rand_.*", required = 0.5, aim = 0.1},
    {title = "bf16 products 512-2048", names = "gemm_bf16_.*", skip = "gemm_bf16_256", required = 1.0, aim = 0.7, worst = 1.35},
    {title = "products 256-2048", names = "gemm_[nt][nt]_.*", skip = "gemm_nn_[1-9][0-9]?|gemm_nn_128",
        required = by_library(1.0, 1.25), aim = by_library(0.85, 1.1), worst = 1.35},
    {title = "linear layers", names = "lin_.*", required = by_library(1.0, 1.25), aim = by_library(0.85, 1.1), worst = 1.35},
    {title = "convolution", names = "conv_.*", required = by_library(0.8, 1.5), aim = by_library(0.6, 1.2)},
    {title = "training step mlp", names = "train_mlp", required = 0.8, aim = 0.6},
    {title = "training step lenet", names = "train_lenet", required = 0.5, aim = 0.33},
    {title = "training step lstm", names = "train_lstm", required = 1.2, aim = 1.0},
    {title = "training step gpt", names = "train_gpt", required = 1.0, aim = 0.75},
    {title = "training step rec", names = "train_rec", required = 1.0, aim = 0.6},
    {title = "the same, sparse gradients", names = "train_rec_sparse", required = 1.0, aim = 0.6},
    {title = "training step resnet18", names = "train_resnet18", required = by_library(1.1, 1.8), aim = by_library(0.9, 1.4)},
    {title = "mlp, compiled", names = "train_mlp_compiled", required = 0.7, aim = 0.5},
    {title = "lenet, compiled", names = "train_lenet_compiled", required = 0.4, aim = 0.3},
    {title = "lstm, compiled", names = "train_lstm_compiled", required = 1.2, aim = 0.9},
    {title = "gpt, compiled", names = "train_gpt_compiled", required = 0.9, aim = 0.7},
    {title = "rec, compiled", names = "train_rec_compiled", required = 0.9, aim = 0.5},
    {title = "start to first op", names = "startup_first_op", absolute = true, required = 0.020, aim = 0.006},
    {title = "memory at first op", names = "startup_memory", absolute = true, required = 15, aim = 10},
    {title = "peak memory mlp", names = "mem_peak_mlp", required = 0.15, aim = 0.10},
    {title = "peak memory gpt", names = "mem_peak_gpt", required = 0.40, aim = 0.30},
    {title = "catch nonfinite, mlp", names = "hooks_nonfinite_mlp", of = "hooks_unwatched_mlp", required = 1.15, aim = 1.05},
    {title = "catch nonfinite, gpt", names = "hooks_nonfinite_gpt", of = "hooks_unwatched_gpt", required = 1.15, aim = 1.05},
    {title = "armed, never matching, mlp", names = "hooks_never_mlp", of = "hooks_unarmed_mlp", required = 1.02, aim = 1.01},
    {title = "armed, never matching, gpt", names = "hooks_never_gpt", of = "hooks_unarmed_gpt", required = 1.02, aim = 1.01},
    {title = "20 steps back, mlp, beside 20 forward passes", names = "hooks_reverse_mlp", of = "hooks_forward_mlp", required = 1.0, aim = 0.5},
    {title = "an epoch of batches", names = "data_epoch_.*", required = 0.10, aim = 0.05},
}
