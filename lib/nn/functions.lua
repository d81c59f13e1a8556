-- functions.lua - activations, losses and distances as modules: one row each
--
-- A row: class, op, arguments as lib/nn/define.lua reads them. Read next: lib/nn/define.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local define = require "lunette.nn.define"

local rows = {
    -- activations
    {"ReLU", "relu", "inplace:bool=false"},
    {"ReLU6", "relu6", "inplace:bool=false"},
    {"LeakyReLU", "leaky_relu", "negative_slope:num=0.01 inplace:bool=false"},
    {"RReLU", "rrelu", "lower:num=0.125 upper:num=0.3333333333333333 inplace:bool=false", mode = true},
    {"ELU", "elu", "alpha:num=1 inplace:bool=false"},
    {"SELU", "selu", "inplace:bool=false"},
    {"CELU", "celu", "alpha:num=1 inplace:bool=false"},
    {"GELU", "gelu", "approximate:string=none"},
    {"SiLU", "silu", "inplace:bool=false"},
    {"Mish", "mish", "inplace:bool=false"},
    {"GLU", "glu", "dim:int=-1"},
    {"Sigmoid", "sigmoid"},
    {"LogSigmoid", "logsigmoid"},
    {"Hardsigmoid", "hardsigmoid", "inplace:bool=false"},
    {"Hardswish", "hardswish", "inplace:bool=false"},
    {"Tanh", "tanh"},
    {"Hardtanh", "hardtanh", "min_val:num=-1 max_val:num=1 inplace:bool=false"},
    {"Tanhshrink", "tanhshrink"},
    {"Softplus", "softplus", "beta:num=1 threshold:num=20"},
    {"Softsign", "softsign"},
    {"Softshrink", "softshrink", "lambd:num=0.5"},
    {"Hardshrink", "hardshrink", "lambd:num=0.5"},
    {"Threshold", "threshold", "threshold:num value:num inplace:bool=false"},
    {"Softmax", "softmax", "dim:int=-1"},
    {"Softmin", "softmin", "dim:int=-1"},
    {"LogSoftmax", "log_softmax", "dim:int=-1"},
    {"Softmax2d", "softmax", fixed = {dim = -3}},
    -- losses
    {"CrossEntropyLoss", "cross_entropy", "weight:tensor? * ignore_index:int=-100 reduction:reduction=mean label_smoothing:num=0"},
    {"NLLLoss", "nll_loss", "weight:tensor? * ignore_index:int=-100 reduction:reduction=mean"},
    {"MSELoss", "mse_loss", "* reduction:reduction=mean"},
    {"L1Loss", "l1_loss", "* reduction:reduction=mean"},
    {"SmoothL1Loss", "smooth_l1_loss", "* reduction:reduction=mean beta:num=1"},
    {"HuberLoss", "huber_loss", "reduction:reduction=mean delta:num=1"},
    {"BCELoss", "binary_cross_entropy", "weight:tensor? * reduction:reduction=mean"},
    {"BCEWithLogitsLoss", "binary_cross_entropy_with_logits", "weight:tensor? * reduction:reduction=mean pos_weight:tensor?"},
    {"KLDivLoss", "kl_div", "* reduction:reduction=mean log_target:bool=false"},
    {"CTCLoss", "ctc_loss", "blank:int=1 reduction:reduction=mean zero_infinity:bool=false"},
    {"PoissonNLLLoss", "poisson_nll_loss", "log_input:bool=true full:bool=false * eps:num=1e-8 reduction:reduction=mean"},
    {"GaussianNLLLoss", "gaussian_nll_loss", "* full:bool=false eps:num=1e-6 reduction:reduction=mean"},
    {"MultiMarginLoss", "multi_margin_loss", "p:int=1 margin:num=1 weight:tensor? * reduction:reduction=mean"},
    {"MultiLabelMarginLoss", "multilabel_margin_loss", "* reduction:reduction=mean"},
    {"MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss", "weight:tensor? * reduction:reduction=mean"},
    {"SoftMarginLoss", "soft_margin_loss", "* reduction:reduction=mean"},
    {"HingeEmbeddingLoss", "hinge_embedding_loss", "margin:num=1 * reduction:reduction=mean"},
    {"MarginRankingLoss", "margin_ranking_loss", "margin:num=0 * reduction:reduction=mean"},
    {"CosineEmbeddingLoss", "cosine_embedding_loss", "margin:num=0 * reduction:reduction=mean"},
    {"TripletMarginLoss", "triplet_margin_loss", "margin:num=1 p:num=2 eps:num=1e-6 swap:bool=false * reduction:reduction=mean"},
    {"TripletMarginWithDistanceLoss", "triplet_margin_with_distance_loss",
     "* distance_function:callable? margin:num=1 swap:bool=false reduction:reduction=mean"},
    -- distances
    {"CosineSimilarity", "cosine_similarity", "dim:int=2 eps:num=1e-8"},
    {"PairwiseDistance", "pairwise_distance", "p:num=2 eps:num=1e-6 keepdim:bool=false"},
}

local functions = {}
for _, row in ipairs(rows) do functions[row[1]] = define.op(row) end

--- max(0, x) + weight min(0, x), the weight learnt: one, or one per channel (dim 2).
functions.PReLU = define.class("PReLU", "num_parameters:count=1 init:num=0.25", function(self, values)
    self.init = nil
    self.weight = lun.full({values.num_parameters}, values.init):requires_grad_()
end)
function functions.PReLU:forward(x) return lun.prelu(x, self.weight) end

return functions
