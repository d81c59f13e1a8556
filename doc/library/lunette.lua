---@meta lunette
-- Definitions for lua-language-server, made from the op table by `./dev docs`.
-- SPDX-License-Identifier: MIT

---@alias lunette.dtype "float32"|"float64"|"float16"|"bfloat16"|"complex64"|"complex128"|"bool"
---|"int8"|"uint8"|"int16"|"int32"|"int64"

---@class lunette.Tensor
---@field H any
---@field T any
---@field bytes any
---@field data any
---@field device any
---@field dtype any
---@field grad any
---@field grad_fn any
---@field is_leaf any
---@field mH any
---@field mT any
---@field ndim any
---@field requires_grad any
---@field shape any
---@field version any
---@field zero_based any
---@operator add(lunette.Tensor|number): lunette.Tensor
---@operator sub(lunette.Tensor|number): lunette.Tensor
---@operator mul(lunette.Tensor|number): lunette.Tensor
---@operator div(lunette.Tensor|number): lunette.Tensor
---@operator mod(lunette.Tensor|number): lunette.Tensor
---@operator pow(lunette.Tensor|number): lunette.Tensor
---@operator idiv(lunette.Tensor|number): lunette.Tensor
---@operator band(lunette.Tensor|number): lunette.Tensor
---@operator bor(lunette.Tensor|number): lunette.Tensor
---@operator bxor(lunette.Tensor|number): lunette.Tensor
---@operator unm: lunette.Tensor
---@operator bnot: lunette.Tensor
local Tensor = {}

---@class lunette
local lun = {}

---Minus x.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.neg(x) end

lun.negative = lun.neg

---Minus x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:neg() end

---Minus x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:neg_() end

Tensor.negative = Tensor.neg

---Absolute value; of a complex number a real one.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.abs(x) end

lun.absolute = lun.abs

---Absolute value; of a complex number a real one.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:abs() end

---Absolute value; of a complex number a real one.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:abs_() end

Tensor.absolute = Tensor.abs

----1, 0 or 1; 0 for NaN too.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.sign(x) end

----1, 0 or 1; 0 for NaN too.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:sign() end

----1, 0 or 1; 0 for NaN too.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:sign_() end

---x times x.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.square(x) end

---x times x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:square() end

---x times x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:square_() end

---Square root; NaN below 0.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.sqrt(x) end

---Square root; NaN below 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:sqrt() end

---Square root; NaN below 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:sqrt_() end

---One over the square root.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.rsqrt(x) end

---One over the square root.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:rsqrt() end

---One over the square root.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:rsqrt_() end

---One over x.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.reciprocal(x) end

---One over x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:reciprocal() end

---One over x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:reciprocal_() end

---e to the power x.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.exp(x) end

---e to the power x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:exp() end

---e to the power x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:exp_() end

---2 to the power x.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.exp2(x) end

---2 to the power x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:exp2() end

---2 to the power x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:exp2_() end

---e to the power x, minus 1; exact near 0.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.expm1(x) end

---e to the power x, minus 1; exact near 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:expm1() end

---e to the power x, minus 1; exact near 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:expm1_() end

---Natural logarithm; -inf at 0, NaN below.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.log(x) end

---Natural logarithm; -inf at 0, NaN below.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:log() end

---Natural logarithm; -inf at 0, NaN below.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:log_() end

---Logarithm to base 2.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.log2(x) end

---Logarithm to base 2.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:log2() end

---Logarithm to base 2.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:log2_() end

---Logarithm to base 10.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.log10(x) end

---Logarithm to base 10.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:log10() end

---Logarithm to base 10.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:log10_() end

---log(1 + x), exact near 0.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.log1p(x) end

---log(1 + x), exact near 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:log1p() end

---log(1 + x), exact near 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:log1p_() end

---Sine; x in radians.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.sin(x) end

---Sine; x in radians.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:sin() end

---Sine; x in radians.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:sin_() end

---Cosine; x in radians.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.cos(x) end

---Cosine; x in radians.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:cos() end

---Cosine; x in radians.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:cos_() end

---Tangent; x in radians.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.tan(x) end

---Tangent; x in radians.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:tan() end

---Tangent; x in radians.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:tan_() end

---Hyperbolic tangent, between -1 and 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.tanh(x) end

---Hyperbolic tangent, between -1 and 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:tanh() end

---Hyperbolic tangent, between -1 and 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:tanh_() end

---Error function.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.erf(x) end

---Error function.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:erf() end

---Error function.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:erf_() end

---Largest whole number not above x.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.floor(x) end

---Largest whole number not above x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:floor() end

---Largest whole number not above x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:floor_() end

---Smallest whole number not below x.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.ceil(x) end

---Smallest whole number not below x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:ceil() end

---Smallest whole number not below x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:ceil_() end

---Nearest whole number, or nearest with that many decimals (negative: tens, hundreds); halves go to the even one.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param decimals? integer (0 unless given)
---@return lunette.Tensor out
function lun.round(x, decimals) end

---Nearest whole number, or nearest with that many decimals (negative: tens, hundreds); halves go to the even one.
---
---Shapes: `x [*] -> [*]`
---@param decimals? integer (0 unless given)
---@return lunette.Tensor out
function Tensor:round(decimals) end

---Nearest whole number, or nearest with that many decimals (negative: tens, hundreds); halves go to the even one.
---
---Shapes: `x [*] -> [*]`
---@param decimals? integer (0 unless given)
---@return lunette.Tensor x
function Tensor:round_(decimals) end

---Whole part of x, towards zero.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.trunc(x) end

lun.fix = lun.trunc

---Whole part of x, towards zero.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:trunc() end

---Whole part of x, towards zero.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:trunc_() end

Tensor.fix = Tensor.trunc

---Logistic function, between 0 and 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.sigmoid(x) end

---Logistic function, between 0 and 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:sigmoid() end

---Logistic function, between 0 and 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:sigmoid_() end

---x where positive, else 0.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.relu(x) end

---x where positive, else 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:relu() end

---x where positive, else 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:relu_() end

---Gaussian error linear unit: x times the chance that a normal variable is below x; approximate="tanh" takes a formula close to it.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param approximate? string (none unless given)
---@return lunette.Tensor out
function lun.gelu(x, approximate) end

---Gaussian error linear unit: x times the chance that a normal variable is below x; approximate="tanh" takes a formula close to it.
---
---Shapes: `x [*] -> [*]`
---@param approximate? string (none unless given)
---@return lunette.Tensor out
function Tensor:gelu(approximate) end

---Gaussian error linear unit: x times the chance that a normal variable is below x; approximate="tanh" takes a formula close to it.
---
---Shapes: `x [*] -> [*]`
---@param approximate? string (none unless given)
---@return lunette.Tensor x
function Tensor:gelu_(approximate) end

---x times sigmoid(x), also called swish.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.silu(x) end

---x times sigmoid(x), also called swish.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:silu() end

---x times sigmoid(x), also called swish.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:silu_() end

---x times tanh(softplus(x)), a smooth relu that dips below 0.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.mish(x) end

---x times tanh(softplus(x)), a smooth relu that dips below 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:mish() end

---x times tanh(softplus(x)), a smooth relu that dips below 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:mish_() end

---Smooth relu: log(1 + exp(beta x)) / beta; x itself where beta x > threshold.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param beta? number (1 unless given)
---@param threshold? number (20 unless given)
---@return lunette.Tensor out
function lun.softplus(x, beta, threshold) end

---Smooth relu: log(1 + exp(beta x)) / beta; x itself where beta x > threshold.
---
---Shapes: `x [*] -> [*]`
---@param beta? number (1 unless given)
---@param threshold? number (20 unless given)
---@return lunette.Tensor out
function Tensor:softplus(beta, threshold) end

---Smooth relu: log(1 + exp(beta x)) / beta; x itself where beta x > threshold.
---
---Shapes: `x [*] -> [*]`
---@param beta? number (1 unless given)
---@param threshold? number (20 unless given)
---@return lunette.Tensor x
function Tensor:softplus_(beta, threshold) end

---x where positive, else alpha (exp(x) - 1).
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function lun.elu(x, alpha) end

---x where positive, else alpha (exp(x) - 1).
---
---Shapes: `x [*] -> [*]`
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function Tensor:elu(alpha) end

---x where positive, else alpha (exp(x) - 1).
---
---Shapes: `x [*] -> [*]`
---@param alpha? number (1 unless given)
---@return lunette.Tensor x
function Tensor:elu_(alpha) end

---x where positive, else negative_slope x.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param negative_slope? number (0.01 unless given)
---@return lunette.Tensor out
function lun.leaky_relu(x, negative_slope) end

---x where positive, else negative_slope x.
---
---Shapes: `x [*] -> [*]`
---@param negative_slope? number (0.01 unless given)
---@return lunette.Tensor out
function Tensor:leaky_relu(negative_slope) end

---x where positive, else negative_slope x.
---
---Shapes: `x [*] -> [*]`
---@param negative_slope? number (0.01 unless given)
---@return lunette.Tensor x
function Tensor:leaky_relu_(negative_slope) end

---x itself, as a new tensor.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.positive(x) end

---x itself, as a new tensor.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:positive() end

---x itself, as a new tensor.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:positive_() end

----1, 0 or 1, as sign; of a complex number its direction.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.sgn(x) end

----1, 0 or 1, as sign; of a complex number its direction.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:sgn() end

----1, 0 or 1, as sign; of a complex number its direction.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:sgn_() end

---The part of x after the point, with x's sign.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.frac(x) end

---The part of x after the point, with x's sign.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:frac() end

---The part of x after the point, with x's sign.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:frac_() end

---Degrees to radians.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.deg2rad(x) end

---Degrees to radians.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:deg2rad() end

---Degrees to radians.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:deg2rad_() end

---Radians to degrees.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.rad2deg(x) end

---Radians to degrees.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:rad2deg() end

---Radians to degrees.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:rad2deg_() end

---x with NaN and infinities exchanged for numbers: 0 and the largest and smallest the dtype has, or those given.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param nan? number (0 unless given)
---@param posinf? number
---@param neginf? number
---@return lunette.Tensor out
function lun.nan_to_num(x, nan, posinf, neginf) end

---x with NaN and infinities exchanged for numbers: 0 and the largest and smallest the dtype has, or those given.
---
---Shapes: `x [*] -> [*]`
---@param nan? number (0 unless given)
---@param posinf? number
---@param neginf? number
---@return lunette.Tensor out
function Tensor:nan_to_num(nan, posinf, neginf) end

---x with NaN and infinities exchanged for numbers: 0 and the largest and smallest the dtype has, or those given.
---
---Shapes: `x [*] -> [*]`
---@param nan? number (0 unless given)
---@param posinf? number
---@param neginf? number
---@return lunette.Tensor x
function Tensor:nan_to_num_(nan, posinf, neginf) end

---x kept between min_val and max_val.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param min_val? number (-1 unless given)
---@param max_val? number (1 unless given)
---@return lunette.Tensor out
function lun.hardtanh(x, min_val, max_val) end

---x kept between min_val and max_val.
---
---Shapes: `x [*] -> [*]`
---@param min_val? number (-1 unless given)
---@param max_val? number (1 unless given)
---@return lunette.Tensor out
function Tensor:hardtanh(min_val, max_val) end

---x kept between min_val and max_val.
---
---Shapes: `x [*] -> [*]`
---@param min_val? number (-1 unless given)
---@param max_val? number (1 unless given)
---@return lunette.Tensor x
function Tensor:hardtanh_(min_val, max_val) end

---x kept between 0 and 6.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.relu6(x) end

---x kept between 0 and 6.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:relu6() end

---x kept between 0 and 6.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:relu6_() end

---A sigmoid of straight lines: (x + 3) / 6 between 0 and 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.hardsigmoid(x) end

---A sigmoid of straight lines: (x + 3) / 6 between 0 and 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:hardsigmoid() end

---A sigmoid of straight lines: (x + 3) / 6 between 0 and 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:hardsigmoid_() end

---x times hardsigmoid(x).
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.hardswish(x) end

---x times hardsigmoid(x).
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:hardswish() end

---x times hardsigmoid(x).
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:hardswish_() end

---Scaled elu, with which layers keep mean 0 and variance 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.selu(x) end

---Scaled elu, with which layers keep mean 0 and variance 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:selu() end

---Scaled elu, with which layers keep mean 0 and variance 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:selu_() end

---x where positive, else alpha (exp(x / alpha) - 1).
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function lun.celu(x, alpha) end

---x where positive, else alpha (exp(x / alpha) - 1).
---
---Shapes: `x [*] -> [*]`
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function Tensor:celu(alpha) end

---x where positive, else alpha (exp(x / alpha) - 1).
---
---Shapes: `x [*] -> [*]`
---@param alpha? number (1 unless given)
---@return lunette.Tensor x
function Tensor:celu_(alpha) end

---x / (1 + |x|), between -1 and 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.softsign(x) end

---x / (1 + |x|), between -1 and 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:softsign() end

---x / (1 + |x|), between -1 and 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:softsign_() end

---x moved towards 0 by lambd; 0 where |x| is not above lambd.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param lambd? number (0.5 unless given)
---@return lunette.Tensor out
function lun.softshrink(x, lambd) end

---x moved towards 0 by lambd; 0 where |x| is not above lambd.
---
---Shapes: `x [*] -> [*]`
---@param lambd? number (0.5 unless given)
---@return lunette.Tensor out
function Tensor:softshrink(lambd) end

---x moved towards 0 by lambd; 0 where |x| is not above lambd.
---
---Shapes: `x [*] -> [*]`
---@param lambd? number (0.5 unless given)
---@return lunette.Tensor x
function Tensor:softshrink_(lambd) end

---x, but 0 where |x| is not above lambd.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param lambd? number (0.5 unless given)
---@return lunette.Tensor out
function lun.hardshrink(x, lambd) end

---x, but 0 where |x| is not above lambd.
---
---Shapes: `x [*] -> [*]`
---@param lambd? number (0.5 unless given)
---@return lunette.Tensor out
function Tensor:hardshrink(lambd) end

---x, but 0 where |x| is not above lambd.
---
---Shapes: `x [*] -> [*]`
---@param lambd? number (0.5 unless given)
---@return lunette.Tensor x
function Tensor:hardshrink_(lambd) end

---x - tanh(x).
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.tanhshrink(x) end

---x - tanh(x).
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:tanhshrink() end

---x - tanh(x).
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:tanhshrink_() end

---x where it is above the threshold, else value.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param threshold number
---@param value number
---@return lunette.Tensor out
function lun.threshold(x, threshold, value) end

---x where it is above the threshold, else value.
---
---Shapes: `x [*] -> [*]`
---@param threshold number
---@param value number
---@return lunette.Tensor out
function Tensor:threshold(threshold, value) end

---x where it is above the threshold, else value.
---
---Shapes: `x [*] -> [*]`
---@param threshold number
---@param value number
---@return lunette.Tensor x
function Tensor:threshold_(threshold, value) end

---log(sigmoid(x)), exact where sigmoid would be 0.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.logsigmoid(x) end

---log(sigmoid(x)), exact where sigmoid would be 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:logsigmoid() end

---log(sigmoid(x)), exact where sigmoid would be 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:logsigmoid_() end

---x + alpha y, elementwise, with broadcasting; also x + y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function lun.add(x, y, alpha) end

---x + alpha y, elementwise, with broadcasting; also x + y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function Tensor:add(y, alpha) end

---x + alpha y, elementwise, with broadcasting; also x + y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@param alpha? number (1 unless given)
---@return lunette.Tensor x
function Tensor:add_(y, alpha) end

---x - alpha y, elementwise, with broadcasting; also x - y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function lun.sub(x, y, alpha) end

lun.subtract = lun.sub

---x - alpha y, elementwise, with broadcasting; also x - y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function Tensor:sub(y, alpha) end

---x - alpha y, elementwise, with broadcasting; also x - y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@param alpha? number (1 unless given)
---@return lunette.Tensor x
function Tensor:sub_(y, alpha) end

Tensor.subtract = Tensor.sub

---Product, elementwise, with broadcasting; also x * y. For matrices see matmul.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.mul(x, y) end

lun.multiply = lun.mul

---Product, elementwise, with broadcasting; also x * y. For matrices see matmul.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:mul(y) end

---Product, elementwise, with broadcasting; also x * y. For matrices see matmul.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:mul_(y) end

Tensor.multiply = Tensor.mul

---Quotient, elementwise, always a float; also x / y. rounding_mode "floor" or "trunc" makes it whole and keeps whole dtypes.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@param rounding_mode? string
---@return lunette.Tensor out
function lun.div(x, y, rounding_mode) end

lun.divide = lun.div

lun.true_divide = lun.div

---Quotient, elementwise, always a float; also x / y. rounding_mode "floor" or "trunc" makes it whole and keeps whole dtypes.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@param rounding_mode? string
---@return lunette.Tensor out
function Tensor:div(y, rounding_mode) end

---Quotient, elementwise, always a float; also x / y. rounding_mode "floor" or "trunc" makes it whole and keeps whole dtypes.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@param rounding_mode? string
---@return lunette.Tensor x
function Tensor:div_(y, rounding_mode) end

Tensor.divide = Tensor.div

Tensor.true_divide = Tensor.div

---x to the power y; also x ^ y. Whole numbers stay whole.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.pow(x, y) end

---x to the power y; also x ^ y. Whole numbers stay whole.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:pow(y) end

---x to the power y; also x ^ y. Whole numbers stay whole.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:pow_(y) end

---The larger of x and y, elementwise; NaN wins.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.maximum(x, y) end

---The larger of x and y, elementwise; NaN wins.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:maximum(y) end

---The larger of x and y, elementwise; NaN wins.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:maximum_(y) end

---The smaller of x and y, elementwise; NaN wins.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.minimum(x, y) end

---The smaller of x and y, elementwise; NaN wins.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:minimum(y) end

---The smaller of x and y, elementwise; NaN wins.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:minimum_(y) end

---Quotient rounded down; also x // y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.floor_divide(x, y) end

---Quotient rounded down; also x // y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:floor_divide(y) end

---Quotient rounded down; also x // y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:floor_divide_(y) end

---What floor_divide leaves, with the sign of y; also x % y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.remainder(x, y) end

---What floor_divide leaves, with the sign of y; also x % y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:remainder(y) end

---What floor_divide leaves, with the sign of y; also x % y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:remainder_(y) end

---Bits set in both; on bool logical and; also x & y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.bitwise_and(x, y) end

---Bits set in both; on bool logical and; also x & y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:bitwise_and(y) end

---Bits set in both; on bool logical and; also x & y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:bitwise_and_(y) end

---Bits set in either; on bool logical or; also x | y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.bitwise_or(x, y) end

---Bits set in either; on bool logical or; also x | y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:bitwise_or(y) end

---Bits set in either; on bool logical or; also x | y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:bitwise_or_(y) end

---Bits set in one of the two; on bool exclusive or.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.bitwise_xor(x, y) end

---Bits set in one of the two; on bool exclusive or.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:bitwise_xor(y) end

---Bits set in one of the two; on bool exclusive or.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:bitwise_xor_(y) end

---All bits inverted; on bool logical not; also ~x.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.bitwise_not(x) end

---All bits inverted; on bool logical not; also ~x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:bitwise_not() end

---All bits inverted; on bool logical not; also ~x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:bitwise_not_() end

---x, but not below min.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor
---@param min lunette.Tensor|number
---@return lunette.Tensor out
function lun.clamp_min(x, min) end

---x, but not below min.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param min lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:clamp_min(min) end

---x, but not below min.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param min lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:clamp_min_(min) end

---x, but not above max.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor
---@param max lunette.Tensor|number
---@return lunette.Tensor out
function lun.clamp_max(x, max) end

---x, but not above max.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param max lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:clamp_max(max) end

---x, but not above max.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param max lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:clamp_max_(max) end

---The larger of x and y, elementwise; a number wins over NaN.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.fmax(x, y) end

---The larger of x and y, elementwise; a number wins over NaN.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:fmax(y) end

---The larger of x and y, elementwise; a number wins over NaN.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:fmax_(y) end

---The smaller of x and y, elementwise; a number wins over NaN.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.fmin(x, y) end

---The smaller of x and y, elementwise; a number wins over NaN.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:fmin(y) end

---The smaller of x and y, elementwise; a number wins over NaN.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:fmin_(y) end

---What division rounded towards zero leaves, with the sign of x.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.fmod(x, y) end

---What division rounded towards zero leaves, with the sign of x.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:fmod(y) end

---What division rounded towards zero leaves, with the sign of x.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:fmod_(y) end

---x's size with y's sign.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.copysign(x, y) end

---x's size with y's sign.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:copysign(y) end

---x's size with y's sign.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:copysign_(y) end

---0 where x is negative, 1 where positive, `values` where it is 0.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param values lunette.Tensor|number
---@return lunette.Tensor out
function lun.heaviside(x, values) end

---0 where x is negative, 1 where positive, `values` where it is 0.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param values lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:heaviside(values) end

---0 where x is negative, 1 where positive, `values` where it is 0.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param values lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:heaviside_(values) end

---log(exp(x) + exp(y)) that does not overflow.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.logaddexp(x, y) end

---log(exp(x) + exp(y)) that does not overflow.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:logaddexp(y) end

---log(exp(x) + exp(y)) that does not overflow.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:logaddexp_(y) end

---log2(2^x + 2^y) that does not overflow.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.logaddexp2(x, y) end

---log2(2^x + 2^y) that does not overflow.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:logaddexp2(y) end

---log2(2^x + 2^y) that does not overflow.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:logaddexp2_(y) end

---Bits moved to the left: x times 2^y, wrapped; 0 when all are moved out. Also x << y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.bitwise_left_shift(x, y) end

---Bits moved to the left: x times 2^y, wrapped; 0 when all are moved out. Also x << y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:bitwise_left_shift(y) end

---Bits moved to the left: x times 2^y, wrapped; 0 when all are moved out. Also x << y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:bitwise_left_shift_(y) end

---Bits moved to the right, the sign stays: x / 2^y rounded down. Also x >> y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.bitwise_right_shift(x, y) end

---Bits moved to the right, the sign stays: x / 2^y rounded down. Also x >> y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:bitwise_right_shift(y) end

---Bits moved to the right, the sign stays: x / 2^y rounded down. Also x >> y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:bitwise_right_shift_(y) end

---Greatest common divisor.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.gcd(x, y) end

---Greatest common divisor.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:gcd(y) end

---Greatest common divisor.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:gcd_(y) end

---Least common multiple.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.lcm(x, y) end

---Least common multiple.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:lcm(y) end

---Least common multiple.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:lcm_(y) end

---Where x equals y. (x == y compares whole tensors and gives one Lua boolean.)
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.eq(x, y) end

---Where x equals y. (x == y compares whole tensors and gives one Lua boolean.)
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:eq(y) end

---Where x equals y. (x == y compares whole tensors and gives one Lua boolean.)
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:eq_(y) end

---Where x differs from y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.ne(x, y) end

lun.not_equal = lun.ne

---Where x differs from y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:ne(y) end

---Where x differs from y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:ne_(y) end

Tensor.not_equal = Tensor.ne

---Where x is less than y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.lt(x, y) end

lun.less = lun.lt

---Where x is less than y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:lt(y) end

---Where x is less than y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:lt_(y) end

Tensor.less = Tensor.lt

---Where x is at most y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.le(x, y) end

lun.less_equal = lun.le

---Where x is at most y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:le(y) end

---Where x is at most y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:le_(y) end

Tensor.less_equal = Tensor.le

---Where x is greater than y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.gt(x, y) end

lun.greater = lun.gt

---Where x is greater than y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:gt(y) end

---Where x is greater than y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:gt_(y) end

Tensor.greater = Tensor.gt

---Where x is at least y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.ge(x, y) end

lun.greater_equal = lun.ge

---Where x is at least y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:ge(y) end

---Where x is at least y.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:ge_(y) end

Tensor.greater_equal = Tensor.ge

---Where both are non-zero.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.logical_and(x, y) end

---Where both are non-zero.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:logical_and(y) end

---Where both are non-zero.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:logical_and_(y) end

---Where one is non-zero.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.logical_or(x, y) end

---Where one is non-zero.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:logical_or(y) end

---Where one is non-zero.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:logical_or_(y) end

---Where exactly one is non-zero.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.logical_xor(x, y) end

---Where exactly one is non-zero.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:logical_xor(y) end

---Where exactly one is non-zero.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:logical_xor_(y) end

---Where x is zero.
---
---Shapes: `x [*] -> [*] bool`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.logical_not(x) end

---Where x is zero.
---
---Shapes: `x [*] -> [*] bool`
---@return lunette.Tensor out
function Tensor:logical_not() end

---Where x is zero.
---
---Shapes: `x [*] -> [*] bool`
---@return lunette.Tensor x
function Tensor:logical_not_() end

---Where x is not a number.
---
---Shapes: `x [*] -> [*] bool`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.isnan(x) end

---Where x is not a number.
---
---Shapes: `x [*] -> [*] bool`
---@return lunette.Tensor out
function Tensor:isnan() end

---Where x is not a number.
---
---Shapes: `x [*] -> [*] bool`
---@return lunette.Tensor x
function Tensor:isnan_() end

---Where x is infinite.
---
---Shapes: `x [*] -> [*] bool`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.isinf(x) end

---Where x is infinite.
---
---Shapes: `x [*] -> [*] bool`
---@return lunette.Tensor out
function Tensor:isinf() end

---Where x is infinite.
---
---Shapes: `x [*] -> [*] bool`
---@return lunette.Tensor x
function Tensor:isinf_() end

---Where x is neither NaN nor infinite.
---
---Shapes: `x [*] -> [*] bool`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.isfinite(x) end

---Where x is neither NaN nor infinite.
---
---Shapes: `x [*] -> [*] bool`
---@return lunette.Tensor out
function Tensor:isfinite() end

---Where x is neither NaN nor infinite.
---
---Shapes: `x [*] -> [*] bool`
---@return lunette.Tensor x
function Tensor:isfinite_() end

---x where the condition (a bool tensor) holds, else y; all broadcast.
---
---Shapes: `condition [*], x [*], y [*] -> [*], broadcast`
---@param condition lunette.Tensor
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function lun.where(condition, x, y) end

---x where the condition (a bool tensor) holds, else y; all broadcast.
---
---Shapes: `condition [*], x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:where(x, y) end

---x where the condition (a bool tensor) holds, else y; all broadcast.
---
---Shapes: `condition [*], x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param y lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:where_(x, y) end

---Inverse sine, in radians; NaN beyond 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.asin(x) end

lun.arcsin = lun.asin

---Inverse sine, in radians; NaN beyond 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:asin() end

---Inverse sine, in radians; NaN beyond 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:asin_() end

Tensor.arcsin = Tensor.asin

---Inverse cosine, in radians; NaN beyond 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.acos(x) end

lun.arccos = lun.acos

---Inverse cosine, in radians; NaN beyond 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:acos() end

---Inverse cosine, in radians; NaN beyond 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:acos_() end

Tensor.arccos = Tensor.acos

---Inverse tangent, in radians.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.atan(x) end

lun.arctan = lun.atan

---Inverse tangent, in radians.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:atan() end

---Inverse tangent, in radians.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:atan_() end

Tensor.arctan = Tensor.atan

---Hyperbolic sine.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.sinh(x) end

---Hyperbolic sine.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:sinh() end

---Hyperbolic sine.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:sinh_() end

---Hyperbolic cosine.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.cosh(x) end

---Hyperbolic cosine.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:cosh() end

---Hyperbolic cosine.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:cosh_() end

---Inverse hyperbolic sine.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.asinh(x) end

lun.arcsinh = lun.asinh

---Inverse hyperbolic sine.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:asinh() end

---Inverse hyperbolic sine.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:asinh_() end

Tensor.arcsinh = Tensor.asinh

---Inverse hyperbolic cosine; NaN below 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.acosh(x) end

lun.arccosh = lun.acosh

---Inverse hyperbolic cosine; NaN below 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:acosh() end

---Inverse hyperbolic cosine; NaN below 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:acosh_() end

Tensor.arccosh = Tensor.acosh

---Inverse hyperbolic tangent; NaN beyond 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.atanh(x) end

lun.arctanh = lun.atanh

---Inverse hyperbolic tangent; NaN beyond 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:atanh() end

---Inverse hyperbolic tangent; NaN beyond 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:atanh_() end

Tensor.arctanh = Tensor.atanh

---1 - erf(x), exact where it is small.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.erfc(x) end

---1 - erf(x), exact where it is small.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:erfc() end

---1 - erf(x), exact where it is small.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:erfc_() end

---exp(x^2) erfc(x).
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.erfcx(x) end

---exp(x^2) erfc(x).
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:erfcx() end

---exp(x^2) erfc(x).
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:erfcx_() end

---The value whose erf is x; NaN beyond 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.erfinv(x) end

---The value whose erf is x; NaN beyond 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:erfinv() end

---The value whose erf is x; NaN beyond 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:erfinv_() end

---Normal distribution function: the chance that a standard normal variable is below x.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.ndtr(x) end

---Normal distribution function: the chance that a standard normal variable is below x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:ndtr() end

---Normal distribution function: the chance that a standard normal variable is below x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:ndtr_() end

---The value below which a standard normal variable lies with chance x.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.ndtri(x) end

---The value below which a standard normal variable lies with chance x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:ndtri() end

---The value below which a standard normal variable lies with chance x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:ndtri_() end

---log(ndtr(x)), exact far out.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.log_ndtr(x) end

---log(ndtr(x)), exact far out.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:log_ndtr() end

---log(ndtr(x)), exact far out.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:log_ndtr_() end

---log of the absolute value of the gamma function.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.lgamma(x) end

---log of the absolute value of the gamma function.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:lgamma() end

---log of the absolute value of the gamma function.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:lgamma_() end

---Derivative of lgamma.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.digamma(x) end

---Derivative of lgamma.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:digamma() end

---Derivative of lgamma.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:digamma_() end

---Hurwitz zeta function: the sum of (other + k)^-x over k = 0, 1, ...; differentiable in other.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function lun.zeta(x, other) end

---Hurwitz zeta function: the sum of (other + k)^-x over k = 0, 1, ...; differentiable in other.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:zeta(other) end

---Hurwitz zeta function: the sum of (other + k)^-x over k = 0, 1, ...; differentiable in other.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:zeta_(other) end

---Regularised lower incomplete gamma function of parameter x at other; differentiable in other.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function lun.gammainc(x, other) end

lun.igamma = lun.gammainc

---Regularised lower incomplete gamma function of parameter x at other; differentiable in other.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:gammainc(other) end

---Regularised lower incomplete gamma function of parameter x at other; differentiable in other.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:gammainc_(other) end

Tensor.igamma = Tensor.gammainc

---Regularised upper incomplete gamma function of parameter x at other; differentiable in other.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function lun.gammaincc(x, other) end

lun.igammac = lun.gammaincc

---Regularised upper incomplete gamma function of parameter x at other; differentiable in other.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:gammaincc(other) end

---Regularised upper incomplete gamma function of parameter x at other; differentiable in other.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:gammaincc_(other) end

Tensor.igammac = Tensor.gammaincc

---Modified Bessel function of the first kind, order 0.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.i0(x) end

---Modified Bessel function of the first kind, order 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:i0() end

---Modified Bessel function of the first kind, order 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:i0_() end

---i0(x) exp(-|x|).
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.i0e(x) end

---i0(x) exp(-|x|).
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:i0e() end

---i0(x) exp(-|x|).
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:i0e_() end

---Modified Bessel function of the first kind, order 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.i1(x) end

---Modified Bessel function of the first kind, order 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:i1() end

---Modified Bessel function of the first kind, order 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:i1_() end

---i1(x) exp(-|x|).
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.i1e(x) end

---i1(x) exp(-|x|).
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:i1e() end

---i1(x) exp(-|x|).
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:i1e_() end

---Bessel function of the first kind, order 0.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.bessel_j0(x) end

---Bessel function of the first kind, order 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:bessel_j0() end

---Bessel function of the first kind, order 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:bessel_j0_() end

---Bessel function of the first kind, order 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.bessel_j1(x) end

---Bessel function of the first kind, order 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:bessel_j1() end

---Bessel function of the first kind, order 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:bessel_j1_() end

---Bessel function of the second kind, order 0.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.bessel_y0(x) end

---Bessel function of the second kind, order 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:bessel_y0() end

---Bessel function of the second kind, order 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:bessel_y0_() end

---Bessel function of the second kind, order 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.bessel_y1(x) end

---Bessel function of the second kind, order 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:bessel_y1() end

---Bessel function of the second kind, order 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:bessel_y1_() end

---sin(pi x) / (pi x); 1 at 0.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.sinc(x) end

---sin(pi x) / (pi x); 1 at 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:sinc() end

---sin(pi x) / (pi x); 1 at 0.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:sinc_() end

----x log(x): 0 at 0, -inf below.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.entr(x) end

----x log(x): 0 at 0, -inf below.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:entr() end

----x log(x): 0 at 0, -inf below.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:entr_() end

---log(x / (1 - x)), the inverse of sigmoid; with eps >= 0 x is first kept between eps and 1 - eps.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param eps? number (-1 unless given)
---@return lunette.Tensor out
function lun.logit(x, eps) end

---log(x / (1 - x)), the inverse of sigmoid; with eps >= 0 x is first kept between eps and 1 - eps.
---
---Shapes: `x [*] -> [*]`
---@param eps? number (-1 unless given)
---@return lunette.Tensor out
function Tensor:logit(eps) end

---log(x / (1 - x)), the inverse of sigmoid; with eps >= 0 x is first kept between eps and 1 - eps.
---
---Shapes: `x [*] -> [*]`
---@param eps? number (-1 unless given)
---@return lunette.Tensor x
function Tensor:logit_(eps) end

---Angle of the point (other, x), between -pi and pi.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function lun.atan2(x, other) end

lun.arctan2 = lun.atan2

---Angle of the point (other, x), between -pi and pi.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:atan2(other) end

---Angle of the point (other, x), between -pi and pi.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:atan2_(other) end

Tensor.arctan2 = Tensor.atan2

---Length of the side opposite the right angle: sqrt(x^2 + other^2), without overflow.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function lun.hypot(x, other) end

---Length of the side opposite the right angle: sqrt(x^2 + other^2), without overflow.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:hypot(other) end

---Length of the side opposite the right angle: sqrt(x^2 + other^2), without overflow.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:hypot_(other) end

---x log(other); 0 where x is 0.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function lun.xlogy(x, other) end

---x log(other); 0 where x is 0.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:xlogy(other) end

---x log(other); 0 where x is 0.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:xlogy_(other) end

---x log(1 + other); 0 where x is 0.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function lun.xlog1py(x, other) end

---x log(1 + other); 0 where x is 0.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:xlog1py(other) end

---x log(1 + other); 0 where x is 0.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:xlog1py_(other) end

---The next number after x in its dtype, towards other.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function lun.nextafter(x, other) end

---The next number after x in its dtype, towards other.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:nextafter(other) end

---The next number after x in its dtype, towards other.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:nextafter_(other) end

---x, but not below min and not above max: numbers or tensors, either may be left out; max wins where min is above it.
---
---Shapes: `x [*] -> [*], broadcast with min and max`
---@param x lunette.Tensor
---@param min? lunette.Tensor|number
---@param max? lunette.Tensor|number
---@return lunette.Tensor out
function lun.clamp(x, min, max) end

lun.clip = lun.clamp

---x, but not below min and not above max: numbers or tensors, either may be left out; max wins where min is above it.
---
---Shapes: `x [*] -> [*], broadcast with min and max`
---@param min? lunette.Tensor|number
---@param max? lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:clamp(min, max) end

---x, but not below min and not above max: numbers or tensors, either may be left out; max wins where min is above it.
---
---Shapes: `x [*] -> [*], broadcast with min and max`
---@param min? lunette.Tensor|number
---@param max? lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:clamp_(min, max) end

Tensor.clip = Tensor.clamp

---x + weight (stop - x): from x at weight 0 to stop at weight 1.
---
---Shapes: `x [*], stop [*], weight [*] -> [*], broadcast`
---@param x lunette.Tensor
---@param stop lunette.Tensor|number
---@param weight lunette.Tensor|number
---@return lunette.Tensor out
function lun.lerp(x, stop, weight) end

---x + weight (stop - x): from x at weight 0 to stop at weight 1.
---
---Shapes: `x [*], stop [*], weight [*] -> [*], broadcast`
---@param stop lunette.Tensor|number
---@param weight lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:lerp(stop, weight) end

---x + weight (stop - x): from x at weight 0 to stop at weight 1.
---
---Shapes: `x [*], stop [*], weight [*] -> [*], broadcast`
---@param stop lunette.Tensor|number
---@param weight lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:lerp_(stop, weight) end

---x + value tensor1 tensor2.
---
---Shapes: `x [*], tensor1 [*], tensor2 [*] -> [*], broadcast`
---@param x lunette.Tensor
---@param tensor1 lunette.Tensor|number
---@param tensor2 lunette.Tensor|number
---@param value? number (1 unless given)
---@return lunette.Tensor out
function lun.addcmul(x, tensor1, tensor2, value) end

---x + value tensor1 tensor2.
---
---Shapes: `x [*], tensor1 [*], tensor2 [*] -> [*], broadcast`
---@param tensor1 lunette.Tensor|number
---@param tensor2 lunette.Tensor|number
---@param value? number (1 unless given)
---@return lunette.Tensor out
function Tensor:addcmul(tensor1, tensor2, value) end

---x + value tensor1 tensor2.
---
---Shapes: `x [*], tensor1 [*], tensor2 [*] -> [*], broadcast`
---@param tensor1 lunette.Tensor|number
---@param tensor2 lunette.Tensor|number
---@param value? number (1 unless given)
---@return lunette.Tensor x
function Tensor:addcmul_(tensor1, tensor2, value) end

---x + value tensor1 / tensor2.
---
---Shapes: `x [*], tensor1 [*], tensor2 [*] -> [*], broadcast`
---@param x lunette.Tensor
---@param tensor1 lunette.Tensor|number
---@param tensor2 lunette.Tensor|number
---@param value? number (1 unless given)
---@return lunette.Tensor out
function lun.addcdiv(x, tensor1, tensor2, value) end

---x + value tensor1 / tensor2.
---
---Shapes: `x [*], tensor1 [*], tensor2 [*] -> [*], broadcast`
---@param tensor1 lunette.Tensor|number
---@param tensor2 lunette.Tensor|number
---@param value? number (1 unless given)
---@return lunette.Tensor out
function Tensor:addcdiv(tensor1, tensor2, value) end

---x + value tensor1 / tensor2.
---
---Shapes: `x [*], tensor1 [*], tensor2 [*] -> [*], broadcast`
---@param tensor1 lunette.Tensor|number
---@param tensor2 lunette.Tensor|number
---@param value? number (1 unless given)
---@return lunette.Tensor x
function Tensor:addcdiv_(tensor1, tensor2, value) end

---y - alpha x.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor
---@param y lunette.Tensor|number
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function lun.rsub(x, y, alpha) end

---y - alpha x.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function Tensor:rsub(y, alpha) end

---y - alpha x.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@param alpha? number (1 unless given)
---@return lunette.Tensor x
function Tensor:rsub_(y, alpha) end

---x times 2^other.
---
---Shapes: `x [*], other [*] -> [*], broadcast`
---@param x lunette.Tensor
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function lun.ldexp(x, other) end

---x times 2^other.
---
---Shapes: `x [*], other [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:ldexp(other) end

---x times 2^other.
---
---Shapes: `x [*], other [*] -> [*], broadcast`
---@param other lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:ldexp_(other) end

---x as mantissa times 2^exponent, the mantissa's size between 0.5 and 1; exponent is int32.
---
---Shapes: `x [*] -> [*], [*]`
---@param x lunette.Tensor
---@return lunette.Tensor mantissa
---@return lunette.Tensor exponent
function lun.frexp(x) end

---x as mantissa times 2^exponent, the mantissa's size between 0.5 and 1; exponent is int32.
---
---Shapes: `x [*] -> [*], [*]`
---@return lunette.Tensor mantissa
---@return lunette.Tensor exponent
function Tensor:frexp() end

---x to the power exponent, always computed and returned in float64 (complex128 for complex numbers).
---
---Shapes: `x [*], exponent [*] -> [*], broadcast`
---@param x lunette.Tensor|number
---@param exponent lunette.Tensor|number
---@return lunette.Tensor out
function lun.float_power(x, exponent) end

---x to the power exponent, always computed and returned in float64 (complex128 for complex numbers).
---
---Shapes: `x [*], exponent [*] -> [*], broadcast`
---@param exponent lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:float_power(exponent) end

---x to the power exponent, always computed and returned in float64 (complex128 for complex numbers).
---
---Shapes: `x [*], exponent [*] -> [*], broadcast`
---@param exponent lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:float_power_(exponent) end

---n-th derivative of digamma, for a whole n; also x:polygamma(n).
---
---Shapes: `x [*] -> [*]`
---@param n lunette.Tensor|number
---@param x lunette.Tensor|number
---@return lunette.Tensor out
function lun.polygamma(n, x) end

---n-th derivative of digamma, for a whole n; also x:polygamma(n).
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:polygamma(x) end

---n-th derivative of digamma, for a whole n; also x:polygamma(n).
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:polygamma_(x) end

---log of the multivariate gamma function of dimension p.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param p integer
---@return lunette.Tensor out
function lun.mvlgamma(x, p) end

---log of the multivariate gamma function of dimension p.
---
---Shapes: `x [*] -> [*]`
---@param p integer
---@return lunette.Tensor out
function Tensor:mvlgamma(p) end

---log of the multivariate gamma function of dimension p.
---
---Shapes: `x [*] -> [*]`
---@param p integer
---@return lunette.Tensor x
function Tensor:mvlgamma_(p) end

---The first half of dim times sigmoid of the second.
---
---Shapes: `x [..., 2n, ...] -> [..., n, ...]`
---@param x lunette.Tensor
---@param dim? integer (-1 unless given)
---@return lunette.Tensor out
function lun.glu(x, dim) end

---The first half of dim times sigmoid of the second.
---
---Shapes: `x [..., 2n, ...] -> [..., n, ...]`
---@param dim? integer (-1 unless given)
---@return lunette.Tensor out
function Tensor:glu(dim) end

---x where positive, else weight x; one weight for all or one for each channel (dim 2).
---
---Shapes: `x [n, c, ...], weight [c] or [1] -> [n, c, ...]`
---@param x lunette.Tensor
---@param weight lunette.Tensor
---@return lunette.Tensor out
function lun.prelu(x, weight) end

---x where positive, else weight x; one weight for all or one for each channel (dim 2).
---
---Shapes: `x [n, c, ...], weight [c] or [1] -> [n, c, ...]`
---@param weight lunette.Tensor
---@return lunette.Tensor out
function Tensor:prelu(weight) end

---x where positive, else weight x; one weight for all or one for each channel (dim 2).
---
---Shapes: `x [n, c, ...], weight [c] or [1] -> [n, c, ...]`
---@param weight lunette.Tensor
---@return lunette.Tensor x
function Tensor:prelu_(weight) end

---x where positive, else a slope times x: drawn between lower and upper when training, their middle else.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param lower? number (0.125 unless given)
---@param upper? number (0.3333333333333333 unless given)
---@param training? boolean (false unless given)
---@return lunette.Tensor out
function lun.rrelu(x, lower, upper, training) end

---x where positive, else a slope times x: drawn between lower and upper when training, their middle else.
---
---Shapes: `x [*] -> [*]`
---@param lower? number (0.125 unless given)
---@param upper? number (0.3333333333333333 unless given)
---@param training? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:rrelu(lower, upper, training) end

---x where positive, else a slope times x: drawn between lower and upper when training, their middle else.
---
---Shapes: `x [*] -> [*]`
---@param lower? number (0.125 unless given)
---@param upper? number (0.3333333333333333 unless given)
---@param training? boolean (false unless given)
---@return lunette.Tensor x
function Tensor:rrelu_(lower, upper, training) end

---softmax of -x: large where x is small.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dim integer
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.softmin(x, dim, dtype) end

---softmax of -x: large where x is small.
---
---Shapes: `x [*] -> [*]`
---@param dim integer
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:softmin(dim, dtype) end

---softmax of -x: large where x is small.
---
---Shapes: `x [*] -> [*]`
---@param dim integer
---@param dtype? lunette.dtype
---@return lunette.Tensor x
function Tensor:softmin_(dim, dtype) end

---Where |x - y| is at most atol + rtol |y|.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param x lunette.Tensor
---@param y lunette.Tensor|number
---@param rtol? number (1e-5 unless given)
---@param atol? number (1e-8 unless given)
---@param equal_nan? boolean (false unless given)
---@return lunette.Tensor out
function lun.isclose(x, y, rtol, atol, equal_nan) end

---Where |x - y| is at most atol + rtol |y|.
---
---Shapes: `x [*], y [*] -> [*], broadcast`
---@param y lunette.Tensor|number
---@param rtol? number (1e-5 unless given)
---@param atol? number (1e-8 unless given)
---@param equal_nan? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:isclose(y, rtol, atol, equal_nan) end

---Whether all of x and y are close (see isclose): true or false.
---
---Shapes: `x [*], y [*] -> boolean`
---@param x lunette.Tensor
---@param y lunette.Tensor|number
---@param rtol? number (1e-5 unless given)
---@param atol? number (1e-8 unless given)
---@param equal_nan? boolean (false unless given)
---@return lunette.Tensor out
function lun.allclose(x, y, rtol, atol, equal_nan) end

---Whether all of x and y are close (see isclose): true or false.
---
---Shapes: `x [*], y [*] -> boolean`
---@param y lunette.Tensor|number
---@param rtol? number (1e-5 unless given)
---@param atol? number (1e-8 unless given)
---@param equal_nan? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:allclose(y, rtol, atol, equal_nan) end

---Whether x and y have the same shape and the same values: true or false; also x == y.
---
---Shapes: `x [*], y [*] -> boolean`
---@param x lunette.Tensor
---@param y lunette.Tensor
---@return lunette.Tensor out
function lun.equal(x, y) end

---Whether x and y have the same shape and the same values: true or false; also x == y.
---
---Shapes: `x [*], y [*] -> boolean`
---@param y lunette.Tensor
---@return lunette.Tensor out
function Tensor:equal(y) end

---Where x is +inf.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.isposinf(x) end

---Where x is +inf.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:isposinf() end

---Where x is -inf.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.isneginf(x) end

---Where x is -inf.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:isneginf() end

---Where x has no imaginary part: everywhere, but in complex tensors.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.isreal(x) end

---Where x has no imaginary part: everywhere, but in complex tensors.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:isreal() end

---Where x is negative, -0 included.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.signbit(x) end

---Where x is negative, -0 included.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:signbit() end

---A tensor like x with one value, a number or a tensor of one element, everywhere.
---
---Shapes: `x [*], value [] -> [*]`
---@param x lunette.Tensor
---@param value lunette.Tensor|number
---@return lunette.Tensor out
function lun.fill(x, value) end

---A tensor like x with one value, a number or a tensor of one element, everywhere.
---
---Shapes: `x [*], value [] -> [*]`
---@param value lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:fill(value) end

---Normal random numbers of the given means and standard deviations (1 if left out); two numbers want a size.
---
---Shapes: `mean [*], std [*] -> [*], broadcast`
---@param mean lunette.Tensor|number
---@param std? lunette.Tensor|number
---@param size? integer|integer[]
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.normal(mean, std, size, dtype, device) end

---Normal random numbers of the given means and standard deviations (1 if left out); two numbers want a size.
---
---Shapes: `mean [*], std [*] -> [*], broadcast`
---@param std? lunette.Tensor|number
---@param size? integer|integer[]
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function Tensor:normal(std, size, dtype, device) end

---1 with chance x (or p, for all), else 0.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param p? number
---@return lunette.Tensor out
function lun.bernoulli(x, p) end

---1 with chance x (or p, for all), else 0.
---
---Shapes: `x [*] -> [*]`
---@param p? number
---@return lunette.Tensor out
function Tensor:bernoulli(p) end

---Fills x with 1 with chance p, else 0.
---
---Shapes: `x [*], p [*] -> [*]`
---@param x lunette.Tensor
---@param p? lunette.Tensor|number (0.5 unless given)
---@return lunette.Tensor out
function lun.bernoulli_(x, p) end

---Fills x with 1 with chance p, else 0.
---
---Shapes: `x [*], p [*] -> [*]`
---@param p? lunette.Tensor|number (0.5 unless given)
---@return lunette.Tensor out
function Tensor:bernoulli_(p) end

---Poisson random numbers of rate x.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.poisson(x) end

---Poisson random numbers of rate x.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:poisson() end

---How many of `count` tries succeed that each do so with chance prob.
---
---Shapes: `count [*], prob [*] -> [*], broadcast`
---@param count lunette.Tensor|number
---@param prob lunette.Tensor|number
---@return lunette.Tensor out
function lun.binomial(count, prob) end

---How many of `count` tries succeed that each do so with chance prob.
---
---Shapes: `count [*], prob [*] -> [*], broadcast`
---@param prob lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:binomial(prob) end

---Gamma random numbers of shape x and scale 1; differentiable in x (implicit reparameterisation).
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.standard_gamma(x) end

---Gamma random numbers of shape x and scale 1; differentiable in x (implicit reparameterisation).
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:standard_gamma() end

---num_samples positions in each row, drawn with chances in proportion to x; without replacement each at most once.
---
---Shapes: `x [m, n] or [n] -> [m, num_samples] or [num_samples]`
---@param x lunette.Tensor
---@param num_samples integer
---@param replacement? boolean (false unless given)
---@return lunette.Tensor out
function lun.multinomial(x, num_samples, replacement) end

---num_samples positions in each row, drawn with chances in proportion to x; without replacement each at most once.
---
---Shapes: `x [m, n] or [n] -> [m, num_samples] or [num_samples]`
---@param num_samples integer
---@param replacement? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:multinomial(num_samples, replacement) end

---Fills x with exponential random numbers of rate lambd.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param lambd? number (1 unless given)
---@return lunette.Tensor out
function lun.exponential_(x, lambd) end

---Fills x with exponential random numbers of rate lambd.
---
---Shapes: `x [*] -> [*]`
---@param lambd? number (1 unless given)
---@return lunette.Tensor out
function Tensor:exponential_(lambd) end

---Fills x with the number of tries up to the first success of chance p: 1, 2, ...
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param p number
---@return lunette.Tensor out
function lun.geometric_(x, p) end

---Fills x with the number of tries up to the first success of chance p: 1, 2, ...
---
---Shapes: `x [*] -> [*]`
---@param p number
---@return lunette.Tensor out
function Tensor:geometric_(p) end

---Fills x with Cauchy random numbers.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param median? number (0 unless given)
---@param sigma? number (1 unless given)
---@return lunette.Tensor out
function lun.cauchy_(x, median, sigma) end

---Fills x with Cauchy random numbers.
---
---Shapes: `x [*] -> [*]`
---@param median? number (0 unless given)
---@param sigma? number (1 unless given)
---@return lunette.Tensor out
function Tensor:cauchy_(median, sigma) end

---Fills x with numbers whose logarithms are normal of the given mean and std.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param mean? number (1 unless given)
---@param std? number (2 unless given)
---@return lunette.Tensor out
function lun.log_normal_(x, mean, std) end

---Fills x with numbers whose logarithms are normal of the given mean and std.
---
---Shapes: `x [*] -> [*]`
---@param mean? number (1 unless given)
---@param std? number (2 unless given)
---@return lunette.Tensor out
function Tensor:log_normal_(mean, std) end

---Fills x with whole numbers from `from` up to but not including `to`; with one number below it; with none all that x can hold exactly.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param from? integer
---@param to? integer
---@return lunette.Tensor out
function lun.random_(x, from, to) end

---Fills x with whole numbers from `from` up to but not including `to`; with one number below it; with none all that x can hold exactly.
---
---Shapes: `x [*] -> [*]`
---@param from? integer
---@param to? integer
---@return lunette.Tensor out
function Tensor:random_(from, to) end

---Whole random numbers of x's size and dtype from low up to but not including high; with one number from 0 on.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param low integer
---@param high? integer
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.randint_like(x, low, high, dtype, device) end

---Whole random numbers of x's size and dtype from low up to but not including high; with one number from 0 on.
---
---Shapes: `x [*] -> [*]`
---@param low integer
---@param high? integer
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function Tensor:randint_like(low, high, dtype, device) end

---A complex tensor seen as a real one with a last dim of size 2: real and imaginary parts.
---
---Shapes: `x [*] -> [*, 2]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.view_as_real(x) end

---A complex tensor seen as a real one with a last dim of size 2: real and imaginary parts.
---
---Shapes: `x [*] -> [*, 2]`
---@return lunette.Tensor out
function Tensor:view_as_real() end

---A real tensor whose last dim has size 2 seen as a complex one. float32 gives complex64, float64 complex128.
---
---Shapes: `x [*, 2] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.view_as_complex(x) end

---A real tensor whose last dim has size 2 seen as a complex one. float32 gives complex64, float64 complex128.
---
---Shapes: `x [*, 2] -> [*]`
---@return lunette.Tensor out
function Tensor:view_as_complex() end

---real + i imag. Two tensors give a complex tensor; two numbers give a complex number, to calculate with as with any other number.
---
---Shapes: `real [*], imag [*] -> [*], broadcast`
---@param real lunette.Tensor|number
---@param imag lunette.Tensor|number
---@return lunette.Tensor out
function lun.complex(real, imag) end

---The complex numbers with these absolute values and angles (in radians).
---
---Shapes: `abs [*], angle [*] -> [*], broadcast`
---@param abs lunette.Tensor|number
---@param angle lunette.Tensor|number
---@return lunette.Tensor out
function lun.polar(abs, angle) end

---The real part, as a view; x itself when it is real.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.real(x) end

---The real part, as a view; x itself when it is real.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:real() end

---The imaginary part, as a view.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.imag(x) end

---The imaginary part, as a view.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:imag() end

---The complex conjugate; x itself when it is real.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.conj(x) end

---The complex conjugate; x itself when it is real.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:conj() end

---The complex conjugate, always in memory of its own.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.conj_physical(x) end

---The complex conjugate, always in memory of its own.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:conj_physical() end

---The complex conjugate, always in memory of its own.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:conj_physical_() end

---The angle of a complex number in radians; of a real one 0, or pi when it is negative.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.angle(x) end

---The angle of a complex number in radians; of a real one 0, or pi when it is negative.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:angle() end

---The angle of a complex number in radians; of a real one 0, or pi when it is negative.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor x
function Tensor:angle_() end

---Discrete Fourier transform along a dim: sums of x exp(-2 pi i jk / n). n cuts the dim off or fills it with zeros; norm is "backward" (no factor), "ortho" (1/sqrt n) or "forward" (1/n).
---
---Shapes: `x [*, n] -> [*, n]`
---@param x lunette.Tensor
---@param n? integer
---@param dim? integer (-1 unless given)
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_fft(x, n, dim, norm) end

---Inverse of fft along a dim; norm "backward" divides by n.
---
---Shapes: `x [*, n] -> [*, n]`
---@param x lunette.Tensor
---@param n? integer
---@param dim? integer (-1 unless given)
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_ifft(x, n, dim, norm) end

---fft of a real tensor: only the first half of the coefficients, as the others are their conjugates.
---
---Shapes: `x [*, n] -> [*, n/2 + 1]`
---@param x lunette.Tensor
---@param n? integer
---@param dim? integer (-1 unless given)
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_rfft(x, n, dim, norm) end

---Inverse of rfft: a real tensor of n points (2 (m - 1) unless told) from the first half of the coefficients.
---
---Shapes: `x [*, m] -> [*, n]`
---@param x lunette.Tensor
---@param n? integer
---@param dim? integer (-1 unless given)
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_irfft(x, n, dim, norm) end

---fft of a signal whose second half is the conjugate of the first, which alone is given: a real tensor.
---
---Shapes: `x [*, m] -> [*, n]`
---@param x lunette.Tensor
---@param n? integer
---@param dim? integer (-1 unless given)
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_hfft(x, n, dim, norm) end

---Inverse of hfft, of a real tensor.
---
---Shapes: `x [*, n] -> [*, n/2 + 1]`
---@param x lunette.Tensor
---@param n? integer
---@param dim? integer (-1 unless given)
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_ihfft(x, n, dim, norm) end

---Fft along the last two dims (or those named); s gives their sizes.
---
---Shapes: `x [*, n, m] -> [*, s]`
---@param x lunette.Tensor
---@param s? integer|integer[]
---@param dim? integer|integer[]
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_fft2(x, s, dim, norm) end

---Ifft along the last two dims (or those named); s gives their sizes.
---
---Shapes: `x [*, n, m] -> [*, s]`
---@param x lunette.Tensor
---@param s? integer|integer[]
---@param dim? integer|integer[]
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_ifft2(x, s, dim, norm) end

---Rfft along the last dim, then fft along the one before (or those named); s gives their sizes.
---
---Shapes: `x [*, n, m] -> [*, n, m // 2 + 1]`
---@param x lunette.Tensor
---@param s? integer|integer[]
---@param dim? integer|integer[]
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_rfft2(x, s, dim, norm) end

---Ifft along the last dim but one, then irfft along the last (or those named); s gives their sizes.
---
---Shapes: `x [*, n, m] -> [*, n, 2 (m - 1)], or s`
---@param x lunette.Tensor
---@param s? integer|integer[]
---@param dim? integer|integer[]
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_irfft2(x, s, dim, norm) end

---Fft along the last dim but one, then hfft along the last (or those named); s gives their sizes.
---
---Shapes: `x [*, n, m] -> [*, n, 2 (m - 1)], or s`
---@param x lunette.Tensor
---@param s? integer|integer[]
---@param dim? integer|integer[]
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_hfft2(x, s, dim, norm) end

---Ihfft along the last dim, then ifft along the one before (or those named); s gives their sizes.
---
---Shapes: `x [*, n, m] -> [*, n, m // 2 + 1]`
---@param x lunette.Tensor
---@param s? integer|integer[]
---@param dim? integer|integer[]
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_ihfft2(x, s, dim, norm) end

---Fft along all dims (or those named); s gives their sizes.
---
---Shapes: `x [*] -> [*], s at dim`
---@param x lunette.Tensor
---@param s? integer|integer[]
---@param dim? integer|integer[]
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_fftn(x, s, dim, norm) end

---Ifft along all dims (or those named); s gives their sizes.
---
---Shapes: `x [*] -> [*], s at dim`
---@param x lunette.Tensor
---@param s? integer|integer[]
---@param dim? integer|integer[]
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_ifftn(x, s, dim, norm) end

---Rfft along the last dim, then fft along all others (or those named); s gives their sizes.
---
---Shapes: `x [*, m] -> [*, m // 2 + 1]`
---@param x lunette.Tensor
---@param s? integer|integer[]
---@param dim? integer|integer[]
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_rfftn(x, s, dim, norm) end

---Ifft along all dims but the last, then irfft along that (or those named); s gives their sizes.
---
---Shapes: `x [*, m] -> [*, 2 (m - 1)], or s`
---@param x lunette.Tensor
---@param s? integer|integer[]
---@param dim? integer|integer[]
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_irfftn(x, s, dim, norm) end

---Fft along all dims but the last, then hfft along that (or those named); s gives their sizes.
---
---Shapes: `x [*, m] -> [*, 2 (m - 1)], or s`
---@param x lunette.Tensor
---@param s? integer|integer[]
---@param dim? integer|integer[]
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_hfftn(x, s, dim, norm) end

---Ihfft along the last dim, then ifft along all others (or those named); s gives their sizes.
---
---Shapes: `x [*, m] -> [*, m // 2 + 1]`
---@param x lunette.Tensor
---@param s? integer|integer[]
---@param dim? integer|integer[]
---@param norm? string (backward unless given)
---@return lunette.Tensor out
function lun.fft_ihfftn(x, s, dim, norm) end

---The frequency 0 moved to the middle of dims (all, unless named).
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@return lunette.Tensor out
function lun.fft_fftshift(x, dim) end

---The inverse of fftshift.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@return lunette.Tensor out
function lun.fft_ifftshift(x, dim) end

---The frequencies of fft's n coefficients, for points d apart: 0, 1, ... then the negative ones, over n d.
---
---Shapes: `-> [n]`
---@param n integer
---@param d? number (1 unless given)
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.fft_fftfreq(n, d, dtype, device) end

---The frequencies of rfft's coefficients, for n points d apart.
---
---Shapes: `-> [n // 2 + 1]`
---@param n integer
---@param d? number (1 unless given)
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.fft_rfftfreq(n, d, dtype, device) end

---Fourier transforms of windows of a signal, every hop_length (n_fft / 4) points: [frequencies, frames]. center fills the signal's ends, so that frame t is centred at t hop_length.
---
---Shapes: `x [*, t] -> [*, n_fft/2 + 1, frames]`
---@param x lunette.Tensor
---@param n_fft integer
---@param hop_length? integer
---@param win_length? integer
---@param window? lunette.Tensor
---@param center? boolean (true unless given)
---@param pad_mode? string (reflect unless given)
---@param normalized? boolean (false unless given)
---@param onesided? boolean
---@param return_complex? boolean
---@return lunette.Tensor out
function lun.stft(x, n_fft, hop_length, win_length, window, center, pad_mode, normalized, onesided, return_complex) end

---Fourier transforms of windows of a signal, every hop_length (n_fft / 4) points: [frequencies, frames]. center fills the signal's ends, so that frame t is centred at t hop_length.
---
---Shapes: `x [*, t] -> [*, n_fft/2 + 1, frames]`
---@param n_fft integer
---@param hop_length? integer
---@param win_length? integer
---@param window? lunette.Tensor
---@param center? boolean (true unless given)
---@param pad_mode? string (reflect unless given)
---@param normalized? boolean (false unless given)
---@param onesided? boolean
---@param return_complex? boolean
---@return lunette.Tensor out
function Tensor:stft(n_fft, hop_length, win_length, window, center, pad_mode, normalized, onesided, return_complex) end

---The signal whose stft is nearest to x: windows transformed back, weighted by the window and added where they overlap.
---
---Shapes: `x [*, n_fft/2 + 1, frames] -> [*, t]`
---@param x lunette.Tensor
---@param n_fft integer
---@param hop_length? integer
---@param win_length? integer
---@param window? lunette.Tensor
---@param center? boolean (true unless given)
---@param normalized? boolean (false unless given)
---@param onesided? boolean
---@param length? integer
---@param return_complex? boolean (false unless given)
---@return lunette.Tensor out
function lun.istft(x, n_fft, hop_length, win_length, window, center, normalized, onesided, length, return_complex) end

---The signal whose stft is nearest to x: windows transformed back, weighted by the window and added where they overlap.
---
---Shapes: `x [*, n_fft/2 + 1, frames] -> [*, t]`
---@param n_fft integer
---@param hop_length? integer
---@param win_length? integer
---@param window? lunette.Tensor
---@param center? boolean (true unless given)
---@param normalized? boolean (false unless given)
---@param onesided? boolean
---@param length? integer
---@param return_complex? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:istft(n_fft, hop_length, win_length, window, center, normalized, onesided, length, return_complex) end

---Raised cosine from 0 to 1 and back; periodic leaves out the last point.
---
---Shapes: `-> [window_length]`
---@param window_length integer
---@param periodic? boolean (true unless given)
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.hann_window(window_length, periodic, dtype, device) end

---alpha - beta cos: a raised cosine that does not reach 0.
---
---Shapes: `-> [window_length]`
---@param window_length integer
---@param periodic? boolean (true unless given)
---@param alpha? number (0.54 unless given)
---@param beta? number (0.46 unless given)
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.hamming_window(window_length, periodic, alpha, beta, dtype, device) end

---0.42 - 0.5 cos + 0.08 cos of twice the angle: low side lobes.
---
---Shapes: `-> [window_length]`
---@param window_length integer
---@param periodic? boolean (true unless given)
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.blackman_window(window_length, periodic, dtype, device) end

---A triangle from 0 to 1 and back.
---
---Shapes: `-> [window_length]`
---@param window_length integer
---@param periodic? boolean (true unless given)
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.bartlett_window(window_length, periodic, dtype, device) end

---Kaiser's window: a Bessel function; a larger beta is narrower.
---
---Shapes: `-> [window_length]`
---@param window_length integer
---@param periodic? boolean (true unless given)
---@param beta? number (12 unless given)
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.kaiser_window(window_length, periodic, beta, dtype, device) end

---A tensor of the given size filled with one value.
---
---Shapes: `-> size`
---@param size integer|integer[]
---@param fill_value number
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.full(size, fill_value, dtype, device) end

---Zeros.
---
---Shapes: `-> size`
---@param size integer|integer[]
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.zeros(size, dtype, device) end

---Ones.
---
---Shapes: `-> size`
---@param size integer|integer[]
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.ones(size, dtype, device) end

---A tensor whose contents are whatever was there; fill it before reading.
---
---Shapes: `-> size`
---@param size integer|integer[]
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.empty(size, dtype, device) end

---Ones on the diagonal, zeros elsewhere; n by n, or n by m.
---
---Shapes: `-> [n, m]`
---@param n integer
---@param m? integer
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.eye(n, m, dtype, device) end

---start, start + step, ... below stop; with one number 0 .. n-1. See range for a closed end.
---
---Shapes: `-> [ceil((stop - start) / step)]`
---@param start number
---@param stop? number
---@param step? number (1 unless given)
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.arange(start, stop, step, dtype, device) end

---start, start + step, ... up to and including stop, as in Lua's for.
---
---Shapes: `-> [floor((stop - start) / step) + 1]`
---@param start number
---@param stop number
---@param step? number (1 unless given)
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.range(start, stop, step, dtype, device) end

---`steps` evenly spaced values from start to stop, both included.
---
---Shapes: `-> [steps]`
---@param start number
---@param stop number
---@param steps integer
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.linspace(start, stop, steps, dtype, device) end

---Uniform random numbers in [0, 1); both parts of complex ones.
---
---Shapes: `-> size`
---@param size integer|integer[]
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.rand(size, dtype, device) end

---Normal random numbers, mean 0, variance 1 (of complex ones, half of it in each part).
---
---Shapes: `-> size`
---@param size integer|integer[]
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.randn(size, dtype, device) end

---Whole random numbers from low up to but not including high.
---
---Shapes: `-> size`
---@param low integer
---@param high integer
---@param size integer|integer[]
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.randint(low, high, size, dtype, device) end

---The numbers 1..n in random order.
---
---Shapes: `-> [n]`
---@param n integer
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.randperm(n, dtype, device) end

---x's size and dtype, filled with one value.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param fill_value number
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.full_like(x, fill_value, dtype, device) end

---x's size and dtype, filled with one value.
---
---Shapes: `x [*] -> [*]`
---@param fill_value number
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function Tensor:full_like(fill_value, dtype, device) end

---Zeros of x's size and dtype.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.zeros_like(x, dtype, device) end

---Zeros of x's size and dtype.
---
---Shapes: `x [*] -> [*]`
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function Tensor:zeros_like(dtype, device) end

---Ones of x's size and dtype.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.ones_like(x, dtype, device) end

---Ones of x's size and dtype.
---
---Shapes: `x [*] -> [*]`
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function Tensor:ones_like(dtype, device) end

---A tensor of x's size and dtype, not filled.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.empty_like(x, dtype, device) end

---A tensor of x's size and dtype, not filled.
---
---Shapes: `x [*] -> [*]`
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function Tensor:empty_like(dtype, device) end

---Uniform random numbers in [0, 1) of x's size.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.rand_like(x, dtype, device) end

---Uniform random numbers in [0, 1) of x's size.
---
---Shapes: `x [*] -> [*]`
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function Tensor:rand_like(dtype, device) end

---Normal random numbers of x's size.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.randn_like(x, dtype, device) end

---Normal random numbers of x's size.
---
---Shapes: `x [*] -> [*]`
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function Tensor:randn_like(dtype, device) end

---x converted to another dtype.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dtype lunette.dtype
---@return lunette.Tensor out
function lun.cast(x, dtype) end

---x converted to another dtype.
---
---Shapes: `x [*] -> [*]`
---@param dtype lunette.dtype
---@return lunette.Tensor out
function Tensor:cast(dtype) end

---A fresh copy of x, part of the graph.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.clone(x) end

---A fresh copy of x, part of the graph.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:clone() end

---Writes y, broadcast and converted, into x.
---
---Shapes: `x [*], y broadcast to [*] -> x`
---@param x lunette.Tensor
---@param y lunette.Tensor
---@return lunette.Tensor out
function lun.copy_(x, y) end

---Writes y, broadcast and converted, into x.
---
---Shapes: `x [*], y broadcast to [*] -> x`
---@param y lunette.Tensor
---@return lunette.Tensor out
function Tensor:copy_(y) end

---Writes one value into every element of x.
---
---Shapes: `x [*] -> x`
---@param x lunette.Tensor
---@param value number
---@return lunette.Tensor out
function lun.fill_(x, value) end

---Writes one value into every element of x.
---
---Shapes: `x [*] -> x`
---@param value number
---@return lunette.Tensor out
function Tensor:fill_(value) end

---Fills x with uniform random numbers from `from` to `to`.
---
---Shapes: `x [*] -> x`
---@param x lunette.Tensor
---@param from? number (0 unless given)
---@param to? number (1 unless given)
---@return lunette.Tensor out
function lun.uniform_(x, from, to) end

---Fills x with uniform random numbers from `from` to `to`.
---
---Shapes: `x [*] -> x`
---@param from? number (0 unless given)
---@param to? number (1 unless given)
---@return lunette.Tensor out
function Tensor:uniform_(from, to) end

---Fills x with normal random numbers.
---
---Shapes: `x [*] -> x`
---@param x lunette.Tensor
---@param mean? number (0 unless given)
---@param std? number (1 unless given)
---@return lunette.Tensor out
function lun.normal_(x, mean, std) end

---Fills x with normal random numbers.
---
---Shapes: `x [*] -> x`
---@param mean? number (0 unless given)
---@param std? number (1 unless given)
---@return lunette.Tensor out
function Tensor:normal_(mean, std) end

---Sum over dims; whole numbers and bool give int64.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.sum(x, dim, keepdim, dtype) end

---Sum over dims; whole numbers and bool give int64.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:sum(dim, keepdim, dtype) end

---Mean over dims; floats only, or whole numbers with a float dtype.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.mean(x, dim, keepdim, dtype) end

---Mean over dims; floats only, or whole numbers with a float dtype.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:mean(dim, keepdim, dtype) end

---Product over a dim; whole numbers give int64.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.prod(x, dim, keepdim, dtype) end

---Product over a dim; whole numbers give int64.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:prod(dim, keepdim, dtype) end

---Variance over dims, divided by n - correction.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param correction? number (1 unless given)
---@return lunette.Tensor out
function lun.var(x, dim, keepdim, correction) end

---Variance over dims, divided by n - correction.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param correction? number (1 unless given)
---@return lunette.Tensor out
function Tensor:var(dim, keepdim, correction) end

---Standard deviation over dims.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param correction? number (1 unless given)
---@return lunette.Tensor out
function lun.std(x, dim, keepdim, correction) end

---Standard deviation over dims.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param correction? number (1 unless given)
---@return lunette.Tensor out
function Tensor:std(dim, keepdim, correction) end

---p-norm over dims: (sum |x|^p)^(1/p); p may be inf, -inf or 0; "fro" is 2, "nuc" the sum of a matrix's singular values.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param p? number|string (fro unless given)
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.norm(x, p, dim, keepdim, dtype) end

---p-norm over dims: (sum |x|^p)^(1/p); p may be inf, -inf or 0; "fro" is 2, "nuc" the sum of a matrix's singular values.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param p? number|string (fro unless given)
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:norm(p, dim, keepdim, dtype) end

---Largest value; with a dim also its first position there. For two tensors see maximum.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.max(x, dim, keepdim) end

---Largest value; with a dim also its first position there. For two tensors see maximum.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:max(dim, keepdim) end

---Smallest value; with a dim also its first position there. For two tensors see minimum.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.min(x, dim, keepdim) end

---Smallest value; with a dim also its first position there. For two tensors see minimum.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:min(dim, keepdim) end

---Largest value over dims; equal ones share the gradient.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function lun.amax(x, dim, keepdim) end

---Largest value over dims; equal ones share the gradient.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:amax(dim, keepdim) end

---Smallest value over dims; equal ones share the gradient.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function lun.amin(x, dim, keepdim) end

---Smallest value over dims; equal ones share the gradient.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:amin(dim, keepdim) end

---Position (from 1) of the first largest value, along a dim or in the flattened tensor.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function lun.argmax(x, dim, keepdim) end

---Position (from 1) of the first largest value, along a dim or in the flattened tensor.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:argmax(dim, keepdim) end

---Position (from 1) of the first smallest value, along a dim or in the flattened tensor.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function lun.argmin(x, dim, keepdim) end

---Position (from 1) of the first smallest value, along a dim or in the flattened tensor.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:argmin(dim, keepdim) end

---Is some element non-zero? Without a dim a Lua boolean.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function lun.any(x, dim, keepdim) end

---Is some element non-zero? Without a dim a Lua boolean.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:any(dim, keepdim) end

---Are all elements non-zero? Without a dim a Lua boolean.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function lun.all(x, dim, keepdim) end

---Are all elements non-zero? Without a dim a Lua boolean.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:all(dim, keepdim) end

---The same elements in another shape, without a copy; one size may be -1.
---
---Shapes: `x [*] -> size`
---@param x lunette.Tensor
---@param size integer|integer[]
---@return lunette.Tensor out
function lun.view(x, size) end

---The same elements in another shape, without a copy; one size may be -1.
---
---Shapes: `x [*] -> size`
---@param size integer|integer[]
---@return lunette.Tensor out
function Tensor:view(size) end

---Another shape, as a view where that can be, else a copy; one size may be -1.
---
---Shapes: `x [*] -> size`
---@param x lunette.Tensor
---@param size integer|integer[]
---@return lunette.Tensor out
function lun.reshape(x, size) end

---Another shape, as a view where that can be, else a copy; one size may be -1.
---
---Shapes: `x [*] -> size`
---@param size integer|integer[]
---@return lunette.Tensor out
function Tensor:reshape(size) end

---Dims start_dim..end_dim made one.
---
---Shapes: `x [*] -> [*] with start_dim..end_dim as one`
---@param x lunette.Tensor
---@param start_dim? integer (1 unless given)
---@param end_dim? integer (-1 unless given)
---@return lunette.Tensor out
function lun.flatten(x, start_dim, end_dim) end

---Dims start_dim..end_dim made one.
---
---Shapes: `x [*] -> [*] with start_dim..end_dim as one`
---@param start_dim? integer (1 unless given)
---@param end_dim? integer (-1 unless given)
---@return lunette.Tensor out
function Tensor:flatten(start_dim, end_dim) end

---Dims in another order.
---
---Shapes: `x [*] -> [*] in the order of dims`
---@param x lunette.Tensor
---@param dims integer|integer[]
---@return lunette.Tensor out
function lun.permute(x, dims) end

---Dims in another order.
---
---Shapes: `x [*] -> [*] in the order of dims`
---@param dims integer|integer[]
---@return lunette.Tensor out
function Tensor:permute(dims) end

---Two dims exchanged.
---
---Shapes: `x [*] -> [*] with two dims exchanged`
---@param x lunette.Tensor
---@param dim0 integer
---@param dim1 integer
---@return lunette.Tensor out
function lun.transpose(x, dim0, dim1) end

lun.swapaxes = lun.transpose

lun.swapdims = lun.transpose

---Two dims exchanged.
---
---Shapes: `x [*] -> [*] with two dims exchanged`
---@param dim0 integer
---@param dim1 integer
---@return lunette.Tensor out
function Tensor:transpose(dim0, dim1) end

Tensor.swapaxes = Tensor.transpose

Tensor.swapdims = Tensor.transpose

---Transpose of a matrix; a vector stays as it is. Also x.T.
---
---Shapes: `x [n, m] -> [m, n]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.t(x) end

---Transpose of a matrix; a vector stays as it is. Also x.T.
---
---Shapes: `x [n, m] -> [m, n]`
---@return lunette.Tensor out
function Tensor:t() end

---Without dims of size 1: all of them, or those named.
---
---Shapes: `x [*] -> [*] without dims of size 1`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@return lunette.Tensor out
function lun.squeeze(x, dim) end

---Without dims of size 1: all of them, or those named.
---
---Shapes: `x [*] -> [*] without dims of size 1`
---@param dim? integer|integer[]
---@return lunette.Tensor out
function Tensor:squeeze(dim) end

---A new dim of size 1 at the place named.
---
---Shapes: `x [*] -> [*] with a 1 at dim`
---@param x lunette.Tensor
---@param dim integer
---@return lunette.Tensor out
function lun.unsqueeze(x, dim) end

---A new dim of size 1 at the place named.
---
---Shapes: `x [*] -> [*] with a 1 at dim`
---@param dim integer
---@return lunette.Tensor out
function Tensor:unsqueeze(dim) end

---Dims of size 1 repeated without a copy; -1 keeps a size.
---
---Shapes: `x [*] -> size`
---@param x lunette.Tensor
---@param size integer|integer[]
---@return lunette.Tensor out
function lun.expand(x, size) end

---Dims of size 1 repeated without a copy; -1 keeps a size.
---
---Shapes: `x [*] -> size`
---@param size integer|integer[]
---@return lunette.Tensor out
function Tensor:expand(size) end

---Positions start..stop (inclusive) of a dim, every step-th.
---
---Shapes: `x [*] -> [*] with (stop - start) // step + 1 at dim`
---@param x lunette.Tensor
---@param dim integer
---@param start? integer (1 unless given)
---@param stop? integer (-1 unless given)
---@param step? integer (1 unless given)
---@return lunette.Tensor out
function lun.slice(x, dim, start, stop, step) end

---Positions start..stop (inclusive) of a dim, every step-th.
---
---Shapes: `x [*] -> [*] with (stop - start) // step + 1 at dim`
---@param dim integer
---@param start? integer (1 unless given)
---@param stop? integer (-1 unless given)
---@param step? integer (1 unless given)
---@return lunette.Tensor out
function Tensor:slice(dim, start, stop, step) end

---`length` positions of a dim, from start.
---
---Shapes: `x [*] -> [*] with length at dim`
---@param x lunette.Tensor
---@param dim integer
---@param start integer
---@param length integer
---@return lunette.Tensor out
function lun.narrow(x, dim, start, length) end

---`length` positions of a dim, from start.
---
---Shapes: `x [*] -> [*] with length at dim`
---@param dim integer
---@param start integer
---@param length integer
---@return lunette.Tensor out
function Tensor:narrow(dim, start, length) end

---One position of a dim; the dim goes.
---
---Shapes: `x [*] -> [*] without dim`
---@param x lunette.Tensor
---@param dim integer
---@param index integer
---@return lunette.Tensor out
function lun.select(x, dim, index) end

---One position of a dim; the dim goes.
---
---Shapes: `x [*] -> [*] without dim`
---@param dim integer
---@param index integer
---@return lunette.Tensor out
function Tensor:select(dim, index) end

---Tensors joined one after the other along a dim they have.
---
---Shapes: `x [.., n, ..], y [.., m, ..] -> [.., n + m, ..]`
---@param tensors lunette.Tensor[]
---@param dim? integer (1 unless given)
---@return lunette.Tensor out
function lun.cat(tensors, dim) end

lun.concat = lun.cat

lun.concatenate = lun.cat

---Tensors of one shape joined along a new dim.
---
---Shapes: `n tensors [*] -> [*] with n at dim`
---@param tensors lunette.Tensor[]
---@param dim? integer (1 unless given)
---@return lunette.Tensor out
function lun.stack(tensors, dim) end

---x repeated along its dims; more numbers than dims add dims in front.
---
---Shapes: `x [n, ..] -> [n dims[1], ..]`
---@param x lunette.Tensor
---@param dims integer|integer[]
---@return lunette.Tensor out
function lun.tile(x, dims) end

---x repeated along its dims; more numbers than dims add dims in front.
---
---Shapes: `x [n, ..] -> [n dims[1], ..]`
---@param dims integer|integer[]
---@return lunette.Tensor out
function Tensor:tile(dims) end

---Elements moved on by `shifts` along dims; what falls off the end comes in at the front. Without dims in the flattened tensor.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param shifts integer|integer[]
---@param dims? integer|integer[]
---@return lunette.Tensor out
function lun.roll(x, shifts, dims) end

---Elements moved on by `shifts` along dims; what falls off the end comes in at the front. Without dims in the flattened tensor.
---
---Shapes: `x [*] -> [*]`
---@param shifts integer|integer[]
---@param dims? integer|integer[]
---@return lunette.Tensor out
function Tensor:roll(shifts, dims) end

---Elements in reverse order along dims.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dims integer|integer[]
---@return lunette.Tensor out
function lun.flip(x, dims) end

---Elements in reverse order along dims.
---
---Shapes: `x [*] -> [*]`
---@param dims integer|integer[]
---@return lunette.Tensor out
function Tensor:flip(dims) end

---x with a border: pad holds how many positions before and after, for the last dim first. mode is "constant" (value), "reflect", "replicate" or "circular"; negative numbers cut off.
---
---Shapes: `x [.., n] -> [.., pad[1] + n + pad[2]]`
---@param x lunette.Tensor
---@param pad integer|integer[]
---@param mode? string (constant unless given)
---@param value? number (0 unless given)
---@return lunette.Tensor out
function lun.pad(x, pad, mode, value) end

---x with a border: pad holds how many positions before and after, for the last dim first. mode is "constant" (value), "reflect", "replicate" or "circular"; negative numbers cut off.
---
---Shapes: `x [.., n] -> [.., pad[1] + n + pad[2]]`
---@param pad integer|integer[]
---@param mode? string (constant unless given)
---@param value? number (0 unless given)
---@return lunette.Tensor out
function Tensor:pad(pad, mode, value) end

---The lower triangle of the last two dims; zeros above the diagonal named.
---
---Shapes: `x [*, n, m] -> [*, n, m]`
---@param x lunette.Tensor
---@param diagonal? integer (0 unless given)
---@return lunette.Tensor out
function lun.tril(x, diagonal) end

---The lower triangle of the last two dims; zeros above the diagonal named.
---
---Shapes: `x [*, n, m] -> [*, n, m]`
---@param diagonal? integer (0 unless given)
---@return lunette.Tensor out
function Tensor:tril(diagonal) end

---The lower triangle of the last two dims; zeros above the diagonal named.
---
---Shapes: `x [*, n, m] -> [*, n, m]`
---@param diagonal? integer (0 unless given)
---@return lunette.Tensor x
function Tensor:tril_(diagonal) end

---The upper triangle of the last two dims; zeros below the diagonal named.
---
---Shapes: `x [*, n, m] -> [*, n, m]`
---@param x lunette.Tensor
---@param diagonal? integer (0 unless given)
---@return lunette.Tensor out
function lun.triu(x, diagonal) end

---The upper triangle of the last two dims; zeros below the diagonal named.
---
---Shapes: `x [*, n, m] -> [*, n, m]`
---@param diagonal? integer (0 unless given)
---@return lunette.Tensor out
function Tensor:triu(diagonal) end

---The upper triangle of the last two dims; zeros below the diagonal named.
---
---Shapes: `x [*, n, m] -> [*, n, m]`
---@param diagonal? integer (0 unless given)
---@return lunette.Tensor x
function Tensor:triu_(diagonal) end

---A view of the elements where two dims have the same position (plus offset); it becomes the last dim.
---
---Shapes: `x [.., n, .., m, ..] -> [.., min(n, m)]`
---@param x lunette.Tensor
---@param offset? integer (0 unless given)
---@param dim1? integer (1 unless given)
---@param dim2? integer (2 unless given)
---@return lunette.Tensor out
function lun.diagonal(x, offset, dim1, dim2) end

---A view of the elements where two dims have the same position (plus offset); it becomes the last dim.
---
---Shapes: `x [.., n, .., m, ..] -> [.., min(n, m)]`
---@param offset? integer (0 unless given)
---@param dim1? integer (1 unless given)
---@param dim2? integer (2 unless given)
---@return lunette.Tensor out
function Tensor:diagonal(offset, dim1, dim2) end

---A vector made the diagonal of a matrix of zeros; the diagonal of a matrix as a vector.
---
---Shapes: `x [n] -> [n, n], x [n, m] -> [min(n, m)]`
---@param x lunette.Tensor
---@param diagonal? integer (0 unless given)
---@return lunette.Tensor out
function lun.diag(x, diagonal) end

---A vector made the diagonal of a matrix of zeros; the diagonal of a matrix as a vector.
---
---Shapes: `x [n] -> [n, n], x [n, m] -> [min(n, m)]`
---@param diagonal? integer (0 unless given)
---@return lunette.Tensor out
function Tensor:diag(diagonal) end

---The positions of a dim that index lists, in its order.
---
---Shapes: `x [.., n, ..], index [k] -> [.., k, ..]`
---@param x lunette.Tensor
---@param dim integer
---@param index lunette.Tensor|integer[]
---@return lunette.Tensor out
function lun.index_select(x, dim, index) end

---The positions of a dim that index lists, in its order.
---
---Shapes: `x [.., n, ..], index [k] -> [.., k, ..]`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@return lunette.Tensor out
function Tensor:index_select(dim, index) end

---x with alpha times source added at the positions of a dim that index lists.
---
---Shapes: `x [.., n, ..], index [k], source [.., k, ..] -> x's`
---@param x lunette.Tensor
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param source lunette.Tensor
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function lun.index_add(x, dim, index, source, alpha) end

---x with alpha times source added at the positions of a dim that index lists.
---
---Shapes: `x [.., n, ..], index [k], source [.., k, ..] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param source lunette.Tensor
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function Tensor:index_add(dim, index, source, alpha) end

---x with alpha times source added at the positions of a dim that index lists.
---
---Shapes: `x [.., n, ..], index [k], source [.., k, ..] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param source lunette.Tensor
---@param alpha? number (1 unless given)
---@return lunette.Tensor x
function Tensor:index_add_(dim, index, source, alpha) end

---x with source written at the positions of a dim that index lists.
---
---Shapes: `x [.., n, ..], index [k], source [.., k, ..] -> x's`
---@param x lunette.Tensor
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param source lunette.Tensor
---@return lunette.Tensor out
function lun.index_copy(x, dim, index, source) end

---x with source written at the positions of a dim that index lists.
---
---Shapes: `x [.., n, ..], index [k], source [.., k, ..] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param source lunette.Tensor
---@return lunette.Tensor out
function Tensor:index_copy(dim, index, source) end

---x with source written at the positions of a dim that index lists.
---
---Shapes: `x [.., n, ..], index [k], source [.., k, ..] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param source lunette.Tensor
---@return lunette.Tensor x
function Tensor:index_copy_(dim, index, source) end

---x with one value at the positions of a dim that index lists.
---
---Shapes: `x [.., n, ..], index [k] -> x's`
---@param x lunette.Tensor
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param value lunette.Tensor|number
---@return lunette.Tensor out
function lun.index_fill(x, dim, index, value) end

---x with one value at the positions of a dim that index lists.
---
---Shapes: `x [.., n, ..], index [k] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param value lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:index_fill(dim, index, value) end

---x with one value at the positions of a dim that index lists.
---
---Shapes: `x [.., n, ..], index [k] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param value lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:index_fill_(dim, index, value) end

---For each element of index, the element of x at that position of dim, other positions equal.
---
---Shapes: `x [*], index [*] -> index's`
---@param x lunette.Tensor
---@param dim integer
---@param index lunette.Tensor|integer[]
---@return lunette.Tensor out
function lun.gather(x, dim, index) end

---For each element of index, the element of x at that position of dim, other positions equal.
---
---Shapes: `x [*], index [*] -> index's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@return lunette.Tensor out
function Tensor:gather(dim, index) end

---gather with index broadcast to x; made for the results of argmax and argsort.
---
---Shapes: `x [*], index broadcast but at dim -> [*] with index's size at dim`
---@param x lunette.Tensor
---@param index lunette.Tensor
---@param dim? integer
---@return lunette.Tensor out
function lun.take_along_dim(x, index, dim) end

---gather with index broadcast to x; made for the results of argmax and argsort.
---
---Shapes: `x [*], index broadcast but at dim -> [*] with index's size at dim`
---@param index lunette.Tensor
---@param dim? integer
---@return lunette.Tensor out
function Tensor:take_along_dim(index, dim) end

---x with src (a tensor or a number) written where index says along dim; of several writes to one place the last counts. reduce "add" or "multiply" joins it with what is there; see scatter_reduce for more.
---
---Shapes: `x [*], index [*], src [*] -> x's`
---@param x lunette.Tensor
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param src lunette.Tensor|number
---@param reduce? string
---@return lunette.Tensor out
function lun.scatter(x, dim, index, src, reduce) end

---x with src (a tensor or a number) written where index says along dim; of several writes to one place the last counts. reduce "add" or "multiply" joins it with what is there; see scatter_reduce for more.
---
---Shapes: `x [*], index [*], src [*] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param src lunette.Tensor|number
---@param reduce? string
---@return lunette.Tensor out
function Tensor:scatter(dim, index, src, reduce) end

---x with src (a tensor or a number) written where index says along dim; of several writes to one place the last counts. reduce "add" or "multiply" joins it with what is there; see scatter_reduce for more.
---
---Shapes: `x [*], index [*], src [*] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param src lunette.Tensor|number
---@param reduce? string
---@return lunette.Tensor x
function Tensor:scatter_(dim, index, src, reduce) end

---x with src added where index says along dim, always in the same order.
---
---Shapes: `x [*], index [*], src [*] -> x's`
---@param x lunette.Tensor
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param src lunette.Tensor
---@return lunette.Tensor out
function lun.scatter_add(x, dim, index, src) end

---x with src added where index says along dim, always in the same order.
---
---Shapes: `x [*], index [*], src [*] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param src lunette.Tensor
---@return lunette.Tensor out
function Tensor:scatter_add(dim, index, src) end

---x with src added where index says along dim, always in the same order.
---
---Shapes: `x [*], index [*], src [*] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param src lunette.Tensor
---@return lunette.Tensor x
function Tensor:scatter_add_(dim, index, src) end

---x with one value where mask (a bool tensor, broadcast) holds.
---
---Shapes: `x [*], mask broadcast -> [*]`
---@param x lunette.Tensor
---@param mask lunette.Tensor
---@param value lunette.Tensor|number
---@return lunette.Tensor out
function lun.masked_fill(x, mask, value) end

---x with one value where mask (a bool tensor, broadcast) holds.
---
---Shapes: `x [*], mask broadcast -> [*]`
---@param mask lunette.Tensor
---@param value lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:masked_fill(mask, value) end

---x with one value where mask (a bool tensor, broadcast) holds.
---
---Shapes: `x [*], mask broadcast -> [*]`
---@param mask lunette.Tensor
---@param value lunette.Tensor|number
---@return lunette.Tensor x
function Tensor:masked_fill_(mask, value) end

---The elements of x where mask holds, as a vector. Also x[mask].
---
---Shapes: `x [*], mask [*], broadcast -> [elements that mask holds]`
---@param x lunette.Tensor
---@param mask lunette.Tensor
---@return lunette.Tensor out
function lun.masked_select(x, mask) end

---The elements of x where mask holds, as a vector. Also x[mask].
---
---Shapes: `x [*], mask [*], broadcast -> [elements that mask holds]`
---@param mask lunette.Tensor
---@return lunette.Tensor out
function Tensor:masked_select(mask) end

---The positions (from 1) of all elements that are not 0, one row each; as_tuple: a list of vectors, one for each dim.
---
---Shapes: `x [*] -> [non-zero elements, dims of x]`
---@param x lunette.Tensor
---@param as_tuple? boolean (false unless given)
---@return lunette.Tensor out
function lun.nonzero(x, as_tuple) end

lun.argwhere = lun.nonzero

---The positions (from 1) of all elements that are not 0, one row each; as_tuple: a list of vectors, one for each dim.
---
---Shapes: `x [*] -> [non-zero elements, dims of x]`
---@param as_tuple? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:nonzero(as_tuple) end

Tensor.argwhere = Tensor.nonzero

---Writes v, broadcast, into a region of x: start (from 0), length and step for each dim; dims in `dropped` are not dims of v. What x[spec] = v runs.
---
---Shapes: `x [*], v broadcast to the region -> x`
---@param x lunette.Tensor
---@param v lunette.Tensor|number
---@param region integer|integer[]
---@param dropped? integer|integer[]
---@return lunette.Tensor out
function lun.set_slice_(x, v, region, dropped) end

---Writes v, broadcast, into a region of x: start (from 0), length and step for each dim; dims in `dropped` are not dims of v. What x[spec] = v runs.
---
---Shapes: `x [*], v broadcast to the region -> x`
---@param v lunette.Tensor|number
---@param region integer|integer[]
---@param dropped? integer|integer[]
---@return lunette.Tensor out
function Tensor:set_slice_(v, region, dropped) end

---Writes v (a number, or as many values as mask has trues) where mask holds; mask covers the first dims of x. What x[mask] = v runs.
---
---Shapes: `x [*], mask [first dims], v -> x`
---@param x lunette.Tensor
---@param mask lunette.Tensor
---@param v lunette.Tensor|number
---@return lunette.Tensor out
function lun.set_mask_(x, mask, v) end

---Writes v (a number, or as many values as mask has trues) where mask holds; mask covers the first dims of x. What x[mask] = v runs.
---
---Shapes: `x [*], mask [first dims], v -> x`
---@param mask lunette.Tensor
---@param v lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:set_mask_(mask, v) end

---Writes v, broadcast, at the positions of the first dim that index lists. What x[idx] = v runs.
---
---Shapes: `x [n, ..], index [*], v [*, ..] -> x`
---@param x lunette.Tensor
---@param index lunette.Tensor|integer[]
---@param v lunette.Tensor|number
---@return lunette.Tensor out
function lun.set_index_(x, index, v) end

---Writes v, broadcast, at the positions of the first dim that index lists. What x[idx] = v runs.
---
---Shapes: `x [n, ..], index [*], v [*, ..] -> x`
---@param index lunette.Tensor|integer[]
---@param v lunette.Tensor|number
---@return lunette.Tensor out
function Tensor:set_index_(index, v) end

---Elements in order along a dim, and where they were; equal ones keep their order. NaN counts as largest.
---
---Shapes: `x [*] -> [*], [*]`
---@param x lunette.Tensor
---@param dim? integer (-1 unless given)
---@param descending? boolean (false unless given)
---@param stable? boolean (true unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.sort(x, dim, descending, stable) end

---Elements in order along a dim, and where they were; equal ones keep their order. NaN counts as largest.
---
---Shapes: `x [*] -> [*], [*]`
---@param dim? integer (-1 unless given)
---@param descending? boolean (false unless given)
---@param stable? boolean (true unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:sort(dim, descending, stable) end

---The positions that put a dim in order; sort's second result.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dim? integer (-1 unless given)
---@param descending? boolean (false unless given)
---@param stable? boolean (true unless given)
---@return lunette.Tensor out
function lun.argsort(x, dim, descending, stable) end

---The positions that put a dim in order; sort's second result.
---
---Shapes: `x [*] -> [*]`
---@param dim? integer (-1 unless given)
---@param descending? boolean (false unless given)
---@param stable? boolean (true unless given)
---@return lunette.Tensor out
function Tensor:argsort(dim, descending, stable) end

---The k largest (or smallest) elements of a dim, best first, and where they are.
---
---Shapes: `x [.., n, ..] -> [.., k, ..], [.., k, ..]`
---@param x lunette.Tensor
---@param k integer
---@param dim? integer (-1 unless given)
---@param largest? boolean (true unless given)
---@param sorted? boolean (true unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.topk(x, k, dim, largest, sorted) end

---The k largest (or smallest) elements of a dim, best first, and where they are.
---
---Shapes: `x [.., n, ..] -> [.., k, ..], [.., k, ..]`
---@param k integer
---@param dim? integer (-1 unless given)
---@param largest? boolean (true unless given)
---@param sorted? boolean (true unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:topk(k, dim, largest, sorted) end

---Running sums along a dim; whole numbers give int64.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dim integer
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.cumsum(x, dim, dtype) end

---Running sums along a dim; whole numbers give int64.
---
---Shapes: `x [*] -> [*]`
---@param dim integer
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:cumsum(dim, dtype) end

---Running sums along a dim; whole numbers give int64.
---
---Shapes: `x [*] -> [*]`
---@param dim integer
---@param dtype? lunette.dtype
---@return lunette.Tensor x
function Tensor:cumsum_(dim, dtype) end

---Running products along a dim; whole numbers give int64.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dim integer
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.cumprod(x, dim, dtype) end

---Running products along a dim; whole numbers give int64.
---
---Shapes: `x [*] -> [*]`
---@param dim integer
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:cumprod(dim, dtype) end

---Running products along a dim; whole numbers give int64.
---
---Shapes: `x [*] -> [*]`
---@param dim integer
---@param dtype? lunette.dtype
---@return lunette.Tensor x
function Tensor:cumprod_(dim, dtype) end

---x cut along a dim into a list of views: pieces of split_size positions (the last may have fewer), or of the sizes a list gives.
---
---Shapes: `x [*] -> list`
---@param x lunette.Tensor
---@param split_size integer|integer[]
---@param dim? integer (1 unless given)
---@return lunette.Tensor[] pieces
function lun.split(x, split_size, dim) end

---x cut along a dim into a list of views: pieces of split_size positions (the last may have fewer), or of the sizes a list gives.
---
---Shapes: `x [*] -> list`
---@param split_size integer|integer[]
---@param dim? integer (1 unless given)
---@return lunette.Tensor[] pieces
function Tensor:split(split_size, dim) end

---x cut along a dim into a list of views of the sizes given.
---
---Shapes: `x [*] -> list`
---@param x lunette.Tensor
---@param split_sizes integer|integer[]
---@param dim? integer (1 unless given)
---@return lunette.Tensor[] pieces
function lun.split_with_sizes(x, split_sizes, dim) end

---x cut along a dim into a list of views of the sizes given.
---
---Shapes: `x [*] -> list`
---@param split_sizes integer|integer[]
---@param dim? integer (1 unless given)
---@return lunette.Tensor[] pieces
function Tensor:split_with_sizes(split_sizes, dim) end

---x cut along a dim into a list of at most `chunks` views of equal size; the last may be smaller.
---
---Shapes: `x [*] -> list`
---@param x lunette.Tensor
---@param chunks integer
---@param dim? integer (1 unless given)
---@return lunette.Tensor[] pieces
function lun.chunk(x, chunks, dim) end

---x cut along a dim into a list of at most `chunks` views of equal size; the last may be smaller.
---
---Shapes: `x [*] -> list`
---@param chunks integer
---@param dim? integer (1 unless given)
---@return lunette.Tensor[] pieces
function Tensor:chunk(chunks, dim) end

---x cut along a dim into so many views, the first ones one longer where it does not come out even; or cut behind the positions a list gives (negative ones count back from the end).
---
---Shapes: `x [*] -> list`
---@param x lunette.Tensor
---@param indices_or_sections integer|integer[]
---@param dim? integer (1 unless given)
---@return lunette.Tensor[] pieces
function lun.tensor_split(x, indices_or_sections, dim) end

---x cut along a dim into so many views, the first ones one longer where it does not come out even; or cut behind the positions a list gives (negative ones count back from the end).
---
---Shapes: `x [*] -> list`
---@param indices_or_sections integer|integer[]
---@param dim? integer (1 unless given)
---@return lunette.Tensor[] pieces
function Tensor:tensor_split(indices_or_sections, dim) end

---tensor_split along the columns (of a vector: its only dim); a number of pieces must divide them.
---
---Shapes: `x [*] -> list`
---@param x lunette.Tensor
---@param indices_or_sections integer|integer[]
---@return lunette.Tensor[] pieces
function lun.hsplit(x, indices_or_sections) end

---tensor_split along the columns (of a vector: its only dim); a number of pieces must divide them.
---
---Shapes: `x [*] -> list`
---@param indices_or_sections integer|integer[]
---@return lunette.Tensor[] pieces
function Tensor:hsplit(indices_or_sections) end

---tensor_split along the rows; a number of pieces must divide them.
---
---Shapes: `x [n, *] -> list`
---@param x lunette.Tensor
---@param indices_or_sections integer|integer[]
---@return lunette.Tensor[] pieces
function lun.vsplit(x, indices_or_sections) end

---tensor_split along the rows; a number of pieces must divide them.
---
---Shapes: `x [n, *] -> list`
---@param indices_or_sections integer|integer[]
---@return lunette.Tensor[] pieces
function Tensor:vsplit(indices_or_sections) end

---tensor_split along the third dim; a number of pieces must divide it.
---
---Shapes: `x [n, m, k, *] -> list`
---@param x lunette.Tensor
---@param indices_or_sections integer|integer[]
---@return lunette.Tensor[] pieces
function lun.dsplit(x, indices_or_sections) end

---tensor_split along the third dim; a number of pieces must divide it.
---
---Shapes: `x [n, m, k, *] -> list`
---@param indices_or_sections integer|integer[]
---@return lunette.Tensor[] pieces
function Tensor:dsplit(indices_or_sections) end

---A list of views, one for each position of a dim, which goes.
---
---Shapes: `x [*] -> list`
---@param x lunette.Tensor
---@param dim? integer (1 unless given)
---@return lunette.Tensor[] pieces
function lun.unbind(x, dim) end

---A list of views, one for each position of a dim, which goes.
---
---Shapes: `x [*] -> list`
---@param dim? integer (1 unless given)
---@return lunette.Tensor[] pieces
function Tensor:unbind(dim) end

---Tensors joined along their columns; vectors (and numbers) one after the other.
---
---Shapes: `tensors [n, m, ..] -> [n, sum of m, ..]; vectors end to end`
---@param tensors lunette.Tensor[]
---@return lunette.Tensor out
function lun.hstack(tensors) end

---Tensors joined along their rows; a vector is one row.
---
---Shapes: `tensors [n, ..] -> [sum of n, ..]; vectors as rows`
---@param tensors lunette.Tensor[]
---@return lunette.Tensor out
function lun.vstack(tensors) end

lun.row_stack = lun.vstack

---Tensors joined along their third dim; vectors and matrices get one.
---
---Shapes: `tensors [n, m, k] -> [n, m, sum of k]`
---@param tensors lunette.Tensor[]
---@return lunette.Tensor out
function lun.dstack(tensors) end

---Vectors as the columns of a matrix; matrices are joined along their columns.
---
---Shapes: `tensors [n] or [n, m] -> [n, sum of m]`
---@param tensors lunette.Tensor[]
---@return lunette.Tensor out
function lun.column_stack(tensors) end

---A matrix of zeros with the given matrices along its diagonal; a vector is one row.
---
---Shapes: `tensors [n, m] -> [sum of n, sum of m]`
---@param tensors lunette.Tensor[]
---@return lunette.Tensor out
function lun.block_diag(tensors) end

---The coordinates of a grid: for each vector a view in which it runs along its own dim. indexing "xy" exchanges the first two dims.
---
---Shapes: `vectors [n], [m] ... -> grids [n, m, ...]`
---@param tensors lunette.Tensor[]
---@param indexing? string (ij unless given)
---@return lunette.Tensor[] grids
function lun.meshgrid(tensors, indexing) end

---Every way to take one element from each vector, one row each.
---
---Shapes: `tensors [n], [m] .. -> [n m .., tensors]`
---@param tensors lunette.Tensor[]
---@return lunette.Tensor out
function lun.cartesian_prod(tensors) end

---Every way to choose r elements of a vector, one row each, in order; with_replacement: an element may come again.
---
---Shapes: `x [n] -> [count, r]`
---@param x lunette.Tensor
---@param r? integer (2 unless given)
---@param with_replacement? boolean (false unless given)
---@return lunette.Tensor out
function lun.combinations(x, r, with_replacement) end

---Every way to choose r elements of a vector, one row each, in order; with_replacement: an element may come again.
---
---Shapes: `x [n] -> [count, r]`
---@param r? integer (2 unless given)
---@param with_replacement? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:combinations(r, with_replacement) end

---All tensors expanded to their common shape, as views.
---
---Shapes: `tensors [*] -> each in the common shape`
---@param tensors lunette.Tensor[]
---@return lunette.Tensor[] views
function lun.broadcast_tensors(tensors) end

---x with one dim at least: a 0-d tensor becomes a vector.
---
---Shapes: `x [*] -> [*], at least one dim`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.atleast_1d(x) end

---x with one dim at least: a 0-d tensor becomes a vector.
---
---Shapes: `x [*] -> [*], at least one dim`
---@return lunette.Tensor out
function Tensor:atleast_1d() end

---x with two dims at least: a vector becomes a row.
---
---Shapes: `x [*] -> [*], at least two dims`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.atleast_2d(x) end

---x with two dims at least: a vector becomes a row.
---
---Shapes: `x [*] -> [*], at least two dims`
---@return lunette.Tensor out
function Tensor:atleast_2d() end

---x with three dims at least: a vector [n] becomes [1, n, 1], a matrix [n, m, 1].
---
---Shapes: `x [*] -> [*], at least three dims`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.atleast_3d(x) end

---x with three dims at least: a vector [n] becomes [1, n, 1], a matrix [n, m, 1].
---
---Shapes: `x [*] -> [*], at least three dims`
---@return lunette.Tensor out
function Tensor:atleast_3d() end

---A view with dims moved to other places; the others keep their order.
---
---Shapes: `x [*] -> [*] with dims moved`
---@param x lunette.Tensor
---@param source integer|integer[]
---@param destination integer|integer[]
---@return lunette.Tensor out
function lun.movedim(x, source, destination) end

lun.moveaxis = lun.movedim

---A view with dims moved to other places; the others keep their order.
---
---Shapes: `x [*] -> [*] with dims moved`
---@param source integer|integer[]
---@param destination integer|integer[]
---@return lunette.Tensor out
function Tensor:movedim(source, destination) end

Tensor.moveaxis = Tensor.movedim

---x expanded to the shape of another tensor, as a view.
---
---Shapes: `x [*], other [*] -> other's`
---@param x lunette.Tensor
---@param other lunette.Tensor
---@return lunette.Tensor out
function lun.expand_as(x, other) end

---x expanded to the shape of another tensor, as a view.
---
---Shapes: `x [*], other [*] -> other's`
---@param other lunette.Tensor
---@return lunette.Tensor out
function Tensor:expand_as(other) end

---A view of x with the shape of another tensor.
---
---Shapes: `x [*], other [*] -> other's`
---@param x lunette.Tensor
---@param other lunette.Tensor
---@return lunette.Tensor out
function lun.view_as(x, other) end

---A view of x with the shape of another tensor.
---
---Shapes: `x [*], other [*] -> other's`
---@param other lunette.Tensor
---@return lunette.Tensor out
function Tensor:view_as(other) end

---x reshaped to the shape of another tensor.
---
---Shapes: `x [*], other [*] -> other's`
---@param x lunette.Tensor
---@param other lunette.Tensor
---@return lunette.Tensor out
function lun.reshape_as(x, other) end

---x reshaped to the shape of another tensor.
---
---Shapes: `x [*], other [*] -> other's`
---@param other lunette.Tensor
---@return lunette.Tensor out
function Tensor:reshape_as(other) end

---x expanded to a size by broadcasting, as a view.
---
---Shapes: `x [*] -> size`
---@param x lunette.Tensor
---@param size integer|integer[]
---@return lunette.Tensor out
function lun.broadcast_to(x, size) end

---x expanded to a size by broadcasting, as a view.
---
---Shapes: `x [*] -> size`
---@param size integer|integer[]
---@return lunette.Tensor out
function Tensor:broadcast_to(size) end

---One dim made several, of the sizes given; one may be -1.
---
---Shapes: `x [.., n, ..] -> [.., sizes, ..]`
---@param x lunette.Tensor
---@param dim integer
---@param sizes integer|integer[]
---@return lunette.Tensor out
function lun.unflatten(x, dim, sizes) end

---One dim made several, of the sizes given; one may be -1.
---
---Shapes: `x [.., n, ..] -> [.., sizes, ..]`
---@param dim integer
---@param sizes integer|integer[]
---@return lunette.Tensor out
function Tensor:unflatten(dim, sizes) end

---All elements as a vector; a copy only where it must be.
---
---Shapes: `x [*] -> [n]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.ravel(x) end

---All elements as a vector; a copy only where it must be.
---
---Shapes: `x [*] -> [n]`
---@return lunette.Tensor out
function Tensor:ravel() end

---The last two dims exchanged, and complex numbers conjugated. Also x.mH; x.H for a matrix.
---
---Shapes: `x [*, n, m] -> [*, m, n]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.adjoint(x) end

---The last two dims exchanged, and complex numbers conjugated. Also x.mH; x.H for a matrix.
---
---Shapes: `x [*, n, m] -> [*, m, n]`
---@return lunette.Tensor out
function Tensor:adjoint() end

---x turned by k times 90 degrees in the plane of two dims (the first two), from the first towards the second.
---
---Shapes: `x [n, m, ..] -> [m, n, ..] for odd k`
---@param x lunette.Tensor
---@param k? integer (1 unless given)
---@param dims? integer|integer[]
---@return lunette.Tensor out
function lun.rot90(x, k, dims) end

---x turned by k times 90 degrees in the plane of two dims (the first two), from the first towards the second.
---
---Shapes: `x [n, m, ..] -> [m, n, ..] for odd k`
---@param k? integer (1 unless given)
---@param dims? integer|integer[]
---@return lunette.Tensor out
function Tensor:rot90(k, dims) end

---Columns in reverse order (dim 2).
---
---Shapes: `x [n, m, ..] -> the same`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.fliplr(x) end

---Columns in reverse order (dim 2).
---
---Shapes: `x [n, m, ..] -> the same`
---@return lunette.Tensor out
function Tensor:fliplr() end

---Rows in reverse order (dim 1).
---
---Shapes: `x [n, ..] -> the same`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.flipud(x) end

---Rows in reverse order (dim 1).
---
---Shapes: `x [n, ..] -> the same`
---@return lunette.Tensor out
function Tensor:flipud() end

---A view of all windows of `size` positions of a dim, every `step` positions; the windows' elements are a new last dim.
---
---Shapes: `x [.., n, ..] -> [.., (n - size) // step + 1, .., size]`
---@param x lunette.Tensor
---@param dimension integer
---@param size integer
---@param step integer
---@return lunette.Tensor out
function lun.unfold(x, dimension, size, step) end

---A view of all windows of `size` positions of a dim, every `step` positions; the windows' elements are a new last dim.
---
---Shapes: `x [.., n, ..] -> [.., (n - size) // step + 1, .., size]`
---@param dimension integer
---@param size integer
---@param step integer
---@return lunette.Tensor out
function Tensor:unfold(dimension, size, step) end

---A view of x's memory with these sizes and strides (in elements), from storage_offset elements on (where x begins); it is checked that it lies inside.
---
---Shapes: `x [*] -> size`
---@param x lunette.Tensor
---@param size integer|integer[]
---@param stride integer|integer[]
---@param storage_offset? integer
---@return lunette.Tensor out
function lun.as_strided(x, size, stride, storage_offset) end

---A view of x's memory with these sizes and strides (in elements), from storage_offset elements on (where x begins); it is checked that it lies inside.
---
---Shapes: `x [*] -> size`
---@param size integer|integer[]
---@param stride integer|integer[]
---@param storage_offset? integer
---@return lunette.Tensor out
function Tensor:as_strided(size, stride, storage_offset) end

---The same bytes seen as another dtype; narrower or wider elements change the last dim.
---
---Shapes: `x [.., n] -> [.., n times the ratio of element sizes]`
---@param x lunette.Tensor
---@param dtype lunette.dtype
---@return lunette.Tensor out
function lun.view_dtype(x, dtype) end

---The same bytes seen as another dtype; narrower or wider elements change the last dim.
---
---Shapes: `x [.., n] -> [.., n times the ratio of element sizes]`
---@param dtype lunette.dtype
---@return lunette.Tensor out
function Tensor:view_dtype(dtype) end

---A copy of `length` positions of a dim, from start.
---
---Shapes: `x [.., n, ..] -> [.., length, ..]`
---@param x lunette.Tensor
---@param dim integer
---@param start integer
---@param length integer
---@return lunette.Tensor out
function lun.narrow_copy(x, dim, start, length) end

---A copy of `length` positions of a dim, from start.
---
---Shapes: `x [.., n, ..] -> [.., length, ..]`
---@param dim integer
---@param start integer
---@param length integer
---@return lunette.Tensor out
function Tensor:narrow_copy(dim, start, length) end

---Matrices of zeros with the last dim of x on a diagonal; their dims stand at dim1 and dim2 of the result.
---
---Shapes: `x [.., n] -> [.., n + |offset|, n + |offset|]`
---@param x lunette.Tensor
---@param offset? integer (0 unless given)
---@param dim1? integer (-2 unless given)
---@param dim2? integer (-1 unless given)
---@return lunette.Tensor out
function lun.diag_embed(x, offset, dim1, dim2) end

---Matrices of zeros with the last dim of x on a diagonal; their dims stand at dim1 and dim2 of the result.
---
---Shapes: `x [.., n] -> [.., n + |offset|, n + |offset|]`
---@param offset? integer (0 unless given)
---@param dim1? integer (-2 unless given)
---@param dim2? integer (-1 unless given)
---@return lunette.Tensor out
function Tensor:diag_embed(offset, dim1, dim2) end

---A matrix of zeros with all elements of x on a diagonal.
---
---Shapes: `x [n elements] -> [n + |offset|, n + |offset|]`
---@param x lunette.Tensor
---@param offset? integer (0 unless given)
---@return lunette.Tensor out
function lun.diagflat(x, offset) end

---A matrix of zeros with all elements of x on a diagonal.
---
---Shapes: `x [n elements] -> [n + |offset|, n + |offset|]`
---@param offset? integer (0 unless given)
---@return lunette.Tensor out
function Tensor:diagflat(offset) end

---A copy of x with src on a diagonal.
---
---Shapes: `x [*], src like x:diagonal() -> x's`
---@param x lunette.Tensor
---@param src lunette.Tensor
---@param offset? integer (0 unless given)
---@param dim1? integer (1 unless given)
---@param dim2? integer (2 unless given)
---@return lunette.Tensor out
function lun.diagonal_scatter(x, src, offset, dim1, dim2) end

---A copy of x with src on a diagonal.
---
---Shapes: `x [*], src like x:diagonal() -> x's`
---@param src lunette.Tensor
---@param offset? integer (0 unless given)
---@param dim1? integer (1 unless given)
---@param dim2? integer (2 unless given)
---@return lunette.Tensor out
function Tensor:diagonal_scatter(src, offset, dim1, dim2) end

---A copy of x with src at one position of a dim.
---
---Shapes: `x [*], src like x:select(dim, index) -> x's`
---@param x lunette.Tensor
---@param src lunette.Tensor
---@param dim integer
---@param index integer
---@return lunette.Tensor out
function lun.select_scatter(x, src, dim, index) end

---A copy of x with src at one position of a dim.
---
---Shapes: `x [*], src like x:select(dim, index) -> x's`
---@param src lunette.Tensor
---@param dim integer
---@param index integer
---@return lunette.Tensor out
function Tensor:select_scatter(src, dim, index) end

---A copy of x with src at positions start..stop (inclusive) of a dim, every step-th.
---
---Shapes: `x [*], src like x:slice(...) -> x's`
---@param x lunette.Tensor
---@param src lunette.Tensor
---@param dim? integer (1 unless given)
---@param start? integer (1 unless given)
---@param stop? integer (-1 unless given)
---@param step? integer (1 unless given)
---@return lunette.Tensor out
function lun.slice_scatter(x, src, dim, start, stop, step) end

---A copy of x with src at positions start..stop (inclusive) of a dim, every step-th.
---
---Shapes: `x [*], src like x:slice(...) -> x's`
---@param src lunette.Tensor
---@param dim? integer (1 unless given)
---@param start? integer (1 unless given)
---@param stop? integer (-1 unless given)
---@param step? integer (1 unless given)
---@return lunette.Tensor out
function Tensor:slice_scatter(src, dim, start, stop, step) end

---Each position of a dim (each element, without one) repeated: as often as a number says, or as a vector says for each.
---
---Shapes: `x [.., n, ..] -> [.., sum of repeats, ..]; without dim flattened`
---@param x lunette.Tensor
---@param repeats lunette.Tensor|number
---@param dim? integer
---@param output_size? integer
---@return lunette.Tensor out
function lun.repeat_interleave(x, repeats, dim, output_size) end

---Each position of a dim (each element, without one) repeated: as often as a number says, or as a vector says for each.
---
---Shapes: `x [.., n, ..] -> [.., sum of repeats, ..]; without dim flattened`
---@param repeats lunette.Tensor|number
---@param dim? integer
---@param output_size? integer
---@return lunette.Tensor out
function Tensor:repeat_interleave(repeats, dim, output_size) end

---x with a border of one value: positions before and after, for the last dim first.
---
---Shapes: `x [.., n] -> [.., pad[1] + n + pad[2]]`
---@param x lunette.Tensor
---@param pad integer|integer[]
---@param value? number (0 unless given)
---@return lunette.Tensor out
function lun.constant_pad_nd(x, pad, value) end

---x with a border of one value: positions before and after, for the last dim first.
---
---Shapes: `x [.., n] -> [.., pad[1] + n + pad[2]]`
---@param pad integer|integer[]
---@param value? number (0 unless given)
---@return lunette.Tensor out
function Tensor:constant_pad_nd(pad, value) end

---The powers of a vector as columns, the highest first; increasing: the lowest first.
---
---Shapes: `x [n] -> [n, N]`
---@param x lunette.Tensor
---@param N? integer
---@param increasing? boolean (false unless given)
---@return lunette.Tensor out
function lun.vander(x, N, increasing) end

---The powers of a vector as columns, the highest first; increasing: the lowest first.
---
---Shapes: `x [n] -> [n, N]`
---@param N? integer
---@param increasing? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:vander(N, increasing) end

---The rows and the columns (from 1) of the positions on and below a diagonal, as two rows.
---
---Shapes: `-> [2, elements]`
---@param row integer
---@param col integer
---@param offset? integer (0 unless given)
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.tril_indices(row, col, offset, dtype, device) end

---The rows and the columns (from 1) of the positions on and above a diagonal, as two rows.
---
---Shapes: `-> [2, elements]`
---@param row integer
---@param col integer
---@param offset? integer (0 unless given)
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.triu_indices(row, col, offset, dtype, device) end

---The elements of the flattened x that index lists; the result has its shape.
---
---Shapes: `x [*], index [#] -> [#]`
---@param x lunette.Tensor
---@param index lunette.Tensor|integer[]
---@return lunette.Tensor out
function lun.take(x, index) end

---The elements of the flattened x that index lists; the result has its shape.
---
---Shapes: `x [*], index [#] -> [#]`
---@param index lunette.Tensor|integer[]
---@return lunette.Tensor out
function Tensor:take(index) end

---x with source written (or added: accumulate) at the positions of the flattened x that index lists.
---
---Shapes: `x [*], index [*], source [*] -> x's`
---@param x lunette.Tensor
---@param index lunette.Tensor|integer[]
---@param source lunette.Tensor
---@param accumulate? boolean (false unless given)
---@return lunette.Tensor out
function lun.put(x, index, source, accumulate) end

---x with source written (or added: accumulate) at the positions of the flattened x that index lists.
---
---Shapes: `x [*], index [*], source [*] -> x's`
---@param index lunette.Tensor|integer[]
---@param source lunette.Tensor
---@param accumulate? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:put(index, source, accumulate) end

---x with source written (or added: accumulate) at the positions of the flattened x that index lists.
---
---Shapes: `x [*], index [*], source [*] -> x's`
---@param index lunette.Tensor|integer[]
---@param source lunette.Tensor
---@param accumulate? boolean (false unless given)
---@return lunette.Tensor x
function Tensor:put_(index, source, accumulate) end

---x with values written (or added: accumulate) where the index tensors, one for each of the first dims and broadcast to each other, point; a bool mask stands for the positions where it holds.
---
---Shapes: `x [n, m, ..], indices [k], [k] .., values [k, ..] -> x's`
---@param x lunette.Tensor
---@param indices lunette.Tensor[]
---@param values lunette.Tensor|number
---@param accumulate? boolean (false unless given)
---@return lunette.Tensor out
function lun.index_put(x, indices, values, accumulate) end

---x with values written (or added: accumulate) where the index tensors, one for each of the first dims and broadcast to each other, point; a bool mask stands for the positions where it holds.
---
---Shapes: `x [n, m, ..], indices [k], [k] .., values [k, ..] -> x's`
---@param indices lunette.Tensor[]
---@param values lunette.Tensor|number
---@param accumulate? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:index_put(indices, values, accumulate) end

---x with values written (or added: accumulate) where the index tensors, one for each of the first dims and broadcast to each other, point; a bool mask stands for the positions where it holds.
---
---Shapes: `x [n, m, ..], indices [k], [k] .., values [k, ..] -> x's`
---@param indices lunette.Tensor[]
---@param values lunette.Tensor|number
---@param accumulate? boolean (false unless given)
---@return lunette.Tensor x
function Tensor:index_put_(indices, values, accumulate) end

---x with the elements of source, one after the other, where mask (broadcast) holds.
---
---Shapes: `x [*], mask broadcast, source [at least as many as mask holds] -> x's`
---@param x lunette.Tensor
---@param mask lunette.Tensor
---@param source lunette.Tensor
---@return lunette.Tensor out
function lun.masked_scatter(x, mask, source) end

---x with the elements of source, one after the other, where mask (broadcast) holds.
---
---Shapes: `x [*], mask broadcast, source [at least as many as mask holds] -> x's`
---@param mask lunette.Tensor
---@param source lunette.Tensor
---@return lunette.Tensor out
function Tensor:masked_scatter(mask, source) end

---x with the elements of source, one after the other, where mask (broadcast) holds.
---
---Shapes: `x [*], mask broadcast, source [at least as many as mask holds] -> x's`
---@param mask lunette.Tensor
---@param source lunette.Tensor
---@return lunette.Tensor x
function Tensor:masked_scatter_(mask, source) end

---x with src folded onto the places that index says along dim: reduce is "sum", "prod", "mean", "amax" or "amin"; include_self: what is there counts too.
---
---Shapes: `x [*], index [*], src [*] -> x's`
---@param x lunette.Tensor
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param src lunette.Tensor
---@param reduce string
---@param include_self? boolean (true unless given)
---@return lunette.Tensor out
function lun.scatter_reduce(x, dim, index, src, reduce, include_self) end

---x with src folded onto the places that index says along dim: reduce is "sum", "prod", "mean", "amax" or "amin"; include_self: what is there counts too.
---
---Shapes: `x [*], index [*], src [*] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param src lunette.Tensor
---@param reduce string
---@param include_self? boolean (true unless given)
---@return lunette.Tensor out
function Tensor:scatter_reduce(dim, index, src, reduce, include_self) end

---x with src folded onto the places that index says along dim: reduce is "sum", "prod", "mean", "amax" or "amin"; include_self: what is there counts too.
---
---Shapes: `x [*], index [*], src [*] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param src lunette.Tensor
---@param reduce string
---@param include_self? boolean (true unless given)
---@return lunette.Tensor x
function Tensor:scatter_reduce_(dim, index, src, reduce, include_self) end

---x with slices of source folded onto the positions of a dim that index lists: reduce is "prod", "mean", "amax" or "amin".
---
---Shapes: `x [.., n, ..], index [k], source [.., k, ..] -> x's`
---@param x lunette.Tensor
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param source lunette.Tensor
---@param reduce string
---@param include_self? boolean (true unless given)
---@return lunette.Tensor out
function lun.index_reduce(x, dim, index, source, reduce, include_self) end

---x with slices of source folded onto the positions of a dim that index lists: reduce is "prod", "mean", "amax" or "amin".
---
---Shapes: `x [.., n, ..], index [k], source [.., k, ..] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param source lunette.Tensor
---@param reduce string
---@param include_self? boolean (true unless given)
---@return lunette.Tensor out
function Tensor:index_reduce(dim, index, source, reduce, include_self) end

---x with slices of source folded onto the positions of a dim that index lists: reduce is "prod", "mean", "amax" or "amin".
---
---Shapes: `x [.., n, ..], index [k], source [.., k, ..] -> x's`
---@param dim integer
---@param index lunette.Tensor|integer[]
---@param source lunette.Tensor
---@param reduce string
---@param include_self? boolean (true unless given)
---@return lunette.Tensor x
function Tensor:index_reduce_(dim, index, source, reduce, include_self) end

---Zeros of another size, with x's dtype.
---
---Shapes: `-> size`
---@param x lunette.Tensor
---@param size integer|integer[]
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.new_zeros(x, size, dtype, device) end

---Zeros of another size, with x's dtype.
---
---Shapes: `-> size`
---@param size integer|integer[]
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function Tensor:new_zeros(size, dtype, device) end

---Ones of another size, with x's dtype.
---
---Shapes: `-> size`
---@param x lunette.Tensor
---@param size integer|integer[]
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.new_ones(x, size, dtype, device) end

---Ones of another size, with x's dtype.
---
---Shapes: `-> size`
---@param size integer|integer[]
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function Tensor:new_ones(size, dtype, device) end

---One value in another size, with x's dtype.
---
---Shapes: `-> size`
---@param x lunette.Tensor
---@param size integer|integer[]
---@param fill_value number
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.new_full(x, size, fill_value, dtype, device) end

---One value in another size, with x's dtype.
---
---Shapes: `-> size`
---@param size integer|integer[]
---@param fill_value number
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function Tensor:new_full(size, fill_value, dtype, device) end

---`steps` powers of base, with exponents evenly spaced from start to stop.
---
---Shapes: `-> [steps]`
---@param start number
---@param stop number
---@param steps integer
---@param base? number (10 unless given)
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.logspace(start, stop, steps, base, dtype, device) end

---A number as a 0-d tensor, float32 if nothing else is said.
---
---Shapes: `-> []`
---@param s number
---@param dtype? lunette.dtype
---@param device? string
---@return lunette.Tensor out
function lun.scalar_tensor(s, dtype, device) end

---x summed down to a size that could be broadcast to its own: what the gradient of broadcasting is.
---
---Shapes: `x [*] -> size`
---@param x lunette.Tensor
---@param size integer|integer[]
---@return lunette.Tensor out
function lun.sum_to_size(x, size) end

---x summed down to a size that could be broadcast to its own: what the gradient of broadcasting is.
---
---Shapes: `x [*] -> size`
---@param size integer|integer[]
---@return lunette.Tensor out
function Tensor:sum_to_size(size) end

---Positions (from 1) in a flattened tensor of this shape as positions along each of its dims.
---
---Shapes: `indices [*] -> one [*] for each dim`
---@param indices lunette.Tensor
---@param shape integer|integer[]
---@return lunette.Tensor[] out
function lun.unravel_index(indices, shape) end

---Positions (from 1) in a flattened tensor of this shape as positions along each of its dims.
---
---Shapes: `indices [*] -> one [*] for each dim`
---@param shape integer|integer[]
---@return lunette.Tensor[] out
function Tensor:unravel_index(shape) end

---Smallest and largest value, of everything or over a dim.
---
---Shapes: `x [*] -> two`
---@param x lunette.Tensor
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor min
---@return lunette.Tensor max
function lun.aminmax(x, dim, keepdim) end

---Smallest and largest value, of everything or over a dim.
---
---Shapes: `x [*] -> two`
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor min
---@return lunette.Tensor max
function Tensor:aminmax(dim, keepdim) end

---Standard deviation and mean over dims.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param correction? number (1 unless given)
---@return lunette.Tensor std
---@return lunette.Tensor mean
function lun.std_mean(x, dim, keepdim, correction) end

---Standard deviation and mean over dims.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param correction? number (1 unless given)
---@return lunette.Tensor std
---@return lunette.Tensor mean
function Tensor:std_mean(dim, keepdim, correction) end

---Variance and mean over dims.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param correction? number (1 unless given)
---@return lunette.Tensor var
---@return lunette.Tensor mean
function lun.var_mean(x, dim, keepdim, correction) end

---Variance and mean over dims.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param correction? number (1 unless given)
---@return lunette.Tensor var
---@return lunette.Tensor mean
function Tensor:var_mean(dim, keepdim, correction) end

---Sum over dims in which NaN counts as 0.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.nansum(x, dim, keepdim, dtype) end

---Sum over dims in which NaN counts as 0.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:nansum(dim, keepdim, dtype) end

---Mean over dims of all that is not NaN.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.nanmean(x, dim, keepdim, dtype) end

---Mean over dims of all that is not NaN.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:nanmean(dim, keepdim, dtype) end

---How many elements are not 0, over dims.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer|integer[]
---@return lunette.Tensor out
function lun.count_nonzero(x, dim) end

---How many elements are not 0, over dims.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer|integer[]
---@return lunette.Tensor out
function Tensor:count_nonzero(dim) end

---The p-norm of the difference of two tensors.
---
---Shapes: `x [*], y [*], broadcast -> []`
---@param x lunette.Tensor
---@param y lunette.Tensor
---@param p? number (2 unless given)
---@return lunette.Tensor out
function lun.dist(x, y, p) end

---The p-norm of the difference of two tensors.
---
---Shapes: `x [*], y [*], broadcast -> []`
---@param y lunette.Tensor
---@param p? number (2 unless given)
---@return lunette.Tensor out
function Tensor:dist(y, p) end

---Slices along a dim whose p-norm is above maxnorm, scaled down to it.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param p number
---@param dim integer
---@param maxnorm number
---@return lunette.Tensor out
function lun.renorm(x, p, dim, maxnorm) end

---Slices along a dim whose p-norm is above maxnorm, scaled down to it.
---
---Shapes: `x [*] -> [*]`
---@param p number
---@param dim integer
---@param maxnorm number
---@return lunette.Tensor out
function Tensor:renorm(p, dim, maxnorm) end

---Slices along a dim whose p-norm is above maxnorm, scaled down to it.
---
---Shapes: `x [*] -> [*]`
---@param p number
---@param dim integer
---@param maxnorm number
---@return lunette.Tensor x
function Tensor:renorm_(p, dim, maxnorm) end

---The covariance matrix of variables in rows and observations in columns; fweights repeat observations, aweights weight them.
---
---Shapes: `x [n, observations] -> [n, n]`
---@param x lunette.Tensor
---@param correction? integer (1 unless given)
---@param fweights? lunette.Tensor
---@param aweights? lunette.Tensor
---@return lunette.Tensor out
function lun.cov(x, correction, fweights, aweights) end

---The covariance matrix of variables in rows and observations in columns; fweights repeat observations, aweights weight them.
---
---Shapes: `x [n, observations] -> [n, n]`
---@param correction? integer (1 unless given)
---@param fweights? lunette.Tensor
---@param aweights? lunette.Tensor
---@return lunette.Tensor out
function Tensor:cov(correction, fweights, aweights) end

---The matrix of correlation coefficients of variables in rows and observations in columns.
---
---Shapes: `x [n, observations] -> [n, n]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.corrcoef(x) end

---The matrix of correlation coefficients of variables in rows and observations in columns.
---
---Shapes: `x [n, observations] -> [n, n]`
---@return lunette.Tensor out
function Tensor:corrcoef() end

---The middle value (of an even number the lower one) of everything, or over a dim with its position. One NaN makes it NaN.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.median(x, dim, keepdim) end

---The middle value (of an even number the lower one) of everything, or over a dim with its position. One NaN makes it NaN.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:median(dim, keepdim) end

---The median of all that is not NaN.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.nanmedian(x, dim, keepdim) end

---The median of all that is not NaN.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:nanmedian(dim, keepdim) end

---The k-th smallest value over a dim, and its position. NaN counts as largest.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param k integer
---@param dim? integer (-1 unless given)
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.kthvalue(x, k, dim, keepdim) end

---The k-th smallest value over a dim, and its position. NaN counts as largest.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param k integer
---@param dim? integer (-1 unless given)
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:kthvalue(k, dim, keepdim) end

---The most frequent value over a dim (of several the smallest), and the last position where it stands.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim? integer (-1 unless given)
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.mode(x, dim, keepdim) end

---The most frequent value over a dim (of several the smallest), and the last position where it stands.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim? integer (-1 unless given)
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:mode(dim, keepdim) end

---Where a share q (0 to 1, a number or a vector) of the values over a dim lies below. interpolation is "linear", "lower", "higher", "midpoint" or "nearest". NaN gives NaN.
---
---Shapes: `x [*], q [] or [k] -> [*] without dim, k in front`
---@param x lunette.Tensor
---@param q lunette.Tensor|number
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@param interpolation? string (linear unless given)
---@return lunette.Tensor out
function lun.quantile(x, q, dim, keepdim, interpolation) end

---Where a share q (0 to 1, a number or a vector) of the values over a dim lies below. interpolation is "linear", "lower", "higher", "midpoint" or "nearest". NaN gives NaN.
---
---Shapes: `x [*], q [] or [k] -> [*] without dim, k in front`
---@param q lunette.Tensor|number
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@param interpolation? string (linear unless given)
---@return lunette.Tensor out
function Tensor:quantile(q, dim, keepdim, interpolation) end

---The quantile of all that is not NaN.
---
---Shapes: `x [*], q [] or [k] -> [*] without dim, k in front`
---@param x lunette.Tensor
---@param q lunette.Tensor|number
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@param interpolation? string (linear unless given)
---@return lunette.Tensor out
function lun.nanquantile(x, q, dim, keepdim, interpolation) end

---The quantile of all that is not NaN.
---
---Shapes: `x [*], q [] or [k] -> [*] without dim, k in front`
---@param q lunette.Tensor|number
---@param dim? integer
---@param keepdim? boolean (false unless given)
---@param interpolation? string (linear unless given)
---@return lunette.Tensor out
function Tensor:nanquantile(q, dim, keepdim, interpolation) end

---The largest value so far along a dim, and its position (of equal ones the last). A NaN stays.
---
---Shapes: `x [*] -> [*], [*]`
---@param x lunette.Tensor
---@param dim integer
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.cummax(x, dim) end

---The largest value so far along a dim, and its position (of equal ones the last). A NaN stays.
---
---Shapes: `x [*] -> [*], [*]`
---@param dim integer
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:cummax(dim) end

---The smallest value so far along a dim, and its position (of equal ones the last). A NaN stays.
---
---Shapes: `x [*] -> [*], [*]`
---@param x lunette.Tensor
---@param dim integer
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.cummin(x, dim) end

---The smallest value so far along a dim, and its position (of equal ones the last). A NaN stays.
---
---Shapes: `x [*] -> [*], [*]`
---@param dim integer
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:cummin(dim) end

---Logarithms of the running sums of exp(x) along a dim, computed without overflow.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dim integer
---@return lunette.Tensor out
function lun.logcumsumexp(x, dim) end

---Logarithms of the running sums of exp(x) along a dim, computed without overflow.
---
---Shapes: `x [*] -> [*]`
---@param dim integer
---@return lunette.Tensor out
function Tensor:logcumsumexp(dim) end

---Logarithms of the running sums of exp(x) along a dim, computed without overflow.
---
---Shapes: `x [*] -> [*]`
---@param dim integer
---@return lunette.Tensor x
function Tensor:logcumsumexp_(dim) end

---The differences of neighbours along a dim, taken n times; prepend and append are joined on first.
---
---Shapes: `x [.., m, ..] -> [.., m - n, ..]`
---@param x lunette.Tensor
---@param n? integer (1 unless given)
---@param dim? integer (-1 unless given)
---@param prepend? lunette.Tensor
---@param append? lunette.Tensor
---@return lunette.Tensor out
function lun.diff(x, n, dim, prepend, append) end

---The differences of neighbours along a dim, taken n times; prepend and append are joined on first.
---
---Shapes: `x [.., m, ..] -> [.., m - n, ..]`
---@param n? integer (1 unless given)
---@param dim? integer (-1 unless given)
---@param prepend? lunette.Tensor
---@param append? lunette.Tensor
---@return lunette.Tensor out
function Tensor:diff(n, dim, prepend, append) end

---The integral along a dim by the trapezoid rule, at places x or dx apart.
---
---Shapes: `y [.., n] -> [..]`
---@param y lunette.Tensor
---@param x? lunette.Tensor
---@param dx? number (1 unless given)
---@param dim? integer (-1 unless given)
---@return lunette.Tensor out
function lun.trapezoid(y, x, dx, dim) end

lun.trapz = lun.trapezoid

---The integral along a dim by the trapezoid rule, at places x or dx apart.
---
---Shapes: `y [.., n] -> [..]`
---@param x? lunette.Tensor
---@param dx? number (1 unless given)
---@param dim? integer (-1 unless given)
---@return lunette.Tensor out
function Tensor:trapezoid(x, dx, dim) end

Tensor.trapz = Tensor.trapezoid

---The running integrals along a dim by the trapezoid rule.
---
---Shapes: `y [.., n] -> [.., n - 1]`
---@param y lunette.Tensor
---@param x? lunette.Tensor
---@param dx? number (1 unless given)
---@param dim? integer (-1 unless given)
---@return lunette.Tensor out
function lun.cumulative_trapezoid(y, x, dx, dim) end

---The running integrals along a dim by the trapezoid rule.
---
---Shapes: `y [.., n] -> [.., n - 1]`
---@param x? lunette.Tensor
---@param dx? number (1 unless given)
---@param dim? integer (-1 unless given)
---@return lunette.Tensor out
function Tensor:cumulative_trapezoid(x, dx, dim) end

---Estimates of the derivative along each dim (or those named), by differences: inside over two steps, at the edges over one (edge_order 2: over two). spacing is a step, a list of steps, or a list of coordinates for each dim.
---
---Shapes: `x [*] -> one [*] for each dim`
---@param x lunette.Tensor
---@param spacing? any
---@param dim? integer|integer[]
---@param edge_order? integer (1 unless given)
---@return lunette.Tensor[] slopes
function lun.gradient(x, spacing, dim, edge_order) end

---Estimates of the derivative along each dim (or those named), by differences: inside over two steps, at the edges over one (edge_order 2: over two). spacing is a step, a list of steps, or a list of coordinates for each dim.
---
---Shapes: `x [*] -> one [*] for each dim`
---@param spacing? any
---@param dim? integer|integer[]
---@param edge_order? integer (1 unless given)
---@return lunette.Tensor[] slopes
function Tensor:gradient(spacing, dim, edge_order) end

---The elements of each column in order; sort along dim 1.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.msort(x) end

---The elements of each column in order; sort along dim 1.
---
---Shapes: `x [*] -> [*]`
---@return lunette.Tensor out
function Tensor:msort() end

---For each value the position (1 to n + 1) before which it could stand in a sorted last dim; with right (side = "right") behind equal ones. sorter: positions that put the sequence in order.
---
---Shapes: `sorted_sequence [.., n], values [.., k] -> [.., k]`
---@param sorted_sequence lunette.Tensor
---@param values lunette.Tensor|number
---@param out_int32? boolean (false unless given)
---@param right? boolean (false unless given)
---@param side? string
---@param sorter? lunette.Tensor
---@return lunette.Tensor out
function lun.searchsorted(sorted_sequence, values, out_int32, right, side, sorter) end

---For each value the position (1 to n + 1) before which it could stand in a sorted last dim; with right (side = "right") behind equal ones. sorter: positions that put the sequence in order.
---
---Shapes: `sorted_sequence [.., n], values [.., k] -> [.., k]`
---@param values lunette.Tensor|number
---@param out_int32? boolean (false unless given)
---@param right? boolean (false unless given)
---@param side? string
---@param sorter? lunette.Tensor
---@return lunette.Tensor out
function Tensor:searchsorted(values, out_int32, right, side, sorter) end

---For each value the number (1 to n + 1) of the bucket between sorted boundaries in which it lies; a value on a boundary lies below it, with right above.
---
---Shapes: `x [*], boundaries [n] -> [*]`
---@param x lunette.Tensor|number
---@param boundaries lunette.Tensor
---@param out_int32? boolean (false unless given)
---@param right? boolean (false unless given)
---@return lunette.Tensor out
function lun.bucketize(x, boundaries, out_int32, right) end

---For each value the number (1 to n + 1) of the bucket between sorted boundaries in which it lies; a value on a boundary lies below it, with right above.
---
---Shapes: `x [*], boundaries [n] -> [*]`
---@param boundaries lunette.Tensor
---@param out_int32? boolean (false unless given)
---@param right? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:bucketize(boundaries, out_int32, right) end

---Which elements are among the test elements; invert: which are not.
---
---Shapes: `elements [*] -> [*] bool`
---@param elements lunette.Tensor|number
---@param test_elements lunette.Tensor|number
---@param assume_unique? boolean (false unless given)
---@param invert? boolean (false unless given)
---@return lunette.Tensor out
function lun.isin(elements, test_elements, assume_unique, invert) end

---Which elements are among the test elements; invert: which are not.
---
---Shapes: `elements [*] -> [*] bool`
---@param test_elements lunette.Tensor|number
---@param assume_unique? boolean (false unless given)
---@param invert? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:isin(test_elements, assume_unique, invert) end

---How many elements lie in each of so many equal bins from min to max (both 0: the smallest and the largest element); others are not counted.
---
---Shapes: `x [*] -> [bins]`
---@param x lunette.Tensor
---@param bins? integer (100 unless given)
---@param min? number (0 unless given)
---@param max? number (0 unless given)
---@return lunette.Tensor out
function lun.histc(x, bins, min, max) end

---How many elements lie in each of so many equal bins from min to max (both 0: the smallest and the largest element); others are not counted.
---
---Shapes: `x [*] -> [bins]`
---@param bins? integer (100 unless given)
---@param min? number (0 unless given)
---@param max? number (0 unless given)
---@return lunette.Tensor out
function Tensor:histc(bins, min, max) end

---How many elements (or how much weight) lie in each bin, and the bins' edges: so many equal ones over range (where the elements are), or those given. density: areas add up to 1.
---
---Shapes: `x [*] -> [bins], [bins + 1]`
---@param x lunette.Tensor
---@param bins lunette.Tensor|number
---@param range? any
---@param weight? lunette.Tensor
---@param density? boolean (false unless given)
---@return lunette.Tensor hist
---@return lunette.Tensor bin_edges
function lun.histogram(x, bins, range, weight, density) end

---How many elements (or how much weight) lie in each bin, and the bins' edges: so many equal ones over range (where the elements are), or those given. density: areas add up to 1.
---
---Shapes: `x [*] -> [bins], [bins + 1]`
---@param bins lunette.Tensor|number
---@param range? any
---@param weight? lunette.Tensor
---@param density? boolean (false unless given)
---@return lunette.Tensor hist
---@return lunette.Tensor bin_edges
function Tensor:histogram(bins, range, weight, density) end

---How often each whole number from 1 on occurs (or how much weight): entry i is for i.
---
---Shapes: `x [n] -> [largest value, at least minlength]`
---@param x lunette.Tensor
---@param weights? lunette.Tensor
---@param minlength? integer (0 unless given)
---@return lunette.Tensor out
function lun.bincount(x, weights, minlength) end

---How often each whole number from 1 on occurs (or how much weight): entry i is for i.
---
---Shapes: `x [n] -> [largest value, at least minlength]`
---@param weights? lunette.Tensor
---@param minlength? integer (0 unless given)
---@return lunette.Tensor out
function Tensor:bincount(weights, minlength) end

---The different elements in order (with a dim: the different slices); if asked for, which of them each element is, and how often each occurs.
---
---Shapes: `x [*] -> [distinct values], [*], [distinct values]`
---@param x lunette.Tensor
---@param sorted? boolean (true unless given)
---@param return_inverse? boolean (false unless given)
---@param return_counts? boolean (false unless given)
---@param dim? integer
---@return lunette.Tensor values
---@return lunette.Tensor inverse
---@return lunette.Tensor counts
function lun.unique(x, sorted, return_inverse, return_counts, dim) end

---The different elements in order (with a dim: the different slices); if asked for, which of them each element is, and how often each occurs.
---
---Shapes: `x [*] -> [distinct values], [*], [distinct values]`
---@param sorted? boolean (true unless given)
---@param return_inverse? boolean (false unless given)
---@param return_counts? boolean (false unless given)
---@param dim? integer
---@return lunette.Tensor values
---@return lunette.Tensor inverse
---@return lunette.Tensor counts
function Tensor:unique(sorted, return_inverse, return_counts, dim) end

---Elements (with a dim: slices) that differ from the one before; if asked for, which of them each element belongs to, and how many follow each other.
---
---Shapes: `x [*] -> [runs], [*], [runs]`
---@param x lunette.Tensor
---@param return_inverse? boolean (false unless given)
---@param return_counts? boolean (false unless given)
---@param dim? integer
---@return lunette.Tensor values
---@return lunette.Tensor inverse
---@return lunette.Tensor counts
function lun.unique_consecutive(x, return_inverse, return_counts, dim) end

---Elements (with a dim: slices) that differ from the one before; if asked for, which of them each element belongs to, and how many follow each other.
---
---Shapes: `x [*] -> [runs], [*], [runs]`
---@param return_inverse? boolean (false unless given)
---@param return_counts? boolean (false unless given)
---@param dim? integer
---@return lunette.Tensor values
---@return lunette.Tensor inverse
---@return lunette.Tensor counts
function Tensor:unique_consecutive(return_inverse, return_counts, dim) end

---Matrix product. Vectors count as one row (x) or one column (y); dims before the last two are batches and broadcast.
---
---Shapes: `x [*, n, k], y [*, k, m] -> [*, n, m]; vectors as a row (x) or column (y)`
---@param x lunette.Tensor
---@param y lunette.Tensor
---@return lunette.Tensor out
function lun.matmul(x, y) end

---Matrix product. Vectors count as one row (x) or one column (y); dims before the last two are batches and broadcast.
---
---Shapes: `x [*, n, k], y [*, k, m] -> [*, n, m]; vectors as a row (x) or column (y)`
---@param y lunette.Tensor
---@return lunette.Tensor out
function Tensor:matmul(y) end

---Product of two matrices; no broadcasting.
---
---Shapes: `x [n, k], mat2 [k, m] -> [n, m]`
---@param x lunette.Tensor
---@param mat2 lunette.Tensor
---@return lunette.Tensor out
function lun.mm(x, mat2) end

---Product of two matrices; no broadcasting.
---
---Shapes: `x [n, k], mat2 [k, m] -> [n, m]`
---@param mat2 lunette.Tensor
---@return lunette.Tensor out
function Tensor:mm(mat2) end

---A matrix times a vector.
---
---Shapes: `x [n, k], vec [k] -> [n]`
---@param x lunette.Tensor
---@param vec lunette.Tensor
---@return lunette.Tensor out
function lun.mv(x, vec) end

---A matrix times a vector.
---
---Shapes: `x [n, k], vec [k] -> [n]`
---@param vec lunette.Tensor
---@return lunette.Tensor out
function Tensor:mv(vec) end

---Products of two batches of matrices, pair by pair.
---
---Shapes: `x [b, n, k], mat2 [b, k, m] -> [b, n, m]`
---@param x lunette.Tensor
---@param mat2 lunette.Tensor
---@return lunette.Tensor out
function lun.bmm(x, mat2) end

---Products of two batches of matrices, pair by pair.
---
---Shapes: `x [b, n, k], mat2 [b, k, m] -> [b, n, m]`
---@param mat2 lunette.Tensor
---@return lunette.Tensor out
function Tensor:bmm(mat2) end

---Product of two matrices of bytes, of which mat2 is int8, summed as int32: what quantised layers are made of.
---
---Shapes: `x [n, k], mat2 [k, m] -> [n, m]`
---@param x lunette.Tensor
---@param mat2 lunette.Tensor
---@return lunette.Tensor out
function lun.int_mm(x, mat2) end

---Product of two matrices of bytes, of which mat2 is int8, summed as int32: what quantised layers are made of.
---
---Shapes: `x [n, k], mat2 [k, m] -> [n, m]`
---@param mat2 lunette.Tensor
---@return lunette.Tensor out
function Tensor:int_mm(mat2) end

---Inner product of two vectors.
---
---Shapes: `x [n], y [n] -> []`
---@param x lunette.Tensor
---@param y lunette.Tensor
---@return lunette.Tensor out
function lun.dot(x, y) end

---Inner product of two vectors.
---
---Shapes: `x [n], y [n] -> []`
---@param y lunette.Tensor
---@return lunette.Tensor out
function Tensor:dot(y) end

---Table of products of two vectors' elements.
---
---Shapes: `x [n], vec2 [m] -> [n, m]`
---@param x lunette.Tensor
---@param vec2 lunette.Tensor
---@return lunette.Tensor out
function lun.outer(x, vec2) end

lun.ger = lun.outer

---Table of products of two vectors' elements.
---
---Shapes: `x [n], vec2 [m] -> [n, m]`
---@param vec2 lunette.Tensor
---@return lunette.Tensor out
function Tensor:outer(vec2) end

Tensor.ger = Tensor.outer

---Sums of products named by letters: one letter per dim; letters missing after -> are summed over.
---
---Shapes: `as the equation says: "ij,jk->ik"`
---@param equation string
---@param operands lunette.Tensor[]
---@return lunette.Tensor out
function lun.einsum(equation, operands) end

---x times the transpose of weight [out, in], plus bias [out].
---
---Shapes: `x [*, in], weight [out, in], bias [out] -> [*, out]`
---@param x lunette.Tensor
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@return lunette.Tensor out
function lun.linear(x, weight, bias) end

---x times the transpose of weight [out, in], plus bias [out].
---
---Shapes: `x [*, in], weight [out, in], bias [out] -> [*, out]`
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@return lunette.Tensor out
function Tensor:linear(weight, bias) end

---Determinant; its gradient exists at singular matrices too.
---
---Shapes: `A [*, n, n] -> [*]`
---@param A lunette.Tensor
---@return lunette.Tensor out
function lun.det(A) end

---Determinant; its gradient exists at singular matrices too.
---
---Shapes: `A [*, n, n] -> [*]`
---@return lunette.Tensor out
function Tensor:det() end

---Sign of the determinant and logarithm of its absolute value, which do not overflow.
---
---Shapes: `A [*, n, n] -> [*], [*]`
---@param A lunette.Tensor
---@return lunette.Tensor sign
---@return lunette.Tensor logabsdet
function lun.slogdet(A) end

---Sign of the determinant and logarithm of its absolute value, which do not overflow.
---
---Shapes: `A [*, n, n] -> [*], [*]`
---@return lunette.Tensor sign
---@return lunette.Tensor logabsdet
function Tensor:slogdet() end

---Logarithm of the determinant; NaN where that is negative.
---
---Shapes: `x [*, n, n] -> [*]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.logdet(x) end

---Logarithm of the determinant; NaN where that is negative.
---
---Shapes: `x [*, n, n] -> [*]`
---@return lunette.Tensor out
function Tensor:logdet() end

---LU factors in one matrix (the ones of L's diagonal left out) and which rows were exchanged.
---
---Shapes: `A [*, m, n] -> [*, m, n], [*, min(m, n)]`
---@param A lunette.Tensor
---@param pivot? boolean (true unless given)
---@return lunette.Tensor LU
---@return lunette.Tensor pivots
function lun.lu_factor(A, pivot) end

---LU factors in one matrix (the ones of L's diagonal left out) and which rows were exchanged.
---
---Shapes: `A [*, m, n] -> [*, m, n], [*, min(m, n)]`
---@param pivot? boolean (true unless given)
---@return lunette.Tensor LU
---@return lunette.Tensor pivots
function Tensor:lu_factor(pivot) end

---lu_factor that says in info at which diagonal element of U a zero stands, 0 for none.
---
---Shapes: `A [*, m, n] -> [*, m, n], [*, min(m, n)], [*]`
---@param A lunette.Tensor
---@param pivot? boolean (true unless given)
---@param check_errors? boolean (false unless given)
---@return lunette.Tensor LU
---@return lunette.Tensor pivots
---@return lunette.Tensor info
function lun.lu_factor_ex(A, pivot, check_errors) end

---lu_factor that says in info at which diagonal element of U a zero stands, 0 for none.
---
---Shapes: `A [*, m, n] -> [*, m, n], [*, min(m, n)], [*]`
---@param pivot? boolean (true unless given)
---@param check_errors? boolean (false unless given)
---@return lunette.Tensor LU
---@return lunette.Tensor pivots
---@return lunette.Tensor info
function Tensor:lu_factor_ex(pivot, check_errors) end

---P L U = A: a permutation, a lower triangle with ones on its diagonal, an upper triangle.
---
---Shapes: `A [*, m, n] -> [*, m, m], [*, m, min(m, n)], [*, min(m, n), n]`
---@param A lunette.Tensor
---@param pivot? boolean (true unless given)
---@return lunette.Tensor P
---@return lunette.Tensor L
---@return lunette.Tensor U
function lun.lu(A, pivot) end

---P L U = A: a permutation, a lower triangle with ones on its diagonal, an upper triangle.
---
---Shapes: `A [*, m, n] -> [*, m, m], [*, m, min(m, n)], [*, min(m, n), n]`
---@param pivot? boolean (true unless given)
---@return lunette.Tensor P
---@return lunette.Tensor L
---@return lunette.Tensor U
function Tensor:lu(pivot) end

---The three factors out of what lu_factor gives.
---
---Shapes: `LU_data [*, m, n] -> [*, m, m], [*, m, min(m, n)], [*, min(m, n), n]`
---@param LU_data lunette.Tensor
---@param LU_pivots lunette.Tensor|integer[]
---@param unpack_data? boolean (true unless given)
---@param unpack_pivots? boolean (true unless given)
---@return lunette.Tensor P
---@return lunette.Tensor L
---@return lunette.Tensor U
function lun.lu_unpack(LU_data, LU_pivots, unpack_data, unpack_pivots) end

---The three factors out of what lu_factor gives.
---
---Shapes: `LU_data [*, m, n] -> [*, m, m], [*, m, min(m, n)], [*, min(m, n), n]`
---@param LU_pivots lunette.Tensor|integer[]
---@param unpack_data? boolean (true unless given)
---@param unpack_pivots? boolean (true unless given)
---@return lunette.Tensor P
---@return lunette.Tensor L
---@return lunette.Tensor U
function Tensor:lu_unpack(LU_pivots, unpack_data, unpack_pivots) end

---X of A X = B by the factors that lu_factor gave; left = false: X A = B; adjoint: with the transpose of A.
---
---Shapes: `LU [*, n, n], pivots [*, n], B [*, n, k] -> [*, n, k]`
---@param LU lunette.Tensor
---@param pivots lunette.Tensor|integer[]
---@param B lunette.Tensor
---@param left? boolean (true unless given)
---@param adjoint? boolean (false unless given)
---@return lunette.Tensor out
function lun.lu_solve(LU, pivots, B, left, adjoint) end

---X of A X = B by the factors that lu_factor gave; left = false: X A = B; adjoint: with the transpose of A.
---
---Shapes: `LU [*, n, n], pivots [*, n], B [*, n, k] -> [*, n, k]`
---@param pivots lunette.Tensor|integer[]
---@param B lunette.Tensor
---@param left? boolean (true unless given)
---@param adjoint? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:lu_solve(pivots, B, left, adjoint) end

---Inverse of each matrix; an error names the first singular one.
---
---Shapes: `A [*, n, n] -> [*, n, n]`
---@param A lunette.Tensor
---@return lunette.Tensor out
function lun.inv(A) end

lun.inverse = lun.inv

---Inverse of each matrix; an error names the first singular one.
---
---Shapes: `A [*, n, n] -> [*, n, n]`
---@return lunette.Tensor out
function Tensor:inv() end

Tensor.inverse = Tensor.inv

---inv that says in info where a matrix is singular (0: it is not), and gives NaN there.
---
---Shapes: `A [*, n, n] -> [*, n, n], [*]`
---@param A lunette.Tensor
---@param check_errors? boolean (false unless given)
---@return lunette.Tensor inverse
---@return lunette.Tensor info
function lun.inv_ex(A, check_errors) end

---inv that says in info where a matrix is singular (0: it is not), and gives NaN there.
---
---Shapes: `A [*, n, n] -> [*, n, n], [*]`
---@param check_errors? boolean (false unless given)
---@return lunette.Tensor inverse
---@return lunette.Tensor info
function Tensor:inv_ex(check_errors) end

---Solves linear equations: X of A X = B, or of X A = B with left = false; B may be a vector. Better than inv and matmul.
---
---Shapes: `A [*, n, n], B [*, n, k] or [*, n] -> like B`
---@param A lunette.Tensor
---@param B lunette.Tensor
---@param left? boolean (true unless given)
---@return lunette.Tensor out
function lun.solve(A, B, left) end

---Solves linear equations: X of A X = B, or of X A = B with left = false; B may be a vector. Better than inv and matmul.
---
---Shapes: `A [*, n, n], B [*, n, k] or [*, n] -> like B`
---@param B lunette.Tensor
---@param left? boolean (true unless given)
---@return lunette.Tensor out
function Tensor:solve(B, left) end

---solve that says in info where a matrix is singular (0: it is not).
---
---Shapes: `A [*, n, n], B [*, n, k] or [*, n] -> like B, [*]`
---@param A lunette.Tensor
---@param B lunette.Tensor
---@param left? boolean (true unless given)
---@param check_errors? boolean (false unless given)
---@return lunette.Tensor result
---@return lunette.Tensor info
function lun.solve_ex(A, B, left, check_errors) end

---solve that says in info where a matrix is singular (0: it is not).
---
---Shapes: `A [*, n, n], B [*, n, k] or [*, n] -> like B, [*]`
---@param B lunette.Tensor
---@param left? boolean (true unless given)
---@param check_errors? boolean (false unless given)
---@return lunette.Tensor result
---@return lunette.Tensor info
function Tensor:solve_ex(B, left, check_errors) end

---X of A X = B for a triangular A, of which only that triangle is read.
---
---Shapes: `A [*, n, n], B [*, n, k] -> [*, n, k]`
---@param A lunette.Tensor
---@param B lunette.Tensor
---@param upper boolean
---@param left? boolean (true unless given)
---@param unitriangular? boolean (false unless given)
---@return lunette.Tensor out
function lun.solve_triangular(A, B, upper, left, unitriangular) end

---X of A X = B for a triangular A, of which only that triangle is read.
---
---Shapes: `A [*, n, n], B [*, n, k] -> [*, n, k]`
---@param B lunette.Tensor
---@param upper boolean
---@param left? boolean (true unless given)
---@param unitriangular? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:solve_triangular(B, upper, left, unitriangular) end

---PyTorch's older name and order for solve_triangular; the second result is a copy of A.
---
---Shapes: `b [*, n, k], A [*, n, n] -> [*, n, k], [*, n, n]`
---@param b lunette.Tensor
---@param A lunette.Tensor
---@param upper? boolean (true unless given)
---@param transpose? boolean (false unless given)
---@param unitriangular? boolean (false unless given)
---@return lunette.Tensor solution
---@return lunette.Tensor cloned_coefficient
function lun.triangular_solve(b, A, upper, transpose, unitriangular) end

---PyTorch's older name and order for solve_triangular; the second result is a copy of A.
---
---Shapes: `b [*, n, k], A [*, n, n] -> [*, n, k], [*, n, n]`
---@param A lunette.Tensor
---@param upper? boolean (true unless given)
---@param transpose? boolean (false unless given)
---@param unitriangular? boolean (false unless given)
---@return lunette.Tensor solution
---@return lunette.Tensor cloned_coefficient
function Tensor:triangular_solve(A, upper, transpose, unitriangular) end

---The lower triangle L with L times its transpose = A (symmetric, positive-definite); upper: U with transpose of U times U.
---
---Shapes: `A [*, n, n] -> [*, n, n]`
---@param A lunette.Tensor
---@param upper? boolean (false unless given)
---@return lunette.Tensor out
function lun.cholesky(A, upper) end

---The lower triangle L with L times its transpose = A (symmetric, positive-definite); upper: U with transpose of U times U.
---
---Shapes: `A [*, n, n] -> [*, n, n]`
---@param upper? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:cholesky(upper) end

---cholesky that says in info at which leading minor a matrix is not positive-definite (0: it is).
---
---Shapes: `A [*, n, n] -> [*, n, n], [*]`
---@param A lunette.Tensor
---@param upper? boolean (false unless given)
---@param check_errors? boolean (false unless given)
---@return lunette.Tensor L
---@return lunette.Tensor info
function lun.cholesky_ex(A, upper, check_errors) end

---cholesky that says in info at which leading minor a matrix is not positive-definite (0: it is).
---
---Shapes: `A [*, n, n] -> [*, n, n], [*]`
---@param upper? boolean (false unless given)
---@param check_errors? boolean (false unless given)
---@return lunette.Tensor L
---@return lunette.Tensor info
function Tensor:cholesky_ex(upper, check_errors) end

---X of A X = B by A's Cholesky factor L.
---
---Shapes: `B [*, n, k], L [*, n, n] -> [*, n, k]`
---@param B lunette.Tensor
---@param L lunette.Tensor
---@param upper? boolean (false unless given)
---@return lunette.Tensor out
function lun.cholesky_solve(B, L, upper) end

---X of A X = B by A's Cholesky factor L.
---
---Shapes: `B [*, n, k], L [*, n, n] -> [*, n, k]`
---@param L lunette.Tensor
---@param upper? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:cholesky_solve(L, upper) end

---Inverse of A by its Cholesky factor L.
---
---Shapes: `L [*, n, n] -> [*, n, n]`
---@param L lunette.Tensor
---@param upper? boolean (false unless given)
---@return lunette.Tensor out
function lun.cholesky_inverse(L, upper) end

---Inverse of A by its Cholesky factor L.
---
---Shapes: `L [*, n, n] -> [*, n, n]`
---@param upper? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:cholesky_inverse(upper) end

---Q R = A: orthonormal columns and an upper triangle. mode: "reduced", "complete" (Q square) or "r" (R only, Q empty).
---
---Shapes: `A [*, m, n] -> [*, m, min(m, n)], [*, min(m, n), n]`
---@param A lunette.Tensor
---@param mode? string (reduced unless given)
---@return lunette.Tensor Q
---@return lunette.Tensor R
function lun.qr(A, mode) end

---Q R = A: orthonormal columns and an upper triangle. mode: "reduced", "complete" (Q square) or "r" (R only, Q empty).
---
---Shapes: `A [*, m, n] -> [*, m, min(m, n)], [*, min(m, n), n]`
---@param mode? string (reduced unless given)
---@return lunette.Tensor Q
---@return lunette.Tensor R
function Tensor:qr(mode) end

---QR as LAPACK keeps it: R over the vectors of the reflections, and their factors tau. For householder_product and ormqr.
---
---Shapes: `x [*, m, n] -> [*, m, n], [*, min(m, n)]`
---@param x lunette.Tensor
---@return lunette.Tensor a
---@return lunette.Tensor tau
function lun.geqrf(x) end

---QR as LAPACK keeps it: R over the vectors of the reflections, and their factors tau. For householder_product and ormqr.
---
---Shapes: `x [*, m, n] -> [*, m, n], [*, min(m, n)]`
---@return lunette.Tensor a
---@return lunette.Tensor tau
function Tensor:geqrf() end

---Q out of what geqrf gives: the first columns of the product of its reflections.
---
---Shapes: `x [*, m, n], tau [*, k] -> [*, m, n]`
---@param x lunette.Tensor
---@param tau lunette.Tensor
---@return lunette.Tensor out
function lun.householder_product(x, tau) end

lun.orgqr = lun.householder_product

---Q out of what geqrf gives: the first columns of the product of its reflections.
---
---Shapes: `x [*, m, n], tau [*, k] -> [*, m, n]`
---@param tau lunette.Tensor
---@return lunette.Tensor out
function Tensor:householder_product(tau) end

Tensor.orgqr = Tensor.householder_product

---Q other (left) or other Q, with the whole Q of what geqrf gives, or its transpose.
---
---Shapes: `x [*, m, k], tau [*, k], other [*, m, n] -> [*, m, n]`
---@param x lunette.Tensor
---@param tau lunette.Tensor
---@param other lunette.Tensor
---@param left? boolean (true unless given)
---@param transpose? boolean (false unless given)
---@return lunette.Tensor out
function lun.ormqr(x, tau, other, left, transpose) end

---Q other (left) or other Q, with the whole Q of what geqrf gives, or its transpose.
---
---Shapes: `x [*, m, k], tau [*, k], other [*, m, n] -> [*, m, n]`
---@param tau lunette.Tensor
---@param other lunette.Tensor
---@param left? boolean (true unless given)
---@param transpose? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:ormqr(tau, other, left, transpose) end

---X that makes A X - B smallest, squared residuals (with more rows and full rank; not from gelsy), rank (not from gels), singular values (gelsd, gelss). driver: gelsy, gels (full rank), gelsd, gelss.
---
---Shapes: `A [*, m, n], B [*, m, k] -> [*, n, k], [*, k], [*], [*, min(m, n)]`
---@param A lunette.Tensor
---@param B lunette.Tensor
---@param rcond? number
---@param driver? string (gelsy unless given)
---@return lunette.Tensor solution
---@return lunette.Tensor residuals
---@return lunette.Tensor rank
---@return lunette.Tensor singular_values
function lun.lstsq(A, B, rcond, driver) end

---X that makes A X - B smallest, squared residuals (with more rows and full rank; not from gelsy), rank (not from gels), singular values (gelsd, gelss). driver: gelsy, gels (full rank), gelsd, gelss.
---
---Shapes: `A [*, m, n], B [*, m, k] -> [*, n, k], [*, k], [*], [*, min(m, n)]`
---@param B lunette.Tensor
---@param rcond? number
---@param driver? string (gelsy unless given)
---@return lunette.Tensor solution
---@return lunette.Tensor residuals
---@return lunette.Tensor rank
---@return lunette.Tensor singular_values
function Tensor:lstsq(B, rcond, driver) end

---Eigenvalues (smallest first) and eigenvectors (columns) of symmetric matrices, of which one triangle is read.
---
---Shapes: `A [*, n, n] -> [*, n], [*, n, n]`
---@param A lunette.Tensor
---@param UPLO? string (L unless given)
---@return lunette.Tensor eigenvalues
---@return lunette.Tensor eigenvectors
function lun.eigh(A, UPLO) end

---Eigenvalues (smallest first) and eigenvectors (columns) of symmetric matrices, of which one triangle is read.
---
---Shapes: `A [*, n, n] -> [*, n], [*, n, n]`
---@param UPLO? string (L unless given)
---@return lunette.Tensor eigenvalues
---@return lunette.Tensor eigenvectors
function Tensor:eigh(UPLO) end

---Eigenvalues of symmetric matrices, smallest first.
---
---Shapes: `A [*, n, n] -> [*, n]`
---@param A lunette.Tensor
---@param UPLO? string (L unless given)
---@return lunette.Tensor out
function lun.eigvalsh(A, UPLO) end

---Eigenvalues of symmetric matrices, smallest first.
---
---Shapes: `A [*, n, n] -> [*, n]`
---@param UPLO? string (L unless given)
---@return lunette.Tensor out
function Tensor:eigvalsh(UPLO) end

---Eigenvalues and eigenvectors (columns of length 1), complex also for real matrices, in no order.
---
---Shapes: `A [*, n, n] -> [*, n], [*, n, n]`
---@param A lunette.Tensor
---@return lunette.Tensor eigenvalues
---@return lunette.Tensor eigenvectors
function lun.eig(A) end

---Eigenvalues and eigenvectors (columns of length 1), complex also for real matrices, in no order.
---
---Shapes: `A [*, n, n] -> [*, n], [*, n, n]`
---@return lunette.Tensor eigenvalues
---@return lunette.Tensor eigenvectors
function Tensor:eig() end

---Eigenvalues, complex also for real matrices, in no order.
---
---Shapes: `A [*, n, n] -> [*, n]`
---@param A lunette.Tensor
---@return lunette.Tensor out
function lun.eigvals(A) end

---Eigenvalues, complex also for real matrices, in no order.
---
---Shapes: `A [*, n, n] -> [*, n]`
---@return lunette.Tensor out
function Tensor:eigvals() end

---U diag(S) Vh = A with orthonormal U and Vh, S largest first; full_matrices: square U and Vh. Note that torch.svd gives V, torch.linalg.svd and this Vh.
---
---Shapes: `A [*, m, n] -> [*, m, m], [*, min(m, n)], [*, n, n]`
---@param A lunette.Tensor
---@param full_matrices? boolean (true unless given)
---@return lunette.Tensor U
---@return lunette.Tensor S
---@return lunette.Tensor Vh
function lun.svd(A, full_matrices) end

---U diag(S) Vh = A with orthonormal U and Vh, S largest first; full_matrices: square U and Vh. Note that torch.svd gives V, torch.linalg.svd and this Vh.
---
---Shapes: `A [*, m, n] -> [*, m, m], [*, min(m, n)], [*, n, n]`
---@param full_matrices? boolean (true unless given)
---@return lunette.Tensor U
---@return lunette.Tensor S
---@return lunette.Tensor Vh
function Tensor:svd(full_matrices) end

---Singular values, largest first.
---
---Shapes: `A [*, m, n] -> [*, min(m, n)]`
---@param A lunette.Tensor
---@return lunette.Tensor out
function lun.svdvals(A) end

---Singular values, largest first.
---
---Shapes: `A [*, m, n] -> [*, min(m, n)]`
---@return lunette.Tensor out
function Tensor:svdvals() end

---Pseudo-inverse (Moore-Penrose). Singular values up to the larger of atol and rtol times the largest count as 0; both may be numbers or one for each matrix.
---
---Shapes: `A [*, m, n] -> [*, n, m]`
---@param A lunette.Tensor
---@param atol? lunette.Tensor|number
---@param rtol? lunette.Tensor|number
---@param hermitian? boolean (false unless given)
---@return lunette.Tensor out
function lun.pinv(A, atol, rtol, hermitian) end

---Pseudo-inverse (Moore-Penrose). Singular values up to the larger of atol and rtol times the largest count as 0; both may be numbers or one for each matrix.
---
---Shapes: `A [*, m, n] -> [*, n, m]`
---@param atol? lunette.Tensor|number
---@param rtol? lunette.Tensor|number
---@param hermitian? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:pinv(atol, rtol, hermitian) end

---PyTorch's older pinv: values up to rcond times the largest count as 0.
---
---Shapes: `x [*, m, n] -> [*, n, m]`
---@param x lunette.Tensor
---@param rcond? number (1e-15 unless given)
---@return lunette.Tensor out
function lun.pinverse(x, rcond) end

---PyTorch's older pinv: values up to rcond times the largest count as 0.
---
---Shapes: `x [*, m, n] -> [*, n, m]`
---@param rcond? number (1e-15 unless given)
---@return lunette.Tensor out
function Tensor:pinverse(rcond) end

---How many singular values are larger than the larger of atol and rtol times the largest.
---
---Shapes: `A [*, m, n] -> [*]`
---@param A lunette.Tensor
---@param atol? lunette.Tensor|number
---@param rtol? lunette.Tensor|number
---@param hermitian? boolean (false unless given)
---@return lunette.Tensor out
function lun.matrix_rank(A, atol, rtol, hermitian) end

---How many singular values are larger than the larger of atol and rtol times the largest.
---
---Shapes: `A [*, m, n] -> [*]`
---@param atol? lunette.Tensor|number
---@param rtol? lunette.Tensor|number
---@param hermitian? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:matrix_rank(atol, rtol, hermitian) end

---beta x + alpha (mat1 times mat2); x broadcasts. With beta = 0 x is not read.
---
---Shapes: `x [n, p], mat1 [n, m], mat2 [m, p] -> [n, p]`
---@param x lunette.Tensor
---@param mat1 lunette.Tensor
---@param mat2 lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function lun.addmm(x, mat1, mat2, beta, alpha) end

---beta x + alpha (mat1 times mat2); x broadcasts. With beta = 0 x is not read.
---
---Shapes: `x [n, p], mat1 [n, m], mat2 [m, p] -> [n, p]`
---@param mat1 lunette.Tensor
---@param mat2 lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function Tensor:addmm(mat1, mat2, beta, alpha) end

---beta x + alpha (mat1 times mat2); x broadcasts. With beta = 0 x is not read.
---
---Shapes: `x [n, p], mat1 [n, m], mat2 [m, p] -> [n, p]`
---@param mat1 lunette.Tensor
---@param mat2 lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor x
function Tensor:addmm_(mat1, mat2, beta, alpha) end

---beta x + alpha (the products of two batches of matrices); x broadcasts.
---
---Shapes: `x [b, n, p], batch1 [b, n, m], batch2 [b, m, p] -> [b, n, p]`
---@param x lunette.Tensor
---@param batch1 lunette.Tensor
---@param batch2 lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function lun.baddbmm(x, batch1, batch2, beta, alpha) end

---beta x + alpha (the products of two batches of matrices); x broadcasts.
---
---Shapes: `x [b, n, p], batch1 [b, n, m], batch2 [b, m, p] -> [b, n, p]`
---@param batch1 lunette.Tensor
---@param batch2 lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function Tensor:baddbmm(batch1, batch2, beta, alpha) end

---beta x + alpha (the products of two batches of matrices); x broadcasts.
---
---Shapes: `x [b, n, p], batch1 [b, n, m], batch2 [b, m, p] -> [b, n, p]`
---@param batch1 lunette.Tensor
---@param batch2 lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor x
function Tensor:baddbmm_(batch1, batch2, beta, alpha) end

---beta x + alpha (the sum of the products of two batches of matrices); x broadcasts.
---
---Shapes: `x [n, p], batch1 [b, n, m], batch2 [b, m, p] -> [n, p]`
---@param x lunette.Tensor
---@param batch1 lunette.Tensor
---@param batch2 lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function lun.addbmm(x, batch1, batch2, beta, alpha) end

---beta x + alpha (the sum of the products of two batches of matrices); x broadcasts.
---
---Shapes: `x [n, p], batch1 [b, n, m], batch2 [b, m, p] -> [n, p]`
---@param batch1 lunette.Tensor
---@param batch2 lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function Tensor:addbmm(batch1, batch2, beta, alpha) end

---beta x + alpha (the sum of the products of two batches of matrices); x broadcasts.
---
---Shapes: `x [n, p], batch1 [b, n, m], batch2 [b, m, p] -> [n, p]`
---@param batch1 lunette.Tensor
---@param batch2 lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor x
function Tensor:addbmm_(batch1, batch2, beta, alpha) end

---beta x + alpha (mat times vec); x broadcasts.
---
---Shapes: `x [n], mat [n, m], vec [m] -> [n]`
---@param x lunette.Tensor
---@param mat lunette.Tensor
---@param vec lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function lun.addmv(x, mat, vec, beta, alpha) end

---beta x + alpha (mat times vec); x broadcasts.
---
---Shapes: `x [n], mat [n, m], vec [m] -> [n]`
---@param mat lunette.Tensor
---@param vec lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function Tensor:addmv(mat, vec, beta, alpha) end

---beta x + alpha (mat times vec); x broadcasts.
---
---Shapes: `x [n], mat [n, m], vec [m] -> [n]`
---@param mat lunette.Tensor
---@param vec lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor x
function Tensor:addmv_(mat, vec, beta, alpha) end

---beta x + alpha (the outer product of two vectors); x broadcasts.
---
---Shapes: `x [n, m], vec1 [n], vec2 [m] -> [n, m]`
---@param x lunette.Tensor
---@param vec1 lunette.Tensor
---@param vec2 lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function lun.addr(x, vec1, vec2, beta, alpha) end

---beta x + alpha (the outer product of two vectors); x broadcasts.
---
---Shapes: `x [n, m], vec1 [n], vec2 [m] -> [n, m]`
---@param vec1 lunette.Tensor
---@param vec2 lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor out
function Tensor:addr(vec1, vec2, beta, alpha) end

---beta x + alpha (the outer product of two vectors); x broadcasts.
---
---Shapes: `x [n, m], vec1 [n], vec2 [m] -> [n, m]`
---@param vec1 lunette.Tensor
---@param vec2 lunette.Tensor
---@param beta? number (1 unless given)
---@param alpha? number (1 unless given)
---@return lunette.Tensor x
function Tensor:addr_(vec1, vec2, beta, alpha) end

---Sums of products along the last dims; for vectors the dot product.
---
---Shapes: `x [*, n], other [+, n] -> [*, +]`
---@param x lunette.Tensor
---@param other lunette.Tensor
---@return lunette.Tensor out
function lun.inner(x, other) end

---Sums of products along the last dims; for vectors the dot product.
---
---Shapes: `x [*, n], other [+, n] -> [*, +]`
---@param other lunette.Tensor
---@return lunette.Tensor out
function Tensor:inner(other) end

---Dot product of two vectors, the first one conjugated.
---
---Shapes: `x [n], other [n] -> []`
---@param x lunette.Tensor
---@param other lunette.Tensor
---@return lunette.Tensor out
function lun.vdot(x, other) end

---Dot product of two vectors, the first one conjugated.
---
---Shapes: `x [n], other [n] -> []`
---@param other lunette.Tensor
---@return lunette.Tensor out
function Tensor:vdot(other) end

---Dot products along a dim, broadcast; the first vector is conjugated.
---
---Shapes: `x [*, n], y [*, n] -> [*]`
---@param x lunette.Tensor
---@param y lunette.Tensor
---@param dim? integer (-1 unless given)
---@return lunette.Tensor out
function lun.vecdot(x, y, dim) end

---Dot products along a dim, broadcast; the first vector is conjugated.
---
---Shapes: `x [*, n], y [*, n] -> [*]`
---@param y lunette.Tensor
---@param dim? integer (-1 unless given)
---@return lunette.Tensor out
function Tensor:vecdot(y, dim) end

---Vector product in three dimensions; without dim along the first dim of size 3.
---
---Shapes: `x [*, 3], other [*, 3] -> [*, 3]`
---@param x lunette.Tensor
---@param other lunette.Tensor
---@param dim? integer
---@return lunette.Tensor out
function lun.cross(x, other, dim) end

---Vector product in three dimensions; without dim along the first dim of size 3.
---
---Shapes: `x [*, 3], other [*, 3] -> [*, 3]`
---@param other lunette.Tensor
---@param dim? integer
---@return lunette.Tensor out
function Tensor:cross(other, dim) end

---Vector product in three dimensions along the last dim, or the one named.
---
---Shapes: `x [*, 3], other [*, 3] -> [*, 3]`
---@param x lunette.Tensor
---@param other lunette.Tensor
---@param dim? integer (-1 unless given)
---@return lunette.Tensor out
function lun.linalg_cross(x, other, dim) end

---Vector product in three dimensions along the last dim, or the one named.
---
---Shapes: `x [*, 3], other [*, 3] -> [*, 3]`
---@param other lunette.Tensor
---@param dim? integer (-1 unless given)
---@return lunette.Tensor out
function Tensor:linalg_cross(other, dim) end

---Sums over dims of both: the last `dims` of x with the first of other, or those in two lists.
---
---Shapes: `x [*, +], other [+, -] -> [*, -]`
---@param x lunette.Tensor
---@param other lunette.Tensor
---@param dims? integer|integer[][] (2 unless given)
---@return lunette.Tensor out
function lun.tensordot(x, other, dims) end

---Sums over dims of both: the last `dims` of x with the first of other, or those in two lists.
---
---Shapes: `x [*, +], other [+, -] -> [*, -]`
---@param other lunette.Tensor
---@param dims? integer|integer[][] (2 unless given)
---@return lunette.Tensor out
function Tensor:tensordot(other, dims) end

---For each output the product x1 weight x2, plus bias.
---
---Shapes: `x1 [*, i], x2 [*, j], weight [o, i, j], bias [o] -> [*, o]`
---@param x1 lunette.Tensor
---@param x2 lunette.Tensor
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@return lunette.Tensor out
function lun.bilinear(x1, x2, weight, bias) end

---For each output the product x1 weight x2, plus bias.
---
---Shapes: `x1 [*, i], x2 [*, j], weight [o, i, j], bias [o] -> [*, o]`
---@param x2 lunette.Tensor
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@return lunette.Tensor out
function Tensor:bilinear(x2, weight, bias) end

---Kronecker product: other times each element of x, laid out as blocks.
---
---Shapes: `x [a, b], other [c, d] -> [a c, b d]`
---@param x lunette.Tensor
---@param other lunette.Tensor
---@return lunette.Tensor out
function lun.kron(x, other) end

---Kronecker product: other times each element of x, laid out as blocks.
---
---Shapes: `x [a, b], other [c, d] -> [a c, b d]`
---@param other lunette.Tensor
---@return lunette.Tensor out
function Tensor:kron(other) end

---Sum of a matrix's diagonal.
---
---Shapes: `x [n, m] -> []`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.trace(x) end

---Sum of a matrix's diagonal.
---
---Shapes: `x [n, m] -> []`
---@return lunette.Tensor out
function Tensor:trace() end

---diagonal of the last two dims, or those named; a view.
---
---Shapes: `A [*, n, m] -> [*, min(n, m)]`
---@param A lunette.Tensor
---@param offset? integer (0 unless given)
---@param dim1? integer (-2 unless given)
---@param dim2? integer (-1 unless given)
---@return lunette.Tensor out
function lun.linalg_diagonal(A, offset, dim1, dim2) end

---diagonal of the last two dims, or those named; a view.
---
---Shapes: `A [*, n, m] -> [*, min(n, m)]`
---@param offset? integer (0 unless given)
---@param dim1? integer (-2 unless given)
---@param dim2? integer (-1 unless given)
---@return lunette.Tensor out
function Tensor:linalg_diagonal(offset, dim1, dim2) end

---The powers 0 .. N - 1 (as many as x is long) of each element, in a new last dim.
---
---Shapes: `x [*, n] -> [*, n, N]`
---@param x lunette.Tensor
---@param N? integer
---@return lunette.Tensor out
function lun.linalg_vander(x, N) end

---The powers 0 .. N - 1 (as many as x is long) of each element, in a new last dim.
---
---Shapes: `x [*, n] -> [*, n, N]`
---@param N? integer
---@return lunette.Tensor out
function Tensor:linalg_vander(N) end

---Product of a chain of matrices in the cheapest order; the first and last may be vectors.
---
---Shapes: `[a, b], [b, c], ... [y, z] -> [a, z]`
---@param tensors lunette.Tensor[]
---@return lunette.Tensor out
function lun.multi_dot(tensors) end

---PyTorch's older multi_dot; matrices only.
---
---Shapes: `[a, b], [b, c], ... [y, z] -> [a, z]`
---@param matrices lunette.Tensor[]
---@return lunette.Tensor out
function lun.chain_matmul(matrices) end

---Product of n times the same matrix; 0 gives ones on the diagonal, negative n the inverse's power.
---
---Shapes: `A [*, n, n] -> [*, n, n]`
---@param A lunette.Tensor
---@param n integer
---@return lunette.Tensor out
function lun.matrix_power(A, n) end

---Product of n times the same matrix; 0 gives ones on the diagonal, negative n the inverse's power.
---
---Shapes: `A [*, n, n] -> [*, n, n]`
---@param n integer
---@return lunette.Tensor out
function Tensor:matrix_power(n) end

---Exponential of each matrix: 1 + A + A A / 2 + ...
---
---Shapes: `A [*, n, n] -> [*, n, n]`
---@param A lunette.Tensor
---@return lunette.Tensor out
function lun.matrix_exp(A) end

---Exponential of each matrix: 1 + A + A A / 2 + ...
---
---Shapes: `A [*, n, n] -> [*, n, n]`
---@return lunette.Tensor out
function Tensor:matrix_exp() end

---Inverse of A seen as a matrix: the first `ind` dims are its rows.
---
---Shapes: `A [*, +] -> [+, *]`
---@param A lunette.Tensor
---@param ind? integer (2 unless given)
---@return lunette.Tensor out
function lun.tensorinv(A, ind) end

---Inverse of A seen as a matrix: the first `ind` dims are its rows.
---
---Shapes: `A [*, +] -> [+, *]`
---@param ind? integer (2 unless given)
---@return lunette.Tensor out
function Tensor:tensorinv(ind) end

---X with the sum of A's last dims times X = B; dims are first moved to the end.
---
---Shapes: `A [*, +], B [*] -> [+]`
---@param A lunette.Tensor
---@param B lunette.Tensor
---@param dims? integer|integer[]
---@return lunette.Tensor out
function lun.tensorsolve(A, B, dims) end

---X with the sum of A's last dims times X = B; dims are first moved to the end.
---
---Shapes: `A [*, +], B [*] -> [+]`
---@param B lunette.Tensor
---@param dims? integer|integer[]
---@return lunette.Tensor out
function Tensor:tensorsolve(B, dims) end

---(sum |x|^ord)^(1/ord) over dims, or all; ord may be inf, -inf, 0 (how many are not 0) or any number.
---
---Shapes: `x [*, n] -> [*]`
---@param x lunette.Tensor
---@param ord? number|string (2 unless given)
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.vector_norm(x, ord, dim, keepdim, dtype) end

---(sum |x|^ord)^(1/ord) over dims, or all; ord may be inf, -inf, 0 (how many are not 0) or any number.
---
---Shapes: `x [*, n] -> [*]`
---@param ord? number|string (2 unless given)
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:vector_norm(ord, dim, keepdim, dtype) end

---Norm of matrices: "fro" (root of squares), "nuc" (sum of singular values), 2 and -2 (largest, smallest one), 1, -1 (columns), inf, -inf (rows).
---
---Shapes: `A [*, m, n] -> [*]`
---@param A lunette.Tensor
---@param ord? number|string (fro unless given)
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.matrix_norm(A, ord, dim, keepdim, dtype) end

---Norm of matrices: "fro" (root of squares), "nuc" (sum of singular values), 2 and -2 (largest, smallest one), 1, -1 (columns), inf, -inf (rows).
---
---Shapes: `A [*, m, n] -> [*]`
---@param ord? number|string (fro unless given)
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:matrix_norm(ord, dim, keepdim, dtype) end

---matrix_norm where an ord is given and the dims are two, else vector_norm of all.
---
---Shapes: `x [*] -> []`
---@param x lunette.Tensor
---@param ord? number|string
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.linalg_norm(x, ord, dim, keepdim, dtype) end

---matrix_norm where an ord is given and the dims are two, else vector_norm of all.
---
---Shapes: `x [*] -> []`
---@param ord? number|string
---@param dim? integer|integer[]
---@param keepdim? boolean (false unless given)
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:linalg_norm(ord, dim, keepdim, dtype) end

---Condition number: the norm of A times that of its inverse; without p (2-norm) largest over smallest singular value.
---
---Shapes: `A [*, m, n] -> [*]`
---@param A lunette.Tensor
---@param p? number|string
---@return lunette.Tensor out
function lun.cond(A, p) end

---Condition number: the norm of A times that of its inverse; without p (2-norm) largest over smallest singular value.
---
---Shapes: `A [*, m, n] -> [*]`
---@param p? number|string
---@return lunette.Tensor out
function Tensor:cond(p) end

---p-norm of the difference of each row of x1 and each of x2. From 26 rows on the 2-norm comes from a matrix product, unless compute_mode = "donot_use_mm_for_euclid_dist".
---
---Shapes: `x1 [*, n, k], x2 [*, m, k] -> [*, n, m]`
---@param x1 lunette.Tensor
---@param x2 lunette.Tensor
---@param p? number (2 unless given)
---@param compute_mode? string (auto unless given)
---@return lunette.Tensor out
function lun.cdist(x1, x2, p, compute_mode) end

---p-norm of the difference of each row of x1 and each of x2. From 26 rows on the 2-norm comes from a matrix product, unless compute_mode = "donot_use_mm_for_euclid_dist".
---
---Shapes: `x1 [*, n, k], x2 [*, m, k] -> [*, n, m]`
---@param x2 lunette.Tensor
---@param p? number (2 unless given)
---@param compute_mode? string (auto unless given)
---@return lunette.Tensor out
function Tensor:cdist(x2, p, compute_mode) end

---cdist of a matrix with itself, each pair of rows once: 1 2, 1 3, ... 2 3, ...
---
---Shapes: `x [n, k] -> [n (n - 1) / 2]`
---@param x lunette.Tensor
---@param p? number (2 unless given)
---@return lunette.Tensor out
function lun.pdist(x, p) end

---cdist of a matrix with itself, each pair of rows once: 1 2, 1 3, ... 2 3, ...
---
---Shapes: `x [n, k] -> [n (n - 1) / 2]`
---@param p? number (2 unless given)
---@return lunette.Tensor out
function Tensor:pdist(p) end

---p-norm of x1 - x2 + eps along the last dim, row by row.
---
---Shapes: `x1 [*, k], x2 [*, k] -> [*]`
---@param x1 lunette.Tensor
---@param x2 lunette.Tensor
---@param p? number (2 unless given)
---@param eps? number (1e-6 unless given)
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function lun.pairwise_distance(x1, x2, p, eps, keepdim) end

---p-norm of x1 - x2 + eps along the last dim, row by row.
---
---Shapes: `x1 [*, k], x2 [*, k] -> [*]`
---@param x2 lunette.Tensor
---@param p? number (2 unless given)
---@param eps? number (1e-6 unless given)
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:pairwise_distance(x2, p, eps, keepdim) end

---Cosine of the angle between vectors along a dim; norms below eps count as eps.
---
---Shapes: `x1 [*, k], x2 [*, k] -> [*]`
---@param x1 lunette.Tensor
---@param x2 lunette.Tensor
---@param dim? integer (2 unless given)
---@param eps? number (1e-8 unless given)
---@return lunette.Tensor out
function lun.cosine_similarity(x1, x2, dim, eps) end

---Cosine of the angle between vectors along a dim; norms below eps count as eps.
---
---Shapes: `x1 [*, k], x2 [*, k] -> [*]`
---@param x2 lunette.Tensor
---@param dim? integer (2 unless given)
---@param eps? number (1e-8 unless given)
---@return lunette.Tensor out
function Tensor:cosine_similarity(x2, dim, eps) end

---exp(x), scaled so that it sums to 1 along dim; in dtype, when that is given.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dim integer
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.softmax(x, dim, dtype) end

---exp(x), scaled so that it sums to 1 along dim; in dtype, when that is given.
---
---Shapes: `x [*] -> [*]`
---@param dim integer
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:softmax(dim, dtype) end

---Logarithm of softmax, computed without overflow; in dtype, when that is given.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param dim integer
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function lun.log_softmax(x, dim, dtype) end

---Logarithm of softmax, computed without overflow; in dtype, when that is given.
---
---Shapes: `x [*] -> [*]`
---@param dim integer
---@param dtype? lunette.dtype
---@return lunette.Tensor out
function Tensor:log_softmax(dim, dtype) end

---softmax of (x + noise) / tau: a sample of one class by scores x, smooth in x. hard gives ones and zeros, with the gradient of the smooth one.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param tau? number (1 unless given)
---@param hard? boolean (false unless given)
---@param eps? number (1e-10 unless given)
---@param dim? integer (-1 unless given)
---@return lunette.Tensor out
function lun.gumbel_softmax(x, tau, hard, eps, dim) end

---softmax of (x + noise) / tau: a sample of one class by scores x, smooth in x. hard gives ones and zeros, with the gradient of the smooth one.
---
---Shapes: `x [*] -> [*]`
---@param tau? number (1 unless given)
---@param hard? boolean (false unless given)
---@param eps? number (1e-10 unless given)
---@param dim? integer (-1 unless given)
---@return lunette.Tensor out
function Tensor:gumbel_softmax(tau, hard, eps, dim) end

---Logarithm of the sum of exp(x) over dims, computed without overflow.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param x lunette.Tensor
---@param dim integer|integer[]
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function lun.logsumexp(x, dim, keepdim) end

---Logarithm of the sum of exp(x) over dims, computed without overflow.
---
---Shapes: `x [*] -> [*] without dim (1 there with keepdim)`
---@param dim integer|integer[]
---@param keepdim? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:logsumexp(dim, keepdim) end

---Mean of -log(softmax(x)) at the right classes. x is [n, classes, ...]; target holds class numbers from 1, or probabilities of x's shape.
---
---Shapes: `x [n, c, *], target [n, *] or [n, c, *], weight [c] -> [] or [n, *]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param weight? lunette.Tensor
---@param ignore_index? integer (-100 unless given)
---@param reduction? string (mean unless given)
---@param label_smoothing? number (0 unless given)
---@return lunette.Tensor out
function lun.cross_entropy(x, target, weight, ignore_index, reduction, label_smoothing) end

---Mean of -log(softmax(x)) at the right classes. x is [n, classes, ...]; target holds class numbers from 1, or probabilities of x's shape.
---
---Shapes: `x [n, c, *], target [n, *] or [n, c, *], weight [c] -> [] or [n, *]`
---@param target lunette.Tensor
---@param weight? lunette.Tensor
---@param ignore_index? integer (-100 unless given)
---@param reduction? string (mean unless given)
---@param label_smoothing? number (0 unless given)
---@return lunette.Tensor out
function Tensor:cross_entropy(target, weight, ignore_index, reduction, label_smoothing) end

---Mean of -x at the right classes; x holds logarithms of probabilities [n, classes, ...], target class numbers from 1.
---
---Shapes: `x [n, c, *], target [n, *], weight [c] -> [] or [n, *]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param weight? lunette.Tensor
---@param ignore_index? integer (-100 unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function lun.nll_loss(x, target, weight, ignore_index, reduction) end

---Mean of -x at the right classes; x holds logarithms of probabilities [n, classes, ...], target class numbers from 1.
---
---Shapes: `x [n, c, *], target [n, *], weight [c] -> [] or [n, *]`
---@param target lunette.Tensor
---@param weight? lunette.Tensor
---@param ignore_index? integer (-100 unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function Tensor:nll_loss(target, weight, ignore_index, reduction) end

---How far other classes come within `margin` of the right one: the mean over classes of max(0, margin - x[right] + x[other])^p, p 1 or 2.
---
---Shapes: `x [n, c] or [c], target [n], weight [c] -> [] or [n]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param p? number (1 unless given)
---@param margin? number (1 unless given)
---@param weight? lunette.Tensor
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function lun.multi_margin_loss(x, target, p, margin, weight, reduction) end

---How far other classes come within `margin` of the right one: the mean over classes of max(0, margin - x[right] + x[other])^p, p 1 or 2.
---
---Shapes: `x [n, c] or [c], target [n], weight [c] -> [] or [n]`
---@param target lunette.Tensor
---@param p? number (1 unless given)
---@param margin? number (1 unless given)
---@param weight? lunette.Tensor
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function Tensor:multi_margin_loss(target, p, margin, weight, reduction) end

---How far wrong classes come within 1 of the right ones. A row of target lists the right classes (from 1), ended by -1.
---
---Shapes: `x [n, c] or [c], target like x -> [] or [n]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function lun.multilabel_margin_loss(x, target, reduction) end

---How far wrong classes come within 1 of the right ones. A row of target lists the right classes (from 1), ended by -1.
---
---Shapes: `x [n, c] or [c], target like x -> [] or [n]`
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function Tensor:multilabel_margin_loss(target, reduction) end

---Cross-entropy of sigmoid(x) against targets 0 or 1, averaged over the classes of the last dim.
---
---Shapes: `x [*, c], target like x -> [] or [*]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param weight? lunette.Tensor
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function lun.multilabel_soft_margin_loss(x, target, weight, reduction) end

---Cross-entropy of sigmoid(x) against targets 0 or 1, averaged over the classes of the last dim.
---
---Shapes: `x [*, c], target like x -> [] or [*]`
---@param target lunette.Tensor
---@param weight? lunette.Tensor
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function Tensor:multilabel_soft_margin_loss(target, weight, reduction) end

---Mean of the squared differences.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@param weight? lunette.Tensor
---@return lunette.Tensor out
function lun.mse_loss(x, target, reduction, weight) end

---Mean of the squared differences.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@param weight? lunette.Tensor
---@return lunette.Tensor out
function Tensor:mse_loss(target, reduction, weight) end

---Mean of the absolute differences.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@param weight? lunette.Tensor
---@return lunette.Tensor out
function lun.l1_loss(x, target, reduction, weight) end

---Mean of the absolute differences.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@param weight? lunette.Tensor
---@return lunette.Tensor out
function Tensor:l1_loss(target, reduction, weight) end

---Squared differences (over 2 beta) where they are below beta, else absolute ones (minus beta / 2); the mean.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@param beta? number (1 unless given)
---@return lunette.Tensor out
function lun.smooth_l1_loss(x, target, reduction, beta) end

---Squared differences (over 2 beta) where they are below beta, else absolute ones (minus beta / 2); the mean.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@param beta? number (1 unless given)
---@return lunette.Tensor out
function Tensor:smooth_l1_loss(target, reduction, beta) end

---Half the squared difference up to delta, beyond it delta times (difference - delta / 2); the mean.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@param delta? number (1 unless given)
---@param weight? lunette.Tensor
---@return lunette.Tensor out
function lun.huber_loss(x, target, reduction, delta, weight) end

---Half the squared difference up to delta, beyond it delta times (difference - delta / 2); the mean.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@param delta? number (1 unless given)
---@param weight? lunette.Tensor
---@return lunette.Tensor out
function Tensor:huber_loss(target, reduction, delta, weight) end

---Cross-entropy of probabilities x against targets between 0 and 1; logarithms are cut off at -100. For raw scores take binary_cross_entropy_with_logits.
---
---Shapes: `x [*], target like x, weight broadcast -> [] or [*]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param weight? lunette.Tensor
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function lun.binary_cross_entropy(x, target, weight, reduction) end

---Cross-entropy of probabilities x against targets between 0 and 1; logarithms are cut off at -100. For raw scores take binary_cross_entropy_with_logits.
---
---Shapes: `x [*], target like x, weight broadcast -> [] or [*]`
---@param target lunette.Tensor
---@param weight? lunette.Tensor
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function Tensor:binary_cross_entropy(target, weight, reduction) end

---Cross-entropy of sigmoid(x) against targets between 0 and 1, computed without overflow; pos_weight scales the positive part. Also bce_with_logits.
---
---Shapes: `x [*], target like x, weight and pos_weight broadcast -> [] or [*]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param weight? lunette.Tensor
---@param reduction? string (mean unless given)
---@param pos_weight? lunette.Tensor
---@return lunette.Tensor out
function lun.binary_cross_entropy_with_logits(x, target, weight, reduction, pos_weight) end

lun.bce_with_logits = lun.binary_cross_entropy_with_logits

---Cross-entropy of sigmoid(x) against targets between 0 and 1, computed without overflow; pos_weight scales the positive part. Also bce_with_logits.
---
---Shapes: `x [*], target like x, weight and pos_weight broadcast -> [] or [*]`
---@param target lunette.Tensor
---@param weight? lunette.Tensor
---@param reduction? string (mean unless given)
---@param pos_weight? lunette.Tensor
---@return lunette.Tensor out
function Tensor:binary_cross_entropy_with_logits(target, weight, reduction, pos_weight) end

Tensor.bce_with_logits = Tensor.binary_cross_entropy_with_logits

---target (log(target) - x), where x holds logarithms of probabilities; with log_target, target does too. "batchmean" is the divergence of Kullback and Leibler.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@param log_target? boolean (false unless given)
---@return lunette.Tensor out
function lun.kl_div(x, target, reduction, log_target) end

---target (log(target) - x), where x holds logarithms of probabilities; with log_target, target does too. "batchmean" is the divergence of Kullback and Leibler.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@param log_target? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:kl_div(target, reduction, log_target) end

---Negative log-likelihood of target under normal distributions with mean x and variance var (at least eps); `full` adds log(2 pi) / 2.
---
---Shapes: `x [*, n], target [*, n], var [*, n], [*, 1] or [*] -> [] or [*, n]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param var lunette.Tensor|number
---@param full? boolean (false unless given)
---@param eps? number (1e-6 unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function lun.gaussian_nll_loss(x, target, var, full, eps, reduction) end

---Negative log-likelihood of target under normal distributions with mean x and variance var (at least eps); `full` adds log(2 pi) / 2.
---
---Shapes: `x [*, n], target [*, n], var [*, n], [*, 1] or [*] -> [] or [*, n]`
---@param target lunette.Tensor
---@param var lunette.Tensor|number
---@param full? boolean (false unless given)
---@param eps? number (1e-6 unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function Tensor:gaussian_nll_loss(target, var, full, eps, reduction) end

---Negative log-likelihood of counts `target` under Poisson distributions with rate exp(x), or x without log_input; `full` adds Stirling's term.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param log_input? boolean (true unless given)
---@param full? boolean (false unless given)
---@param eps? number (1e-8 unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function lun.poisson_nll_loss(x, target, log_input, full, eps, reduction) end

---Negative log-likelihood of counts `target` under Poisson distributions with rate exp(x), or x without log_input; `full` adds Stirling's term.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param target lunette.Tensor
---@param log_input? boolean (true unless given)
---@param full? boolean (false unless given)
---@param eps? number (1e-8 unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function Tensor:poisson_nll_loss(target, log_input, full, eps, reduction) end

---binary_cross_entropy_with_logits with easy examples turned down by (1 - p)^gamma; alpha weighs the positive ones (-1: no weights).
---
---Shapes: `x [*], target like x -> [*] or []`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param alpha? number (0.25 unless given)
---@param gamma? number (2 unless given)
---@param reduction? string (none unless given)
---@return lunette.Tensor out
function lun.sigmoid_focal_loss(x, target, alpha, gamma, reduction) end

---binary_cross_entropy_with_logits with easy examples turned down by (1 - p)^gamma; alpha weighs the positive ones (-1: no weights).
---
---Shapes: `x [*], target like x -> [*] or []`
---@param target lunette.Tensor
---@param alpha? number (0.25 unless given)
---@param gamma? number (2 unless given)
---@param reduction? string (none unless given)
---@return lunette.Tensor out
function Tensor:sigmoid_focal_loss(target, alpha, gamma, reduction) end

---Mean of log(1 + exp(-target x)), for targets 1 and -1.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function lun.soft_margin_loss(x, target, reduction) end

---Mean of log(1 + exp(-target x)), for targets 1 and -1.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param target lunette.Tensor
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function Tensor:soft_margin_loss(target, reduction) end

---x (a distance) where target is 1, max(0, margin - x) where it is -1; the mean.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param x lunette.Tensor
---@param target lunette.Tensor
---@param margin? number (1 unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function lun.hinge_embedding_loss(x, target, margin, reduction) end

---x (a distance) where target is 1, max(0, margin - x) where it is -1; the mean.
---
---Shapes: `x [*], target [*] -> [] or [*]`
---@param target lunette.Tensor
---@param margin? number (1 unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function Tensor:hinge_embedding_loss(target, margin, reduction) end

---max(0, margin - target (x - input2)): target 1 wants x above input2, -1 below; the mean.
---
---Shapes: `x [*], input2 [*], target [*] -> [] or [*]`
---@param x lunette.Tensor
---@param input2 lunette.Tensor
---@param target lunette.Tensor
---@param margin? number (0 unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function lun.margin_ranking_loss(x, input2, target, margin, reduction) end

---max(0, margin - target (x - input2)): target 1 wants x above input2, -1 below; the mean.
---
---Shapes: `x [*], input2 [*], target [*] -> [] or [*]`
---@param input2 lunette.Tensor
---@param target lunette.Tensor
---@param margin? number (0 unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function Tensor:margin_ranking_loss(input2, target, margin, reduction) end

---1 - cosine of the angle between rows where target is 1, max(0, cosine - margin) where it is -1; the mean.
---
---Shapes: `x [n, d] or [d], input2 like x, target [n] or [] -> [] or [n]`
---@param x lunette.Tensor
---@param input2 lunette.Tensor
---@param target lunette.Tensor
---@param margin? number (0 unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function lun.cosine_embedding_loss(x, input2, target, margin, reduction) end

---1 - cosine of the angle between rows where target is 1, max(0, cosine - margin) where it is -1; the mean.
---
---Shapes: `x [n, d] or [d], input2 like x, target [n] or [] -> [] or [n]`
---@param input2 lunette.Tensor
---@param target lunette.Tensor
---@param margin? number (0 unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function Tensor:cosine_embedding_loss(input2, target, margin, reduction) end

---max(0, margin + distance to `positive` - distance to `negative`) of anchors x; swap takes the nearer of anchor and positive for the second distance.
---
---Shapes: `x [*, d], positive and negative like x -> [] or [*]`
---@param x lunette.Tensor
---@param positive lunette.Tensor
---@param negative lunette.Tensor
---@param margin? number (1 unless given)
---@param p? number (2 unless given)
---@param eps? number (1e-6 unless given)
---@param swap? boolean (false unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function lun.triplet_margin_loss(x, positive, negative, margin, p, eps, swap, reduction) end

---max(0, margin + distance to `positive` - distance to `negative`) of anchors x; swap takes the nearer of anchor and positive for the second distance.
---
---Shapes: `x [*, d], positive and negative like x -> [] or [*]`
---@param positive lunette.Tensor
---@param negative lunette.Tensor
---@param margin? number (1 unless given)
---@param p? number (2 unless given)
---@param eps? number (1e-6 unless given)
---@param swap? boolean (false unless given)
---@param reduction? string (mean unless given)
---@return lunette.Tensor out
function Tensor:triplet_margin_loss(positive, negative, margin, p, eps, swap, reduction) end

---Connectionist temporal classification: minus the log-probability that x (log_softmax of scores, [time, batch, classes]) spells the targets, blanks and repetitions taken out. targets hold classes from 1, a row for each sequence or all after each other; the mean divides by target_lengths.
---
---Shapes: `x [t, n, c] or [t, c], targets [n, s] or [sum], lengths [n] -> [] or [n]`
---@param x lunette.Tensor
---@param targets any
---@param input_lengths any
---@param target_lengths any
---@param blank? integer (1 unless given)
---@param reduction? string (mean unless given)
---@param zero_infinity? boolean (false unless given)
---@return lunette.Tensor out
function lun.ctc_loss(x, targets, input_lengths, target_lengths, blank, reduction, zero_infinity) end

---Connectionist temporal classification: minus the log-probability that x (log_softmax of scores, [time, batch, classes]) spells the targets, blanks and repetitions taken out. targets hold classes from 1, a row for each sequence or all after each other; the mean divides by target_lengths.
---
---Shapes: `x [t, n, c] or [t, c], targets [n, s] or [sum], lengths [n] -> [] or [n]`
---@param targets any
---@param input_lengths any
---@param target_lengths any
---@param blank? integer (1 unless given)
---@param reduction? string (mean unless given)
---@param zero_infinity? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:ctc_loss(targets, input_lengths, target_lengths, blank, reduction, zero_infinity) end

---Rows of value averaged by softmax(query key^T scale), query being x. attn_mask is bool (true: look) or added to the scores; is_causal lets a query look only at keys up to its own position. Memory does not grow with queries times keys.
---
---Shapes: `x [*, l, e], key [*, s, e], value [*, s, v], attn_mask [*, l, s] -> [*, l, v]`
---@param x lunette.Tensor
---@param key lunette.Tensor
---@param value lunette.Tensor
---@param attn_mask? lunette.Tensor
---@param dropout_p? number (0 unless given)
---@param is_causal? boolean (false unless given)
---@param scale? number
---@param enable_gqa? boolean (false unless given)
---@return lunette.Tensor out
function lun.scaled_dot_product_attention(x, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa) end

---Rows of value averaged by softmax(query key^T scale), query being x. attn_mask is bool (true: look) or added to the scores; is_causal lets a query look only at keys up to its own position. Memory does not grow with queries times keys.
---
---Shapes: `x [*, l, e], key [*, s, e], value [*, s, v], attn_mask [*, l, s] -> [*, l, v]`
---@param key lunette.Tensor
---@param value lunette.Tensor
---@param attn_mask? lunette.Tensor
---@param dropout_p? number (0 unless given)
---@param is_causal? boolean (false unless given)
---@param scale? number
---@param enable_gqa? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:scaled_dot_product_attention(key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa) end

---Attention of num_heads heads over projections of x (queries), key and value [steps, n, embed], and the projection of the result. In masks of bool, true means: do not look. Also gives the attention weights, averaged over heads unless average_attn_weights is false, when need_weights.
---
---Shapes: `x [l, n, e] or [l, e], key [s, n, k], value [s, n, v] -> [l, n, e], weights [n, l, s]`
---@param x lunette.Tensor
---@param key lunette.Tensor
---@param value lunette.Tensor
---@param embed_dim_to_check integer
---@param num_heads integer
---@param in_proj_weight? lunette.Tensor
---@param in_proj_bias? lunette.Tensor
---@param bias_k? lunette.Tensor
---@param bias_v? lunette.Tensor
---@param add_zero_attn boolean
---@param dropout_p number
---@param out_proj_weight lunette.Tensor
---@param out_proj_bias? lunette.Tensor
---@param training? boolean (true unless given)
---@param key_padding_mask? lunette.Tensor
---@param need_weights? boolean (true unless given)
---@param attn_mask? lunette.Tensor
---@param use_separate_proj_weight? boolean (false unless given)
---@param q_proj_weight? lunette.Tensor
---@param k_proj_weight? lunette.Tensor
---@param v_proj_weight? lunette.Tensor
---@param static_k? lunette.Tensor
---@param static_v? lunette.Tensor
---@param average_attn_weights? boolean (true unless given)
---@param is_causal? boolean (false unless given)
---@return lunette.Tensor out
---@return lunette.Tensor weights
function lun.multi_head_attention_forward(x, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn, dropout_p, out_proj_weight, out_proj_bias, training, key_padding_mask, need_weights, attn_mask, use_separate_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight, static_k, static_v, average_attn_weights, is_causal) end

---Runs a network h = tanh(w_ih x + b_ih + w_hh h + b_hh) over a sequence: all h of the last layer, and the last h of each layer and direction.
---
---Shapes: `x [t, b, i] ([b, t, i] with batch_first, [t, i], or packed [n, i] with batch_sizes), h0 [layers * directions, b, h] -> out [t, b, directions * h], h_n like h0`
---@param x lunette.Tensor
---@param h0? lunette.Tensor
---@param batch_sizes? any
---@param params lunette.Tensor[]
---@param has_biases? boolean (true unless given)
---@param num_layers? integer (1 unless given)
---@param dropout? number (0 unless given)
---@param train? boolean (false unless given)
---@param bidirectional? boolean (false unless given)
---@param batch_first? boolean (false unless given)
---@return lunette.Tensor out
---@return lunette.Tensor h_n
function lun.rnn_tanh(x, h0, batch_sizes, params, has_biases, num_layers, dropout, train, bidirectional, batch_first) end

---Runs a network h = relu(w_ih x + b_ih + w_hh h + b_hh) over a sequence: all h of the last layer, and the last h of each layer and direction.
---
---Shapes: `x [t, b, i] ([b, t, i] with batch_first, [t, i], or packed [n, i] with batch_sizes), h0 [layers * directions, b, h] -> out [t, b, directions * h], h_n like h0`
---@param x lunette.Tensor
---@param h0? lunette.Tensor
---@param batch_sizes? any
---@param params lunette.Tensor[]
---@param has_biases? boolean (true unless given)
---@param num_layers? integer (1 unless given)
---@param dropout? number (0 unless given)
---@param train? boolean (false unless given)
---@param bidirectional? boolean (false unless given)
---@param batch_first? boolean (false unless given)
---@return lunette.Tensor out
---@return lunette.Tensor h_n
function lun.rnn_relu(x, h0, batch_sizes, params, has_biases, num_layers, dropout, train, bidirectional, batch_first) end

---Runs gated recurrent units over a sequence (weights hold the rows of r, z, n): all h of the last layer, and the last h of each layer and direction.
---
---Shapes: `x [t, b, i] ([b, t, i] with batch_first, [t, i], or packed [n, i] with batch_sizes), h0 [layers * directions, b, h] -> out [t, b, directions * h], h_n like h0`
---@param x lunette.Tensor
---@param h0? lunette.Tensor
---@param batch_sizes? any
---@param params lunette.Tensor[]
---@param has_biases? boolean (true unless given)
---@param num_layers? integer (1 unless given)
---@param dropout? number (0 unless given)
---@param train? boolean (false unless given)
---@param bidirectional? boolean (false unless given)
---@param batch_first? boolean (false unless given)
---@return lunette.Tensor out
---@return lunette.Tensor h_n
function lun.gru(x, h0, batch_sizes, params, has_biases, num_layers, dropout, train, bidirectional, batch_first) end

---Runs long short-term memory over a sequence (weights hold the rows of i, f, g, o): all h of the last layer, and the last h and c of each layer and direction.
---
---Shapes: `x [t, b, i] ([b, t, i] with batch_first, [t, i], or packed [n, i] with batch_sizes), h0 [layers * directions, b, h] -> out [t, b, directions * h], h_n like h0, c_n like c0`
---@param x lunette.Tensor
---@param h0? lunette.Tensor
---@param c0? lunette.Tensor
---@param batch_sizes? any
---@param params lunette.Tensor[]
---@param has_biases? boolean (true unless given)
---@param num_layers? integer (1 unless given)
---@param dropout? number (0 unless given)
---@param train? boolean (false unless given)
---@param bidirectional? boolean (false unless given)
---@param batch_first? boolean (false unless given)
---@return lunette.Tensor out
---@return lunette.Tensor h_n
---@return lunette.Tensor c_n
function lun.lstm(x, h0, c0, batch_sizes, params, has_biases, num_layers, dropout, train, bidirectional, batch_first) end

---One step of rnn_tanh: the next h.
---
---Shapes: `x [b, i] or [i], hx [b, h] or [h] -> like hx`
---@param x lunette.Tensor
---@param hx? lunette.Tensor
---@param w_ih lunette.Tensor
---@param w_hh lunette.Tensor
---@param b_ih? lunette.Tensor
---@param b_hh? lunette.Tensor
---@return lunette.Tensor out
function lun.rnn_tanh_cell(x, hx, w_ih, w_hh, b_ih, b_hh) end

---One step of rnn_relu: the next h.
---
---Shapes: `x [b, i] or [i], hx [b, h] or [h] -> like hx`
---@param x lunette.Tensor
---@param hx? lunette.Tensor
---@param w_ih lunette.Tensor
---@param w_hh lunette.Tensor
---@param b_ih? lunette.Tensor
---@param b_hh? lunette.Tensor
---@return lunette.Tensor out
function lun.rnn_relu_cell(x, hx, w_ih, w_hh, b_ih, b_hh) end

---One step of gru: the next h.
---
---Shapes: `x [b, i] or [i], hx [b, h] or [h] -> like hx`
---@param x lunette.Tensor
---@param hx? lunette.Tensor
---@param w_ih lunette.Tensor
---@param w_hh lunette.Tensor
---@param b_ih? lunette.Tensor
---@param b_hh? lunette.Tensor
---@return lunette.Tensor out
function lun.gru_cell(x, hx, w_ih, w_hh, b_ih, b_hh) end

---One step of lstm: the next h and c.
---
---Shapes: `x [b, i] or [i], hx and cx [b, h] or [h] -> like hx, like cx`
---@param x lunette.Tensor
---@param hx? lunette.Tensor
---@param cx? lunette.Tensor
---@param w_ih lunette.Tensor
---@param w_hh lunette.Tensor
---@param b_ih? lunette.Tensor
---@param b_hh? lunette.Tensor
---@return lunette.Tensor h
---@return lunette.Tensor c
function lun.lstm_cell(x, hx, cx, w_ih, w_hh, b_ih, b_hh) end

---Sequences of different lengths as one tensor, shorter ones filled up with padding_value.
---
---Shapes: `sequences [length, *] -> [longest, n, *], or [n, longest, *] with batch_first`
---@param sequences lunette.Tensor[]
---@param batch_first? boolean (false unless given)
---@param padding_value? number (0 unless given)
---@param padding_side? string (right unless given)
---@return lunette.Tensor out
function lun.pad_sequence(sequences, batch_first, padding_value, padding_side) end

---The steps of padded sequences without the padding, step by step over all sequences still running, and how many those are: what lstm and its kin take. Unless enforce_sorted the sequences are first ordered by length, and the order and its inverse (from 1) follow.
---
---Shapes: `x [t, n, *] -> data [sum of lengths, *], batch_sizes [longest]`
---@param x lunette.Tensor
---@param lengths any
---@param batch_first? boolean (false unless given)
---@param enforce_sorted? boolean (true unless given)
---@return lunette.Tensor data
---@return lunette.Tensor batch_sizes
---@return lunette.Tensor sorted_indices
---@return lunette.Tensor unsorted_indices
function lun.pack_padded_sequence(x, lengths, batch_first, enforce_sorted) end

---The steps of padded sequences without the padding, step by step over all sequences still running, and how many those are: what lstm and its kin take. Unless enforce_sorted the sequences are first ordered by length, and the order and its inverse (from 1) follow.
---
---Shapes: `x [t, n, *] -> data [sum of lengths, *], batch_sizes [longest]`
---@param lengths any
---@param batch_first? boolean (false unless given)
---@param enforce_sorted? boolean (true unless given)
---@return lunette.Tensor data
---@return lunette.Tensor batch_sizes
---@return lunette.Tensor sorted_indices
---@return lunette.Tensor unsorted_indices
function Tensor:pack_padded_sequence(lengths, batch_first, enforce_sorted) end

---pack_padded_sequence undone: padded sequences, and their lengths.
---
---Shapes: `data [sum, *], batch_sizes [t] -> [t, n, *], lengths [n]`
---@param data lunette.Tensor
---@param batch_sizes any
---@param unsorted_indices? lunette.Tensor
---@param batch_first? boolean (false unless given)
---@param padding_value? number (0 unless given)
---@param total_length? integer
---@return lunette.Tensor out
---@return lunette.Tensor lengths
function lun.pad_packed_sequence(data, batch_sizes, unsorted_indices, batch_first, padding_value, total_length) end

---pack_padded_sequence undone: padded sequences, and their lengths.
---
---Shapes: `data [sum, *], batch_sizes [t] -> [t, n, *], lengths [n]`
---@param batch_sizes any
---@param unsorted_indices? lunette.Tensor
---@param batch_first? boolean (false unless given)
---@param padding_value? number (0 unless given)
---@param total_length? integer
---@return lunette.Tensor out
---@return lunette.Tensor lengths
function Tensor:pad_packed_sequence(batch_sizes, unsorted_indices, batch_first, padding_value, total_length) end

---Sequences of different lengths packed step by step: pack_padded_sequence of pad_sequence.
---
---Shapes: `sequences [length, *] -> data [sum of lengths, *], batch_sizes [longest]`
---@param sequences lunette.Tensor[]
---@param enforce_sorted? boolean (true unless given)
---@return lunette.Tensor data
---@return lunette.Tensor batch_sizes
---@return lunette.Tensor sorted_indices
---@return lunette.Tensor unsorted_indices
function lun.pack_sequence(sequences, enforce_sorted) end

---Width times height of each box.
---
---Shapes: `x [n, 4] -> [n]`
---@param x lunette.Tensor
---@return lunette.Tensor out
function lun.box_area(x) end

---Width times height of each box.
---
---Shapes: `x [n, 4] -> [n]`
---@return lunette.Tensor out
function Tensor:box_area() end

---Area of the overlap over area of the union, for each pair of boxes.
---
---Shapes: `x [n, 4], boxes2 [m, 4] -> [n, m]`
---@param x lunette.Tensor
---@param boxes2 lunette.Tensor
---@return lunette.Tensor out
function lun.box_iou(x, boxes2) end

---Area of the overlap over area of the union, for each pair of boxes.
---
---Shapes: `x [n, 4], boxes2 [m, 4] -> [n, m]`
---@param boxes2 lunette.Tensor
---@return lunette.Tensor out
function Tensor:box_iou(boxes2) end

---box_iou minus the share of the smallest box around both that neither covers: from -1 (far apart) to 1.
---
---Shapes: `x [n, 4], boxes2 [m, 4] -> [n, m]`
---@param x lunette.Tensor
---@param boxes2 lunette.Tensor
---@return lunette.Tensor out
function lun.generalized_box_iou(x, boxes2) end

---box_iou minus the share of the smallest box around both that neither covers: from -1 (far apart) to 1.
---
---Shapes: `x [n, 4], boxes2 [m, 4] -> [n, m]`
---@param boxes2 lunette.Tensor
---@return lunette.Tensor out
function Tensor:generalized_box_iou(boxes2) end

---box_iou minus the squared distance of the centres over the squared diagonal of the smallest box around both.
---
---Shapes: `x [n, 4], boxes2 [m, 4] -> [n, m]`
---@param x lunette.Tensor
---@param boxes2 lunette.Tensor
---@param eps? number (1e-7 unless given)
---@return lunette.Tensor out
function lun.distance_box_iou(x, boxes2, eps) end

---box_iou minus the squared distance of the centres over the squared diagonal of the smallest box around both.
---
---Shapes: `x [n, 4], boxes2 [m, 4] -> [n, m]`
---@param boxes2 lunette.Tensor
---@param eps? number (1e-7 unless given)
---@return lunette.Tensor out
function Tensor:distance_box_iou(boxes2, eps) end

---distance_box_iou minus a term for unlike ratios of width and height.
---
---Shapes: `x [n, 4], boxes2 [m, 4] -> [n, m]`
---@param x lunette.Tensor
---@param boxes2 lunette.Tensor
---@param eps? number (1e-7 unless given)
---@return lunette.Tensor out
function lun.complete_box_iou(x, boxes2, eps) end

---distance_box_iou minus a term for unlike ratios of width and height.
---
---Shapes: `x [n, 4], boxes2 [m, 4] -> [n, m]`
---@param boxes2 lunette.Tensor
---@param eps? number (1e-7 unless given)
---@return lunette.Tensor out
function Tensor:complete_box_iou(boxes2, eps) end

---Boxes in another form: "xyxy" (corners), "xywh" (corner and size) or "cxcywh" (centre and size).
---
---Shapes: `x [*, 4] -> [*, 4]`
---@param x lunette.Tensor
---@param in_fmt string
---@param out_fmt string
---@return lunette.Tensor out
function lun.box_convert(x, in_fmt, out_fmt) end

---Boxes in another form: "xyxy" (corners), "xywh" (corner and size) or "cxcywh" (centre and size).
---
---Shapes: `x [*, 4] -> [*, 4]`
---@param in_fmt string
---@param out_fmt string
---@return lunette.Tensor out
function Tensor:box_convert(in_fmt, out_fmt) end

---Boxes with corners moved into an image of size {height, width}.
---
---Shapes: `x [*, 4] -> [*, 4]`
---@param x lunette.Tensor
---@param size integer|integer[]
---@return lunette.Tensor out
function lun.clip_boxes_to_image(x, size) end

---Boxes with corners moved into an image of size {height, width}.
---
---Shapes: `x [*, 4] -> [*, 4]`
---@param size integer|integer[]
---@return lunette.Tensor out
function Tensor:clip_boxes_to_image(size) end

---Positions (from 1) of the boxes that are at least min_size wide and high.
---
---Shapes: `x [n, 4] -> [kept]`
---@param x lunette.Tensor
---@param min_size number
---@return lunette.Tensor out
function lun.remove_small_boxes(x, min_size) end

---Positions (from 1) of the boxes that are at least min_size wide and high.
---
---Shapes: `x [n, 4] -> [kept]`
---@param min_size number
---@return lunette.Tensor out
function Tensor:remove_small_boxes(min_size) end

---Non-maximum suppression: positions (from 1) of boxes, best score first, leaving out those that overlap a better one by more than iou_threshold.
---
---Shapes: `x [n, 4], scores [n] -> [kept]`
---@param x lunette.Tensor
---@param scores lunette.Tensor
---@param iou_threshold number
---@return lunette.Tensor out
function lun.nms(x, scores, iou_threshold) end

---Non-maximum suppression: positions (from 1) of boxes, best score first, leaving out those that overlap a better one by more than iou_threshold.
---
---Shapes: `x [n, 4], scores [n] -> [kept]`
---@param scores lunette.Tensor
---@param iou_threshold number
---@return lunette.Tensor out
function Tensor:nms(scores, iou_threshold) end

---nms in which only boxes of one class (idxs) suppress each other.
---
---Shapes: `x [n, 4], scores [n], idxs [n] -> [kept]`
---@param x lunette.Tensor
---@param scores lunette.Tensor
---@param idxs lunette.Tensor
---@param iou_threshold number
---@return lunette.Tensor out
function lun.batched_nms(x, scores, idxs, iou_threshold) end

---nms in which only boxes of one class (idxs) suppress each other.
---
---Shapes: `x [n, 4], scores [n], idxs [n] -> [kept]`
---@param scores lunette.Tensor
---@param idxs lunette.Tensor
---@param iou_threshold number
---@return lunette.Tensor out
function Tensor:batched_nms(scores, idxs, iou_threshold) end

---Means of points, read between pixels, in a grid of cells over each box of an image. boxes: rows {image from 1, x1, y1, x2, y2}, or a list with the boxes [k, 4] of each image. spatial_scale maps boxes to x, sampling_ratio is points per cell and side (-1: as many as fit), aligned moves boxes by half a pixel.
---
---Shapes: `x [n, c, h, w], boxes [k, 5] -> [k, c, oh, ow]`
---@param x lunette.Tensor
---@param boxes lunette.Tensor[]
---@param output_size integer|integer[]
---@param spatial_scale? number (1 unless given)
---@param sampling_ratio? integer (-1 unless given)
---@param aligned? boolean (false unless given)
---@return lunette.Tensor out
function lun.roi_align(x, boxes, output_size, spatial_scale, sampling_ratio, aligned) end

---Means of points, read between pixels, in a grid of cells over each box of an image. boxes: rows {image from 1, x1, y1, x2, y2}, or a list with the boxes [k, 4] of each image. spatial_scale maps boxes to x, sampling_ratio is points per cell and side (-1: as many as fit), aligned moves boxes by half a pixel.
---
---Shapes: `x [n, c, h, w], boxes [k, 5] -> [k, c, oh, ow]`
---@param boxes lunette.Tensor[]
---@param output_size integer|integer[]
---@param spatial_scale? number (1 unless given)
---@param sampling_ratio? integer (-1 unless given)
---@param aligned? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:roi_align(boxes, output_size, spatial_scale, sampling_ratio, aligned) end

---Largest value in each cell of a grid over each box of an image; cells outside give 0. boxes as for roi_align.
---
---Shapes: `x [n, c, h, w], boxes [k, 5] -> [k, c, oh, ow]`
---@param x lunette.Tensor
---@param boxes lunette.Tensor[]
---@param output_size integer|integer[]
---@param spatial_scale? number (1 unless given)
---@return lunette.Tensor out
function lun.roi_pool(x, boxes, output_size, spatial_scale) end

---Largest value in each cell of a grid over each box of an image; cells outside give 0. boxes as for roi_align.
---
---Shapes: `x [n, c, h, w], boxes [k, 5] -> [k, c, oh, ow]`
---@param boxes lunette.Tensor[]
---@param output_size integer|integer[]
---@param spatial_scale? number (1 unless given)
---@return lunette.Tensor out
function Tensor:roi_pool(boxes, output_size, spatial_scale) end

---Rows of weight picked by number, counting from 1; the row padding_idx gets no gradient. max_norm first shortens, in weight itself, the picked rows that are longer. sparse: the gradient of weight knows the picked rows, and only SGD, Adagrad and SparseAdam take it.
---
---Shapes: `x [*], weight [n, d] -> [*, d]`
---@param x lunette.Tensor|integer[]
---@param weight lunette.Tensor
---@param padding_idx? integer
---@param max_norm? number
---@param norm_type? number (2 unless given)
---@param scale_grad_by_freq? boolean (false unless given)
---@param sparse? boolean (false unless given)
---@return lunette.Tensor out
function lun.embedding(x, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse) end

---Rows of weight picked by number, counting from 1; the row padding_idx gets no gradient. max_norm first shortens, in weight itself, the picked rows that are longer. sparse: the gradient of weight knows the picked rows, and only SGD, Adagrad and SparseAdam take it.
---
---Shapes: `x [*], weight [n, d] -> [*, d]`
---@param weight lunette.Tensor
---@param padding_idx? integer
---@param max_norm? number
---@param norm_type? number (2 unless given)
---@param scale_grad_by_freq? boolean (false unless given)
---@param sparse? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:embedding(weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse) end

---Rows of weight picked by number and folded per bag: their mean, sum or max. A bag is a row of x, or begins at a position (from 1) in offsets. The row padding_idx does not count. sparse: as in embedding.
---
---Shapes: `x [b, n] or [n], weight [rows, d], offsets [b] -> [b, d]`
---@param x lunette.Tensor|integer[]
---@param weight lunette.Tensor
---@param offsets? lunette.Tensor|integer[]
---@param max_norm? number
---@param norm_type? number (2 unless given)
---@param scale_grad_by_freq? boolean (false unless given)
---@param mode? string (mean unless given)
---@param sparse? boolean (false unless given)
---@param per_sample_weights? lunette.Tensor
---@param include_last_offset? boolean (false unless given)
---@param padding_idx? integer
---@return lunette.Tensor out
function lun.embedding_bag(x, weight, offsets, max_norm, norm_type, scale_grad_by_freq, mode, sparse, per_sample_weights, include_last_offset, padding_idx) end

---Rows of weight picked by number and folded per bag: their mean, sum or max. A bag is a row of x, or begins at a position (from 1) in offsets. The row padding_idx does not count. sparse: as in embedding.
---
---Shapes: `x [b, n] or [n], weight [rows, d], offsets [b] -> [b, d]`
---@param weight lunette.Tensor
---@param offsets? lunette.Tensor|integer[]
---@param max_norm? number
---@param norm_type? number (2 unless given)
---@param scale_grad_by_freq? boolean (false unless given)
---@param mode? string (mean unless given)
---@param sparse? boolean (false unless given)
---@param per_sample_weights? lunette.Tensor
---@param include_last_offset? boolean (false unless given)
---@param padding_idx? integer
---@return lunette.Tensor out
function Tensor:embedding_bag(weight, offsets, max_norm, norm_type, scale_grad_by_freq, mode, sparse, per_sample_weights, include_last_offset, padding_idx) end

---Class numbers (from 1) as rows with a single 1; without num_classes as many as the largest number.
---
---Shapes: `x [*] -> [*, classes]`
---@param x lunette.Tensor
---@param num_classes? integer (-1 unless given)
---@return lunette.Tensor out
function lun.one_hot(x, num_classes) end

---Class numbers (from 1) as rows with a single 1; without num_classes as many as the largest number.
---
---Shapes: `x [*] -> [*, classes]`
---@param num_classes? integer (-1 unless given)
---@return lunette.Tensor out
function Tensor:one_hot(num_classes) end

---While training, each element becomes 0 with chance p and the others are divided by 1 - p; else x itself.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param p? number (0.5 unless given)
---@param training? boolean (true unless given)
---@return lunette.Tensor out
function lun.dropout(x, p, training) end

---While training, each element becomes 0 with chance p and the others are divided by 1 - p; else x itself.
---
---Shapes: `x [*] -> [*]`
---@param p? number (0.5 unless given)
---@param training? boolean (true unless given)
---@return lunette.Tensor out
function Tensor:dropout(p, training) end

---While training, each element becomes 0 with chance p and the others are divided by 1 - p; else x itself.
---
---Shapes: `x [*] -> [*]`
---@param p? number (0.5 unless given)
---@param training? boolean (true unless given)
---@return lunette.Tensor x
function Tensor:dropout_(p, training) end

---dropout of whole channels of signals.
---
---Shapes: `x [n, c, l] or [c, l] -> like x`
---@param x lunette.Tensor
---@param p? number (0.5 unless given)
---@param training? boolean (true unless given)
---@return lunette.Tensor out
function lun.dropout1d(x, p, training) end

---dropout of whole channels of signals.
---
---Shapes: `x [n, c, l] or [c, l] -> like x`
---@param p? number (0.5 unless given)
---@param training? boolean (true unless given)
---@return lunette.Tensor out
function Tensor:dropout1d(p, training) end

---dropout of whole channels of signals.
---
---Shapes: `x [n, c, l] or [c, l] -> like x`
---@param p? number (0.5 unless given)
---@param training? boolean (true unless given)
---@return lunette.Tensor x
function Tensor:dropout1d_(p, training) end

---dropout of whole channels of images.
---
---Shapes: `x [n, c, h, w] -> like x`
---@param x lunette.Tensor
---@param p? number (0.5 unless given)
---@param training? boolean (true unless given)
---@return lunette.Tensor out
function lun.dropout2d(x, p, training) end

---dropout of whole channels of images.
---
---Shapes: `x [n, c, h, w] -> like x`
---@param p? number (0.5 unless given)
---@param training? boolean (true unless given)
---@return lunette.Tensor out
function Tensor:dropout2d(p, training) end

---dropout of whole channels of images.
---
---Shapes: `x [n, c, h, w] -> like x`
---@param p? number (0.5 unless given)
---@param training? boolean (true unless given)
---@return lunette.Tensor x
function Tensor:dropout2d_(p, training) end

---dropout of whole channels of volumes.
---
---Shapes: `x [n, c, d, h, w] or [c, d, h, w] -> like x`
---@param x lunette.Tensor
---@param p? number (0.5 unless given)
---@param training? boolean (true unless given)
---@return lunette.Tensor out
function lun.dropout3d(x, p, training) end

---dropout of whole channels of volumes.
---
---Shapes: `x [n, c, d, h, w] or [c, d, h, w] -> like x`
---@param p? number (0.5 unless given)
---@param training? boolean (true unless given)
---@return lunette.Tensor out
function Tensor:dropout3d(p, training) end

---dropout of whole channels of volumes.
---
---Shapes: `x [n, c, d, h, w] or [c, d, h, w] -> like x`
---@param p? number (0.5 unless given)
---@param training? boolean (true unless given)
---@return lunette.Tensor x
function Tensor:dropout3d_(p, training) end

---dropout that keeps mean and variance behind selu: elements become its lowest value, then all are scaled and shifted.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param p? number (0.5 unless given)
---@param training? boolean (false unless given)
---@return lunette.Tensor out
function lun.alpha_dropout(x, p, training) end

---dropout that keeps mean and variance behind selu: elements become its lowest value, then all are scaled and shifted.
---
---Shapes: `x [*] -> [*]`
---@param p? number (0.5 unless given)
---@param training? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:alpha_dropout(p, training) end

---dropout that keeps mean and variance behind selu: elements become its lowest value, then all are scaled and shifted.
---
---Shapes: `x [*] -> [*]`
---@param p? number (0.5 unless given)
---@param training? boolean (false unless given)
---@return lunette.Tensor x
function Tensor:alpha_dropout_(p, training) end

---alpha_dropout of whole channels.
---
---Shapes: `x [n, c, *] -> like x`
---@param x lunette.Tensor
---@param p? number (0.5 unless given)
---@param training? boolean (false unless given)
---@return lunette.Tensor out
function lun.feature_alpha_dropout(x, p, training) end

---alpha_dropout of whole channels.
---
---Shapes: `x [n, c, *] -> like x`
---@param p? number (0.5 unless given)
---@param training? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:feature_alpha_dropout(p, training) end

---alpha_dropout of whole channels.
---
---Shapes: `x [n, c, *] -> like x`
---@param p? number (0.5 unless given)
---@param training? boolean (false unless given)
---@return lunette.Tensor x
function Tensor:feature_alpha_dropout_(p, training) end

---Normalises each channel of x [n, channels, ...]. In training by the batch's own mean and variance, which also move the running ones; else by the running ones.
---
---Shapes: `x [n, channels, *] -> the same`
---@param x lunette.Tensor
---@param running_mean? lunette.Tensor
---@param running_var? lunette.Tensor
---@param weight? lunette.Tensor
---@param bias? lunette.Tensor
---@param training? boolean (false unless given)
---@param momentum? number (0.1 unless given)
---@param eps? number (1e-5 unless given)
---@return lunette.Tensor out
function lun.batch_norm(x, running_mean, running_var, weight, bias, training, momentum, eps) end

---Normalises each channel of x [n, channels, ...]. In training by the batch's own mean and variance, which also move the running ones; else by the running ones.
---
---Shapes: `x [n, channels, *] -> the same`
---@param running_mean? lunette.Tensor
---@param running_var? lunette.Tensor
---@param weight? lunette.Tensor
---@param bias? lunette.Tensor
---@param training? boolean (false unless given)
---@param momentum? number (0.1 unless given)
---@param eps? number (1e-5 unless given)
---@return lunette.Tensor out
function Tensor:batch_norm(running_mean, running_var, weight, bias, training, momentum, eps) end

---Normalises the last dims (normalized_shape) to mean 0 and variance 1, then times weight plus bias.
---
---Shapes: `x [*, normalized_shape] -> the same`
---@param x lunette.Tensor
---@param normalized_shape integer|integer[]
---@param weight? lunette.Tensor
---@param bias? lunette.Tensor
---@param eps? number (1e-5 unless given)
---@return lunette.Tensor out
function lun.layer_norm(x, normalized_shape, weight, bias, eps) end

---Normalises the last dims (normalized_shape) to mean 0 and variance 1, then times weight plus bias.
---
---Shapes: `x [*, normalized_shape] -> the same`
---@param normalized_shape integer|integer[]
---@param weight? lunette.Tensor
---@param bias? lunette.Tensor
---@param eps? number (1e-5 unless given)
---@return lunette.Tensor out
function Tensor:layer_norm(normalized_shape, weight, bias, eps) end

---Divides the last dims (normalized_shape) by the root of the mean of their squares, then times weight. eps defaults to the dtype's own.
---
---Shapes: `x [*, normalized_shape] -> like x`
---@param x lunette.Tensor
---@param normalized_shape integer|integer[]
---@param weight? lunette.Tensor
---@param eps? number
---@return lunette.Tensor out
function lun.rms_norm(x, normalized_shape, weight, eps) end

---Divides the last dims (normalized_shape) by the root of the mean of their squares, then times weight. eps defaults to the dtype's own.
---
---Shapes: `x [*, normalized_shape] -> like x`
---@param normalized_shape integer|integer[]
---@param weight? lunette.Tensor
---@param eps? number
---@return lunette.Tensor out
function Tensor:rms_norm(normalized_shape, weight, eps) end

---Normalises each group of channels of each sample of x [n, channels, ...] to mean 0 and variance 1, then times weight plus bias, one for each channel.
---
---Shapes: `x [n, c, *], weight [c], bias [c] -> [n, c, *]`
---@param x lunette.Tensor
---@param num_groups integer
---@param weight? lunette.Tensor
---@param bias? lunette.Tensor
---@param eps? number (1e-5 unless given)
---@return lunette.Tensor out
function lun.group_norm(x, num_groups, weight, bias, eps) end

---Normalises each group of channels of each sample of x [n, channels, ...] to mean 0 and variance 1, then times weight plus bias, one for each channel.
---
---Shapes: `x [n, c, *], weight [c], bias [c] -> [n, c, *]`
---@param num_groups integer
---@param weight? lunette.Tensor
---@param bias? lunette.Tensor
---@param eps? number (1e-5 unless given)
---@return lunette.Tensor out
function Tensor:group_norm(num_groups, weight, bias, eps) end

---Normalises each channel of each sample of x [n, channels, ...]. With use_input_stats by its own mean and variance, which also move the running ones; else by the running ones.
---
---Shapes: `x [n, c, *] -> [n, c, *]`
---@param x lunette.Tensor
---@param running_mean? lunette.Tensor
---@param running_var? lunette.Tensor
---@param weight? lunette.Tensor
---@param bias? lunette.Tensor
---@param use_input_stats? boolean (true unless given)
---@param momentum? number (0.1 unless given)
---@param eps? number (1e-5 unless given)
---@return lunette.Tensor out
function lun.instance_norm(x, running_mean, running_var, weight, bias, use_input_stats, momentum, eps) end

---Normalises each channel of each sample of x [n, channels, ...]. With use_input_stats by its own mean and variance, which also move the running ones; else by the running ones.
---
---Shapes: `x [n, c, *] -> [n, c, *]`
---@param running_mean? lunette.Tensor
---@param running_var? lunette.Tensor
---@param weight? lunette.Tensor
---@param bias? lunette.Tensor
---@param use_input_stats? boolean (true unless given)
---@param momentum? number (0.1 unless given)
---@param eps? number (1e-5 unless given)
---@return lunette.Tensor out
function Tensor:instance_norm(running_mean, running_var, weight, bias, use_input_stats, momentum, eps) end

---Divides x [n, channels, ...] by (k + alpha m)^beta, where m is the mean of the squares of `size` neighbouring channels.
---
---Shapes: `x [n, c, *] -> [n, c, *]`
---@param x lunette.Tensor
---@param size integer
---@param alpha? number (1e-4 unless given)
---@param beta? number (0.75 unless given)
---@param k? number (1 unless given)
---@return lunette.Tensor out
function lun.local_response_norm(x, size, alpha, beta, k) end

---Divides x [n, channels, ...] by (k + alpha m)^beta, where m is the mean of the squares of `size` neighbouring channels.
---
---Shapes: `x [n, c, *] -> [n, c, *]`
---@param size integer
---@param alpha? number (1e-4 unless given)
---@param beta? number (0.75 unless given)
---@param k? number (1 unless given)
---@return lunette.Tensor out
function Tensor:local_response_norm(size, alpha, beta, k) end

---Divides x by its p-norm along dim, or by eps where the norm is smaller.
---
---Shapes: `x [*] -> [*]`
---@param x lunette.Tensor
---@param p? number (2 unless given)
---@param dim? integer (2 unless given)
---@param eps? number (1e-12 unless given)
---@return lunette.Tensor out
function lun.normalize(x, p, dim, eps) end

---Divides x by its p-norm along dim, or by eps where the norm is smaller.
---
---Shapes: `x [*] -> [*]`
---@param p? number (2 unless given)
---@param dim? integer (2 unless given)
---@param eps? number (1e-12 unless given)
---@return lunette.Tensor out
function Tensor:normalize(p, dim, eps) end

---One step of gradient descent, written into x (and into its momentum_buffer; `first` fills that with the gradient). optim.SGD calls it.
---
---Shapes: `x [*], grad [*], momentum_buffer [*] -> x`
---@param x lunette.Tensor
---@param grad lunette.Tensor
---@param momentum_buffer? lunette.Tensor
---@param lr number
---@param momentum? number (0 unless given)
---@param dampening? number (0 unless given)
---@param weight_decay? number (0 unless given)
---@param nesterov? boolean (false unless given)
---@param first? boolean (false unless given)
---@return lunette.Tensor out
function lun.sgd_step_(x, grad, momentum_buffer, lr, momentum, dampening, weight_decay, nesterov, first) end

---Step number `step` of Adam, written into x and the running mean and square of its gradient. optim.Adam and optim.AdamW (decoupled) call it.
---
---Shapes: `x [*], grad [*], mean [*], square [*] -> x`
---@param x lunette.Tensor
---@param grad lunette.Tensor
---@param mean lunette.Tensor
---@param square lunette.Tensor
---@param step integer
---@param lr? number (0.001 unless given)
---@param beta1? number (0.9 unless given)
---@param beta2? number (0.999 unless given)
---@param eps? number (1e-8 unless given)
---@param weight_decay? number (0 unless given)
---@param decoupled? boolean (false unless given)
---@return lunette.Tensor out
function lun.adam_step_(x, grad, mean, square, step, lr, beta1, beta2, eps, weight_decay, decoupled) end

---Slides weight [out, in / groups, width] over signals x [n, in, length]; x may lack n.
---
---Shapes: `x [n, in, l], weight [out, in / groups, k] -> [n, out, l']`
---@param x lunette.Tensor
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@param stride? integer|integer[] (1 unless given)
---@param padding? integer|integer[]|string (0 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@param groups? integer (1 unless given)
---@return lunette.Tensor out
function lun.conv1d(x, weight, bias, stride, padding, dilation, groups) end

---Slides weight [out, in / groups, width] over signals x [n, in, length]; x may lack n.
---
---Shapes: `x [n, in, l], weight [out, in / groups, k] -> [n, out, l']`
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@param stride? integer|integer[] (1 unless given)
---@param padding? integer|integer[]|string (0 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@param groups? integer (1 unless given)
---@return lunette.Tensor out
function Tensor:conv1d(weight, bias, stride, padding, dilation, groups) end

---Slides weight [out, in / groups, h, w] over images x [n, in, h, w]; x may lack n. stride, padding, dilation: a number or {h, w}; padding also "same" or "valid".
---
---Shapes: `x [n, in, h, w], weight [out, in / groups, kh, kw] -> [n, out, h', w']`
---@param x lunette.Tensor
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@param stride? integer|integer[] (1 unless given)
---@param padding? integer|integer[]|string (0 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@param groups? integer (1 unless given)
---@return lunette.Tensor out
function lun.conv2d(x, weight, bias, stride, padding, dilation, groups) end

---Slides weight [out, in / groups, h, w] over images x [n, in, h, w]; x may lack n. stride, padding, dilation: a number or {h, w}; padding also "same" or "valid".
---
---Shapes: `x [n, in, h, w], weight [out, in / groups, kh, kw] -> [n, out, h', w']`
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@param stride? integer|integer[] (1 unless given)
---@param padding? integer|integer[]|string (0 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@param groups? integer (1 unless given)
---@return lunette.Tensor out
function Tensor:conv2d(weight, bias, stride, padding, dilation, groups) end

---Slides weight [out, in / groups, d, h, w] over volumes x [n, in, d, h, w]; x may lack n.
---
---Shapes: `x [n, in, d, h, w], weight [out, in / groups, kd, kh, kw] -> [n, out, d', h', w']`
---@param x lunette.Tensor
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@param stride? integer|integer[] (1 unless given)
---@param padding? integer|integer[]|string (0 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@param groups? integer (1 unless given)
---@return lunette.Tensor out
function lun.conv3d(x, weight, bias, stride, padding, dilation, groups) end

---Slides weight [out, in / groups, d, h, w] over volumes x [n, in, d, h, w]; x may lack n.
---
---Shapes: `x [n, in, d, h, w], weight [out, in / groups, kd, kh, kw] -> [n, out, d', h', w']`
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@param stride? integer|integer[] (1 unless given)
---@param padding? integer|integer[]|string (0 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@param groups? integer (1 unless given)
---@return lunette.Tensor out
function Tensor:conv3d(weight, bias, stride, padding, dilation, groups) end

---The way back of conv1d: spreads each position of signals x [n, in, length] by weight [in, out / groups, width] and adds up.
---
---Shapes: `x [n, in, l], weight [in, out / groups, k] -> [n, out, l']`
---@param x lunette.Tensor
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@param stride? integer|integer[] (1 unless given)
---@param padding? integer|integer[] (0 unless given)
---@param output_padding? integer|integer[] (0 unless given)
---@param groups? integer (1 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@return lunette.Tensor out
function lun.conv_transpose1d(x, weight, bias, stride, padding, output_padding, groups, dilation) end

---The way back of conv1d: spreads each position of signals x [n, in, length] by weight [in, out / groups, width] and adds up.
---
---Shapes: `x [n, in, l], weight [in, out / groups, k] -> [n, out, l']`
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@param stride? integer|integer[] (1 unless given)
---@param padding? integer|integer[] (0 unless given)
---@param output_padding? integer|integer[] (0 unless given)
---@param groups? integer (1 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@return lunette.Tensor out
function Tensor:conv_transpose1d(weight, bias, stride, padding, output_padding, groups, dilation) end

---The way back of conv2d: spreads each position of images x [n, in, h, w] by weight [in, out / groups, h, w] and adds up.
---
---Shapes: `x [n, in, h, w], weight [in, out / groups, kh, kw] -> [n, out, h', w']`
---@param x lunette.Tensor
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@param stride? integer|integer[] (1 unless given)
---@param padding? integer|integer[] (0 unless given)
---@param output_padding? integer|integer[] (0 unless given)
---@param groups? integer (1 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@return lunette.Tensor out
function lun.conv_transpose2d(x, weight, bias, stride, padding, output_padding, groups, dilation) end

---The way back of conv2d: spreads each position of images x [n, in, h, w] by weight [in, out / groups, h, w] and adds up.
---
---Shapes: `x [n, in, h, w], weight [in, out / groups, kh, kw] -> [n, out, h', w']`
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@param stride? integer|integer[] (1 unless given)
---@param padding? integer|integer[] (0 unless given)
---@param output_padding? integer|integer[] (0 unless given)
---@param groups? integer (1 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@return lunette.Tensor out
function Tensor:conv_transpose2d(weight, bias, stride, padding, output_padding, groups, dilation) end

---The way back of conv3d: spreads each position of volumes x [n, in, d, h, w] by weight [in, out / groups, d, h, w] and adds up.
---
---Shapes: `x [n, in, d, h, w], weight [in, out / groups, kd, kh, kw] -> [n, out, d', h', w']`
---@param x lunette.Tensor
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@param stride? integer|integer[] (1 unless given)
---@param padding? integer|integer[] (0 unless given)
---@param output_padding? integer|integer[] (0 unless given)
---@param groups? integer (1 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@return lunette.Tensor out
function lun.conv_transpose3d(x, weight, bias, stride, padding, output_padding, groups, dilation) end

---The way back of conv3d: spreads each position of volumes x [n, in, d, h, w] by weight [in, out / groups, d, h, w] and adds up.
---
---Shapes: `x [n, in, d, h, w], weight [in, out / groups, kd, kh, kw] -> [n, out, d', h', w']`
---@param weight lunette.Tensor
---@param bias? lunette.Tensor
---@param stride? integer|integer[] (1 unless given)
---@param padding? integer|integer[] (0 unless given)
---@param output_padding? integer|integer[] (0 unless given)
---@param groups? integer (1 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@return lunette.Tensor out
function Tensor:conv_transpose3d(weight, bias, stride, padding, output_padding, groups, dilation) end

---The windows of images x [n, channels, h, w] as columns: row (channel, window element), column (window). PyTorch's nn.functional.unfold.
---
---Shapes: `x [n, c, h, w] -> [n, c kh kw, windows]`
---@param x lunette.Tensor
---@param kernel_size integer|integer[]
---@param dilation? integer|integer[] (1 unless given)
---@param padding? integer|integer[] (0 unless given)
---@param stride? integer|integer[] (1 unless given)
---@return lunette.Tensor out
function lun.im2col(x, kernel_size, dilation, padding, stride) end

---The windows of images x [n, channels, h, w] as columns: row (channel, window element), column (window). PyTorch's nn.functional.unfold.
---
---Shapes: `x [n, c, h, w] -> [n, c kh kw, windows]`
---@param kernel_size integer|integer[]
---@param dilation? integer|integer[] (1 unless given)
---@param padding? integer|integer[] (0 unless given)
---@param stride? integer|integer[] (1 unless given)
---@return lunette.Tensor out
function Tensor:im2col(kernel_size, dilation, padding, stride) end

---Adds the columns of im2col up where they came from, into images of output_size {h, w}. PyTorch's nn.functional.fold.
---
---Shapes: `x [n, c kh kw, windows] -> [n, c, h, w]`
---@param x lunette.Tensor
---@param output_size integer|integer[]
---@param kernel_size integer|integer[]
---@param dilation? integer|integer[] (1 unless given)
---@param padding? integer|integer[] (0 unless given)
---@param stride? integer|integer[] (1 unless given)
---@return lunette.Tensor out
function lun.col2im(x, output_size, kernel_size, dilation, padding, stride) end

---Adds the columns of im2col up where they came from, into images of output_size {h, w}. PyTorch's nn.functional.fold.
---
---Shapes: `x [n, c kh kw, windows] -> [n, c, h, w]`
---@param output_size integer|integer[]
---@param kernel_size integer|integer[]
---@param dilation? integer|integer[] (1 unless given)
---@param padding? integer|integer[] (0 unless given)
---@param stride? integer|integer[] (1 unless given)
---@return lunette.Tensor out
function Tensor:col2im(output_size, kernel_size, dilation, padding, stride) end

---Turns channels into space: [..., c r^2, h, w] becomes [..., c, h r, w r].
---
---Shapes: `x [*, c r^2, h, w] -> [*, c, h r, w r]`
---@param x lunette.Tensor
---@param upscale_factor integer
---@return lunette.Tensor out
function lun.pixel_shuffle(x, upscale_factor) end

---Turns channels into space: [..., c r^2, h, w] becomes [..., c, h r, w r].
---
---Shapes: `x [*, c r^2, h, w] -> [*, c, h r, w r]`
---@param upscale_factor integer
---@return lunette.Tensor out
function Tensor:pixel_shuffle(upscale_factor) end

---Turns space into channels: [..., c, h r, w r] becomes [..., c r^2, h, w].
---
---Shapes: `x [*, c, h r, w r] -> [*, c r^2, h, w]`
---@param x lunette.Tensor
---@param downscale_factor integer
---@return lunette.Tensor out
function lun.pixel_unshuffle(x, downscale_factor) end

---Turns space into channels: [..., c, h r, w r] becomes [..., c r^2, h, w].
---
---Shapes: `x [*, c, h r, w r] -> [*, c r^2, h, w]`
---@param downscale_factor integer
---@return lunette.Tensor out
function Tensor:pixel_unshuffle(downscale_factor) end

---Deals the channels of x [n, channels, ...] out anew: those of several groups are taken in turn.
---
---Shapes: `x [n, c, *] -> [n, c, *]`
---@param x lunette.Tensor
---@param groups integer
---@return lunette.Tensor out
function lun.channel_shuffle(x, groups) end

---Deals the channels of x [n, channels, ...] out anew: those of several groups are taken in turn.
---
---Shapes: `x [n, c, *] -> [n, c, *]`
---@param groups integer
---@return lunette.Tensor out
function Tensor:channel_shuffle(groups) end

---Largest value of each window of signals [n, channels, length]; return_indices gives their positions as well.
---
---Shapes: `x [n, c, l] -> [n, c, l']`
---@param x lunette.Tensor
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@param ceil_mode? boolean (false unless given)
---@param return_indices? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.max_pool1d(x, kernel_size, stride, padding, dilation, ceil_mode, return_indices) end

---Largest value of each window of signals [n, channels, length]; return_indices gives their positions as well.
---
---Shapes: `x [n, c, l] -> [n, c, l']`
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@param ceil_mode? boolean (false unless given)
---@param return_indices? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:max_pool1d(kernel_size, stride, padding, dilation, ceil_mode, return_indices) end

---Largest value of each window of images [n, channels, h, w]; stride defaults to kernel_size. return_indices gives their positions in the plane, counted from 1, as well.
---
---Shapes: `x [n, c, h, w] -> [n, c, h', w']`
---@param x lunette.Tensor
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@param ceil_mode? boolean (false unless given)
---@param return_indices? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.max_pool2d(x, kernel_size, stride, padding, dilation, ceil_mode, return_indices) end

---Largest value of each window of images [n, channels, h, w]; stride defaults to kernel_size. return_indices gives their positions in the plane, counted from 1, as well.
---
---Shapes: `x [n, c, h, w] -> [n, c, h', w']`
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@param ceil_mode? boolean (false unless given)
---@param return_indices? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:max_pool2d(kernel_size, stride, padding, dilation, ceil_mode, return_indices) end

---Largest value of each window of volumes [n, channels, d, h, w]; return_indices gives their positions as well.
---
---Shapes: `x [n, c, d, h, w] -> [n, c, d', h', w']`
---@param x lunette.Tensor
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@param ceil_mode? boolean (false unless given)
---@param return_indices? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.max_pool3d(x, kernel_size, stride, padding, dilation, ceil_mode, return_indices) end

---Largest value of each window of volumes [n, channels, d, h, w]; return_indices gives their positions as well.
---
---Shapes: `x [n, c, d, h, w] -> [n, c, d', h', w']`
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param dilation? integer|integer[] (1 unless given)
---@param ceil_mode? boolean (false unless given)
---@param return_indices? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:max_pool3d(kernel_size, stride, padding, dilation, ceil_mode, return_indices) end

---Largest values of windows chosen so that the result has the given length.
---
---Shapes: `x [n, c, l] -> [n, c, output_size]`
---@param x lunette.Tensor
---@param output_size integer|integer[]
---@param return_indices? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.adaptive_max_pool1d(x, output_size, return_indices) end

---Largest values of windows chosen so that the result has the given length.
---
---Shapes: `x [n, c, l] -> [n, c, output_size]`
---@param output_size integer|integer[]
---@param return_indices? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:adaptive_max_pool1d(output_size, return_indices) end

---Largest values of windows chosen so that the result has the given height and width.
---
---Shapes: `x [n, c, h, w] -> [n, c, output_size]`
---@param x lunette.Tensor
---@param output_size integer|integer[]
---@param return_indices? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.adaptive_max_pool2d(x, output_size, return_indices) end

---Largest values of windows chosen so that the result has the given height and width.
---
---Shapes: `x [n, c, h, w] -> [n, c, output_size]`
---@param output_size integer|integer[]
---@param return_indices? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:adaptive_max_pool2d(output_size, return_indices) end

---Largest values of windows chosen so that the result has the given depth, height and width.
---
---Shapes: `x [n, c, d, h, w] -> [n, c, output_size]`
---@param x lunette.Tensor
---@param output_size integer|integer[]
---@param return_indices? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.adaptive_max_pool3d(x, output_size, return_indices) end

---Largest values of windows chosen so that the result has the given depth, height and width.
---
---Shapes: `x [n, c, d, h, w] -> [n, c, output_size]`
---@param output_size integer|integer[]
---@param return_indices? boolean (false unless given)
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:adaptive_max_pool3d(output_size, return_indices) end

---Largest values of windows of kernel_size that begin at random, evenly spread positions, for a result of output_size, or of output_ratio times the input's size. random_samples [n, channels, 2] between 0 and 1 fix the positions.
---
---Shapes: `x [n, c, h, w] -> [n, c, output_size]`
---@param x lunette.Tensor
---@param kernel_size integer|integer[]
---@param output_size? integer|integer[]
---@param output_ratio? number|number[]
---@param return_indices? boolean (false unless given)
---@param random_samples? lunette.Tensor
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.fractional_max_pool2d(x, kernel_size, output_size, output_ratio, return_indices, random_samples) end

---Largest values of windows of kernel_size that begin at random, evenly spread positions, for a result of output_size, or of output_ratio times the input's size. random_samples [n, channels, 2] between 0 and 1 fix the positions.
---
---Shapes: `x [n, c, h, w] -> [n, c, output_size]`
---@param kernel_size integer|integer[]
---@param output_size? integer|integer[]
---@param output_ratio? number|number[]
---@param return_indices? boolean (false unless given)
---@param random_samples? lunette.Tensor
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:fractional_max_pool2d(kernel_size, output_size, output_ratio, return_indices, random_samples) end

---Largest values of windows of kernel_size that begin at random, evenly spread positions of volumes; see fractional_max_pool2d.
---
---Shapes: `x [n, c, d, h, w] -> [n, c, output_size]`
---@param x lunette.Tensor
---@param kernel_size integer|integer[]
---@param output_size? integer|integer[]
---@param output_ratio? number|number[]
---@param return_indices? boolean (false unless given)
---@param random_samples? lunette.Tensor
---@return lunette.Tensor values
---@return lunette.Tensor indices
function lun.fractional_max_pool3d(x, kernel_size, output_size, output_ratio, return_indices, random_samples) end

---Largest values of windows of kernel_size that begin at random, evenly spread positions of volumes; see fractional_max_pool2d.
---
---Shapes: `x [n, c, d, h, w] -> [n, c, output_size]`
---@param kernel_size integer|integer[]
---@param output_size? integer|integer[]
---@param output_ratio? number|number[]
---@param return_indices? boolean (false unless given)
---@param random_samples? lunette.Tensor
---@return lunette.Tensor values
---@return lunette.Tensor indices
function Tensor:fractional_max_pool3d(kernel_size, output_size, output_ratio, return_indices, random_samples) end

---Puts the values of max_pool1d back at their indices, zeros elsewhere. output_size chooses among the lengths that give this result.
---
---Shapes: `x [n, c, l], indices [n, c, l] -> [n, c, l']`
---@param x lunette.Tensor
---@param indices lunette.Tensor|integer[]
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param output_size? integer|integer[]
---@return lunette.Tensor out
function lun.max_unpool1d(x, indices, kernel_size, stride, padding, output_size) end

---Puts the values of max_pool1d back at their indices, zeros elsewhere. output_size chooses among the lengths that give this result.
---
---Shapes: `x [n, c, l], indices [n, c, l] -> [n, c, l']`
---@param indices lunette.Tensor|integer[]
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param output_size? integer|integer[]
---@return lunette.Tensor out
function Tensor:max_unpool1d(indices, kernel_size, stride, padding, output_size) end

---Puts the values of max_pool2d back at their indices in the plane (from 1), zeros elsewhere. output_size chooses among the sizes that give this result.
---
---Shapes: `x [n, c, h, w], indices [n, c, h, w] -> [n, c, h', w']`
---@param x lunette.Tensor
---@param indices lunette.Tensor|integer[]
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param output_size? integer|integer[]
---@return lunette.Tensor out
function lun.max_unpool2d(x, indices, kernel_size, stride, padding, output_size) end

---Puts the values of max_pool2d back at their indices in the plane (from 1), zeros elsewhere. output_size chooses among the sizes that give this result.
---
---Shapes: `x [n, c, h, w], indices [n, c, h, w] -> [n, c, h', w']`
---@param indices lunette.Tensor|integer[]
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param output_size? integer|integer[]
---@return lunette.Tensor out
function Tensor:max_unpool2d(indices, kernel_size, stride, padding, output_size) end

---Puts the values of max_pool3d back at their indices in the volume (from 1), zeros elsewhere.
---
---Shapes: `x [n, c, d, h, w], indices alike -> [n, c, d', h', w']`
---@param x lunette.Tensor
---@param indices lunette.Tensor|integer[]
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param output_size? integer|integer[]
---@return lunette.Tensor out
function lun.max_unpool3d(x, indices, kernel_size, stride, padding, output_size) end

---Puts the values of max_pool3d back at their indices in the volume (from 1), zeros elsewhere.
---
---Shapes: `x [n, c, d, h, w], indices alike -> [n, c, d', h', w']`
---@param indices lunette.Tensor|integer[]
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param output_size? integer|integer[]
---@return lunette.Tensor out
function Tensor:max_unpool3d(indices, kernel_size, stride, padding, output_size) end

---Mean of each window of signals [n, channels, length]; stride defaults to kernel_size.
---
---Shapes: `x [n, c, l] -> [n, c, l']`
---@param x lunette.Tensor
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param ceil_mode? boolean (false unless given)
---@param count_include_pad? boolean (true unless given)
---@return lunette.Tensor out
function lun.avg_pool1d(x, kernel_size, stride, padding, ceil_mode, count_include_pad) end

---Mean of each window of signals [n, channels, length]; stride defaults to kernel_size.
---
---Shapes: `x [n, c, l] -> [n, c, l']`
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param ceil_mode? boolean (false unless given)
---@param count_include_pad? boolean (true unless given)
---@return lunette.Tensor out
function Tensor:avg_pool1d(kernel_size, stride, padding, ceil_mode, count_include_pad) end

---Mean of each window of images [n, channels, h, w]; stride defaults to kernel_size.
---
---Shapes: `x [n, c, h, w] -> [n, c, h', w']`
---@param x lunette.Tensor
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param ceil_mode? boolean (false unless given)
---@param count_include_pad? boolean (true unless given)
---@param divisor_override? integer
---@return lunette.Tensor out
function lun.avg_pool2d(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override) end

---Mean of each window of images [n, channels, h, w]; stride defaults to kernel_size.
---
---Shapes: `x [n, c, h, w] -> [n, c, h', w']`
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param ceil_mode? boolean (false unless given)
---@param count_include_pad? boolean (true unless given)
---@param divisor_override? integer
---@return lunette.Tensor out
function Tensor:avg_pool2d(kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override) end

---Mean of each window of volumes [n, channels, d, h, w]; stride defaults to kernel_size.
---
---Shapes: `x [n, c, d, h, w] -> [n, c, d', h', w']`
---@param x lunette.Tensor
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param ceil_mode? boolean (false unless given)
---@param count_include_pad? boolean (true unless given)
---@param divisor_override? integer
---@return lunette.Tensor out
function lun.avg_pool3d(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override) end

---Mean of each window of volumes [n, channels, d, h, w]; stride defaults to kernel_size.
---
---Shapes: `x [n, c, d, h, w] -> [n, c, d', h', w']`
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[] (0 unless given)
---@param ceil_mode? boolean (false unless given)
---@param count_include_pad? boolean (true unless given)
---@param divisor_override? integer
---@return lunette.Tensor out
function Tensor:avg_pool3d(kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override) end

---Means of windows chosen so that the result has the given length.
---
---Shapes: `x [n, c, l] -> [n, c, output_size]`
---@param x lunette.Tensor
---@param output_size integer|integer[]
---@return lunette.Tensor out
function lun.adaptive_avg_pool1d(x, output_size) end

---Means of windows chosen so that the result has the given length.
---
---Shapes: `x [n, c, l] -> [n, c, output_size]`
---@param output_size integer|integer[]
---@return lunette.Tensor out
function Tensor:adaptive_avg_pool1d(output_size) end

---Means of windows chosen so that the result has the given height and width.
---
---Shapes: `x [n, c, h, w] -> [n, c, output_size]`
---@param x lunette.Tensor
---@param output_size integer|integer[]
---@return lunette.Tensor out
function lun.adaptive_avg_pool2d(x, output_size) end

---Means of windows chosen so that the result has the given height and width.
---
---Shapes: `x [n, c, h, w] -> [n, c, output_size]`
---@param output_size integer|integer[]
---@return lunette.Tensor out
function Tensor:adaptive_avg_pool2d(output_size) end

---Means of windows chosen so that the result has the given depth, height and width.
---
---Shapes: `x [n, c, d, h, w] -> [n, c, output_size]`
---@param x lunette.Tensor
---@param output_size integer|integer[]
---@return lunette.Tensor out
function lun.adaptive_avg_pool3d(x, output_size) end

---Means of windows chosen so that the result has the given depth, height and width.
---
---Shapes: `x [n, c, d, h, w] -> [n, c, output_size]`
---@param output_size integer|integer[]
---@return lunette.Tensor out
function Tensor:adaptive_avg_pool3d(output_size) end

---The p-norm (p = norm_type) of each window of signals [n, channels, length]: (sum of x^p)^(1/p).
---
---Shapes: `x [n, c, l] -> [n, c, l']`
---@param x lunette.Tensor
---@param norm_type number
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param ceil_mode? boolean (false unless given)
---@return lunette.Tensor out
function lun.lp_pool1d(x, norm_type, kernel_size, stride, ceil_mode) end

---The p-norm (p = norm_type) of each window of signals [n, channels, length]: (sum of x^p)^(1/p).
---
---Shapes: `x [n, c, l] -> [n, c, l']`
---@param norm_type number
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param ceil_mode? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:lp_pool1d(norm_type, kernel_size, stride, ceil_mode) end

---The p-norm (p = norm_type) of each window of images [n, channels, h, w]: (sum of x^p)^(1/p).
---
---Shapes: `x [n, c, h, w] -> [n, c, h', w']`
---@param x lunette.Tensor
---@param norm_type number
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param ceil_mode? boolean (false unless given)
---@return lunette.Tensor out
function lun.lp_pool2d(x, norm_type, kernel_size, stride, ceil_mode) end

---The p-norm (p = norm_type) of each window of images [n, channels, h, w]: (sum of x^p)^(1/p).
---
---Shapes: `x [n, c, h, w] -> [n, c, h', w']`
---@param norm_type number
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param ceil_mode? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:lp_pool2d(norm_type, kernel_size, stride, ceil_mode) end

---The p-norm (p = norm_type) of each window of volumes [n, channels, d, h, w]: (sum of x^p)^(1/p).
---
---Shapes: `x [n, c, d, h, w] -> [n, c, d', h', w']`
---@param x lunette.Tensor
---@param norm_type number
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param ceil_mode? boolean (false unless given)
---@return lunette.Tensor out
function lun.lp_pool3d(x, norm_type, kernel_size, stride, ceil_mode) end

---The p-norm (p = norm_type) of each window of volumes [n, channels, d, h, w]: (sum of x^p)^(1/p).
---
---Shapes: `x [n, c, d, h, w] -> [n, c, d', h', w']`
---@param norm_type number
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param ceil_mode? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:lp_pool3d(norm_type, kernel_size, stride, ceil_mode) end

---Resizes signals, images or volumes x [n, channels, sizes] to size, or by scale_factor. mode: nearest, nearest-exact, linear, bilinear, bicubic, trilinear or area; antialias widens the filter of bilinear and bicubic when shrinking.
---
---Shapes: `x [n, c, *] -> [n, c, *]`
---@param x lunette.Tensor
---@param size? integer|integer[]
---@param scale_factor? number|number[]
---@param mode? string (nearest unless given)
---@param align_corners? boolean
---@param recompute_scale_factor? boolean
---@param antialias? boolean (false unless given)
---@return lunette.Tensor out
function lun.interpolate(x, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias) end

---Resizes signals, images or volumes x [n, channels, sizes] to size, or by scale_factor. mode: nearest, nearest-exact, linear, bilinear, bicubic, trilinear or area; antialias widens the filter of bilinear and bicubic when shrinking.
---
---Shapes: `x [n, c, *] -> [n, c, *]`
---@param size? integer|integer[]
---@param scale_factor? number|number[]
---@param mode? string (nearest unless given)
---@param align_corners? boolean
---@param recompute_scale_factor? boolean
---@param antialias? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:interpolate(size, scale_factor, mode, align_corners, recompute_scale_factor, antialias) end

---An older name of interpolate.
---
---Shapes: `x [n, c, *] -> [n, c, *]`
---@param x lunette.Tensor
---@param size? integer|integer[]
---@param scale_factor? number|number[]
---@param mode? string (nearest unless given)
---@param align_corners? boolean
---@return lunette.Tensor out
function lun.upsample(x, size, scale_factor, mode, align_corners) end

---An older name of interpolate.
---
---Shapes: `x [n, c, *] -> [n, c, *]`
---@param size? integer|integer[]
---@param scale_factor? number|number[]
---@param mode? string (nearest unless given)
---@param align_corners? boolean
---@return lunette.Tensor out
function Tensor:upsample(size, scale_factor, mode, align_corners) end

---interpolate with mode = "nearest".
---
---Shapes: `x [n, c, *] -> [n, c, *]`
---@param x lunette.Tensor
---@param size? integer|integer[]
---@param scale_factor? number|number[]
---@return lunette.Tensor out
function lun.upsample_nearest(x, size, scale_factor) end

---interpolate with mode = "nearest".
---
---Shapes: `x [n, c, *] -> [n, c, *]`
---@param size? integer|integer[]
---@param scale_factor? number|number[]
---@return lunette.Tensor out
function Tensor:upsample_nearest(size, scale_factor) end

---interpolate of images with mode = "bilinear" and align_corners = true.
---
---Shapes: `x [n, c, h, w] -> [n, c, h', w']`
---@param x lunette.Tensor
---@param size? integer|integer[]
---@param scale_factor? number|number[]
---@return lunette.Tensor out
function lun.upsample_bilinear(x, size, scale_factor) end

---interpolate of images with mode = "bilinear" and align_corners = true.
---
---Shapes: `x [n, c, h, w] -> [n, c, h', w']`
---@param size? integer|integer[]
---@param scale_factor? number|number[]
---@return lunette.Tensor out
function Tensor:upsample_bilinear(size, scale_factor) end

---Reads images x [n, channels, h, w] at the places of grid [n, h', w', 2], x before y, from -1 to 1 across the image; volumes with a grid of 3. mode: bilinear, nearest or bicubic; padding_mode: zeros, border or reflection.
---
---Shapes: `x [n, c, h, w], grid [n, h', w', 2] -> [n, c, h', w']`
---@param x lunette.Tensor
---@param grid lunette.Tensor
---@param mode? string (bilinear unless given)
---@param padding_mode? string (zeros unless given)
---@param align_corners? boolean (false unless given)
---@return lunette.Tensor out
function lun.grid_sample(x, grid, mode, padding_mode, align_corners) end

---Reads images x [n, channels, h, w] at the places of grid [n, h', w', 2], x before y, from -1 to 1 across the image; volumes with a grid of 3. mode: bilinear, nearest or bicubic; padding_mode: zeros, border or reflection.
---
---Shapes: `x [n, c, h, w], grid [n, h', w', 2] -> [n, c, h', w']`
---@param grid lunette.Tensor
---@param mode? string (bilinear unless given)
---@param padding_mode? string (zeros unless given)
---@param align_corners? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:grid_sample(grid, mode, padding_mode, align_corners) end

---The grid that grid_sample needs to show an image of the given size moved by the affine maps theta [n, 2, 3] (volumes: [n, 3, 4]).
---
---Shapes: `theta [n, 2, 3] -> [n, h, w, 2]`
---@param theta lunette.Tensor
---@param size integer|integer[]
---@param align_corners? boolean (false unless given)
---@return lunette.Tensor out
function lun.affine_grid(theta, size, align_corners) end

---The grid that grid_sample needs to show an image of the given size moved by the affine maps theta [n, 2, 3] (volumes: [n, 3, 4]).
---
---Shapes: `theta [n, 2, 3] -> [n, h, w, 2]`
---@param size integer|integer[]
---@param align_corners? boolean (false unless given)
---@return lunette.Tensor out
function Tensor:affine_grid(size, align_corners) end

---A tensor of a number, a boolean or nested tables. Whole numbers give int64, any fraction float32, booleans bool, complex numbers (lun.complex(1, 2) or {re = 1, im = 2}) complex64.
---
---`lun.tensor(values, {dtype, device, requires_grad})`
function lun.tensor(...) end

---Is x a tensor? A Lua boolean.
---
---`lun.is_tensor(x)`
function lun.is_tensor(...) end

---Positions or labels that count from 0, as files have them, made to count from 1; int64.
---
---`x:from_zero_based()`
function Tensor:from_zero_based(...) end

function lun.from_zero_based(...) end

---A matrix as a map of colours, or with its numbers when it is small: lun.plot.heat.
---
---`x:heat{title, range, row_names, column_names}`
function Tensor:heat(...) end

---How often which values occur: lun.plot.hist.
---
---`x:hist{title, bins}`
function Tensor:hist(...) end

---H x W or C x H x W as a picture, a batch as a mosaic: lun.plot.image.
---
---`x:img{title, range, across}`
function Tensor:img(...) end

---One element as a Lua number or boolean; of a complex tensor as a complex number.
---
---`x:item() or x:item(i, j)`
function Tensor:item(...) end

---All elements as nested Lua tables; complex ones are {re = 1, im = 2}.
---
---`x:totable()`
function Tensor:totable(...) end

---The size of a dim (from 1, or -1 for the last), or all sizes; also x.shape.
---
---`x:size(dim) or x:size()`
function Tensor:size(...) end

---The sizes as several results: local b, c = x:dims().
---
---`x:dims()`
function Tensor:dims(...) end

---How many elements lie between neighbours of a dim.
---
---`x:stride(dim) or x:stride()`
function Tensor:stride(...) end

---The number of elements.
---
---`x:numel()`
function Tensor:numel(...) end

function lun.numel(...) end

---Do the elements lie in memory in row-major order without gaps?
---
---`x:is_contiguous()`
function Tensor:is_contiguous(...) end

---Has x a complex dtype?
---
---`x:is_complex()`
function Tensor:is_complex(...) end

function lun.is_complex(...) end

---Has x a float dtype (float16, bfloat16, float32, float64)?
---
---`x:is_floating_point()`
function Tensor:is_floating_point(...) end

function lun.is_floating_point(...) end

---x itself when it is contiguous, else a copy that is.
---
---`x:contiguous()`
function Tensor:contiguous(...) end

---Walks dim 1: the position and a view of each row.
---
---`for i, row in x:rows() do`
function Tensor:rows(...) end

---x converted or moved; x itself when nothing changes.
---
---`x:to(dtype), x:to(device), x:to(y), x:to{dtype = ..., device = ...}`
function Tensor:to(...) end

---x in y's dtype and device.
---
---`x:type_as(y)`
function Tensor:type_as(...) end

---x as float32.
---
---`x:float()`
function Tensor:float(...) end

---x as float64.
---
---`x:double()`
function Tensor:double(...) end

---x as float16.
---
---`x:half()`
function Tensor:half(...) end

---x as bfloat16.
---
---`x:bfloat16()`
function Tensor:bfloat16(...) end

---x as int64, fractions cut off.
---
---`x:long()`
function Tensor:long(...) end

---x as int32, fractions cut off.
---
---`x:int()`
function Tensor:int(...) end

---x as int16, fractions cut off.
---
---`x:short()`
function Tensor:short(...) end

---x as int8, fractions cut off.
---
---`x:char()`
function Tensor:char(...) end

---x as uint8, fractions cut off.
---
---`x:byte()`
function Tensor:byte(...) end

---Where x is not zero.
---
---`x:bool()`
function Tensor:bool(...) end

---x as complex64.
---
---`x:cfloat()`
function Tensor:cfloat(...) end

---x as complex128.
---
---`x:cdouble()`
function Tensor:cdouble(...) end

---x in the computer's own memory.
---
---`x:cpu()`
function Tensor:cpu(...) end

---x on a GPU; an error where there is none.
---
---`x:cuda(index)`
function Tensor:cuda(...) end

---Writes 0 into every element.
---
---`x:zero_()`
function Tensor:zero_(...) end

---Gives x's memory back now; using x later is an error that names this line.
---
---`x:free()`
function Tensor:free(...) end

---Adds dx/dp to p.grad of every leaf p that x was computed from. x is one number, or its gradient is given.
---
---`x:backward{gradient, retain_graph = false, create_graph = false}`
function Tensor:backward(...) end

---Gradients of outputs with respect to inputs, returned instead of added to .grad. Of a function: the function that gives the gradient of f's result for its first argument, and then f's results.
---
---`lun.grad(outputs, inputs, {grad_outputs, retain_graph, create_graph, allow_unused}) or lun.grad(f)`
function lun.grad(...) end

---The same data without its history.
---
---`x:detach()`
function Tensor:detach(...) end

---Makes a leaf collect a gradient, or no more.
---
---`x:requires_grad_(wanted = true)`
function Tensor:requires_grad_(...) end

---Keeps the gradient of a result (not only of leaves) in x.grad.
---
---`x:retain_grad()`
function Tensor:retain_grad(...) end

---f(gradient) is called in backward; what it returns replaces the gradient. Gives a handle with :remove().
---
---`x:register_hook(f)`
function Tensor:register_hook(...) end

---Runs f without recording and returns its results.
---
---`lun.no_grad(f)`
function lun.no_grad(...) end

---Runs f with recording, also inside no_grad.
---
---`lun.enable_grad(f)`
function lun.enable_grad(...) end

---Switches recording on or off from here.
---
---`lun.set_grad_enabled(wanted)`
function lun.set_grad_enabled(...) end

---Is recording on?
---
---`lun.is_grad_enabled()`
function lun.is_grad_enabled(...) end

---f(...), whose intermediate values are not kept but computed again in backward: less memory, the same bits, dropout included.
---
---`lun.checkpoint(f, ...)`

---f, whose ops wait until a value is needed (item, printing, an op that cannot wait) and then run together: elementwise chains as one, what nobody needs or was computed already not at all. f runs anew in each call, so branches, sizes and learning rates are those of the call, and results, gradients and random numbers have the same bits. f may be a module or a whole training step. An option switches a pass off; lun.graph.explain(g) tells what was done.
---
---`lun.compile(f, {fuse = true, dead = true, common = true, constant = true})`

---What the compiled function g did, as a text. lun.graph.counts(g) has the numbers, lun.graph.run() runs what waits now.
---
---`lun.graph.explain(g)`

---A function that applies f, written for one example, to a batch; in_dims = {1, false} maps over the first argument only. Elementwise ops, reductions, products and shape ops run once for the whole batch; where f uses anything else it is called again for each example, and the results are stacked.
---
---`lun.vmap(f, in_dims = 1, out_dims = 1)`

---Adds an op written in Lua to the op table: function, method, help, gradient, breakpoints and tests come with it. Defining it again replaces it.
---
---`lun.op.define{name, args, help, forward, backward, infer, returns, sample, bad, demo, shapes, see, dtypes, inplace, no_grad}`

---triplet_margin_loss with a distance of your own: a function of two tensors. Without one, the distance along the last dim.
---
---`lun.triplet_margin_with_distance_loss(x, positive, negative, {distance_function, margin = 1, swap = false, reduction = "mean"})`

---Transformations of functions: grad, grad_and_value, jacrev, jacfwd, hessian, vmap give functions; vjp(f, ...) and jvp(f, primals, tangents) give results and a product.
---
---`lun.func.grad(f, argnums = 1)`

---Derivative of every element of f's results for every element of the inputs: shape [result..., input...].
---
---`lun.autograd.jacobian(f, inputs, {create_graph, strict})`

---Second derivatives of f's one number, shape [input..., input...].
---
---`lun.autograd.hessian(f, inputs, {create_graph, strict})`

---f's results, and v times f's jacobian.
---
---`lun.autograd.vjp(f, inputs, v, {create_graph, strict})`

---f's results, and f's jacobian times v.
---
---`lun.autograd.jvp(f, inputs, v, {create_graph, strict})`

---f's number, and f's hessian times v.
---
---`lun.autograd.hvp(f, inputs, v, {create_graph, strict})`

---f's number, and v times f's hessian.
---
---`lun.autograd.vhp(f, inputs, v, {create_graph, strict})`

---Compares f's gradient with finite differences at these float64 inputs; an error says which element differs.
---
---`lun.autograd.gradcheck(f, inputs, {eps = 1e-6, atol = 1e-5, rtol = 1e-3, raise_exception = true})`

---The same for the gradient of the gradient.
---
---`lun.autograd.gradgradcheck(f, inputs, grad_outputs, options)`

---A function with a gradient written in Lua: give it forward(ctx, ...) and backward(ctx, ...); ctx:save_for_backward(x), ctx.saved_tensors, ctx.needs_input_grad.
---
---`lun.autograd.Function:extend(name)`

---Runs f(...); what is saved for backward goes through pack(x) and later unpack. Without f a guard for `local _ <close> =`.
---
---`lun.autograd.saved_tensors_hooks(pack, unpack, f, ...)`

---Runs f(...); backward stops at the first op whose gradient is NaN and names it. Without f a guard for `local _ <close> =`.
---
---`lun.autograd.detect_anomaly(f, ...)`

---Frees every tensor made inside at its end, except what f returns or s:keep(x) keeps.
---
---`lun.scope(f) or local s <close> = lun.scope()`
function lun.scope(...) end

---A table: live, peak, cached, budget, allocated bytes, and Lua's own.
---
---`lun.memory()`
function lun.memory(...) end

---Gives memory kept for reuse back to the system; returns its bytes.
---
---`lun.empty_cache()`
function lun.empty_cache(...) end

---Above this an op fails with an out-of-memory error; nil for 80 % of what the machine has left.
---
---`lun.set_memory_budget(bytes)`
function lun.set_memory_budget(...) end

---lun.memory().peak starts again from what is live now.
---
---`lun.reset_peak_memory()`
function lun.reset_peak_memory(...) end

---A good moment for the collector: the end of a batch or of a step; data.DataLoader and optimisers call it.
---
---`lun.collect_young()`
function lun.collect_young(...) end

---The functions whose name or help holds all of the words, best first; the shell's ?? two words.
---
---`lun.search(words)`
function lun.search(...) end

---Where new tensors are made when no device is given: "cpu", "cuda", "cuda:1".
---
---`lun.set_default_device(name)`
function lun.set_default_device(...) end

---Where new tensors are made when no device is given.
---
---`lun.get_default_device()`
function lun.get_default_device(...) end

---Starts the random numbers from n: the same numbers follow on every run and device.
---
---`lun.manual_seed(n)`
function lun.manual_seed(...) end

---Where the random numbers are: {seed, offset}.
---
---`lun.get_rng_state()`
function lun.get_rng_state(...) end

---Puts the random numbers back to where get_rng_state found them.
---
---`lun.set_rng_state(state)`
function lun.set_rng_state(...) end

---How many threads compute.
---
---`lun.get_num_threads()`
function lun.get_num_threads(...) end

---How many threads compute; results do not depend on it.
---
---`lun.set_num_threads(n)`
function lun.set_num_threads(...) end

---What multiplies matrices: OpenBLAS, with oneDNN where it is installed and the processor has AVX-512.
---
---`lun.matrix_libraries()`
function lun.matrix_libraries(...) end

---Writes tensors as a safetensors file, whole or not at all.
---
---`lun.save(path, {name = tensor, ...}, {key = text})`
function lun.save(...) end

---The tensors of a safetensors file by name, and its metadata. Never runs code.
---
---`lun.load(path)`
function lun.load(...) end

---How tensors are shown; returns all options.
---
---`lun.printoptions{precision, threshold, edgeitems, linewidth, ascii, body}`
function lun.printoptions(...) end

---The op table as data: names, arguments, help, demos.
---
---`lun.ops()`
function lun.ops(...) end

---This text for an op, a function or a method.
---
---`lun.help(name)`
function lun.help(...) end

---Raises an error as Lunette's own functions do.
---
---`lun.fail(op, message, hint, kind = "argument")`
function lun.fail(...) end

---Is a file a terminal?
---
---`lun.is_terminal(file)`
function lun.is_terminal(...) end

---Seconds since some fixed moment, for measuring.
---
---`lun.wall_clock()`
function lun.wall_clock(...) end

---Runs f without recording, as a step of an optimiser: breakpoints with `opt` see its ops.
---
---`lun.optimizer_phase(f)`
function lun.optimizer_phase(...) end

---Is it the gradient of an embedding with sparse = true?
---
---`lun.is_row_sparse(gradient)`
function lun.is_row_sparse(...) end

---The rows of an embedding's gradient that are not zero, as positions; nil where they are not known.
---
---`lun.touched_rows(gradient)`
function lun.touched_rows(...) end

---Says that what was written into a gradient since left the rows zero that touched_rows does not list.
---
---`lun.touched_still(gradient)`
function lun.touched_still(...) end

---Names the module call that runs now; nn.Module does this.
---
---`lun.set_module_path(path)`
function lun.set_module_path(...) end

---Is the dtype complex?
---
---`x:is_complex() or lun.is_complex(dtype)`
function Tensor:is_complex(...) end

function lun.is_complex(...) end

---Is the dtype a float?
---
---`x:is_floating_point() or lun.is_floating_point(dtype)`
function Tensor:is_floating_point(...) end

function lun.is_floating_point(...) end

---Can the dtype hold negative numbers?
---
---`x:is_signed() or lun.is_signed(dtype)`
function Tensor:is_signed(...) end

function lun.is_signed(...) end

---Have x and y the same shape?
---
---`x:is_same_size(y)`
function Tensor:is_same_size(...) end

function lun.is_same_size(...) end

---Is the only element of x not zero? A Lua boolean.
---
---`x:is_nonzero()`
function Tensor:is_nonzero(...) end

function lun.is_nonzero(...) end

---The bytes of one element.
---
---`x:element_size() or lun.element_size(dtype)`
function Tensor:element_size(...) end

function lun.element_size(...) end

---The dtype that x + y would have; each is a tensor or a number.
---
---`lun.result_type(x, y)`
function lun.result_type(...) end

---The smallest dtype that both fit in.
---
---`lun.promote_types(dtype, dtype)`
function lun.promote_types(...) end

---Would a conversion keep the kind: not complex to real, float to whole number, number to bool?
---
---`lun.can_cast(from, to)`
function lun.can_cast(...) end

---The shape that tensors of these shapes have together.
---
---`lun.broadcast_shapes({2,1}, {3}, ...)`
function lun.broadcast_shapes(...) end

---The limits of a float dtype: bits, eps, max, min, tiny.
---
---`lun.finfo(dtype = "float32")`
function lun.finfo(...) end

---The limits of a whole-number dtype: bits, max, min.
---
---`lun.iinfo(dtype)`
function lun.iinfo(...) end

---Probability distributions with tensors as parameters: d = lun.distributions.Normal(loc, scale), then d:sample(shape), d:rsample(shape), d:log_prob(value), d:entropy(), d:cdf(value), d:icdf(p), d.mean, d.variance, d.stddev, d.mode, d.batch_shape, d.event_shape. Families: Normal LogNormal Uniform Exponential Laplace Cauchy Gumbel Gamma Chi2 Beta Dirichlet StudentT Bernoulli Geometric Binomial Poisson Categorical OneHotCategorical Multinomial MultivariateNormal Independent.
---
---`lun.distributions`

---The mean under p of log p - log q, where there is a closed form: one number for each member of the batch.
---
---`lun.distributions.kl_divergence(p, q)`

---Makes f(p, q) the formula of kl_divergence for these two classes.
---
---`lun.distributions.register_kl(P, Q, f)`

---Normal distribution of mean loc and standard deviation scale.
---
---`lun.distributions.Normal(loc, scale)`

---Distribution of a number whose logarithm is Normal(loc, scale).
---
---`lun.distributions.LogNormal(loc, scale)`

---Every number from low up to high alike.
---
---`lun.distributions.Uniform(low, high)`

---Waiting time for an event that comes `rate` times in a unit of time.
---
---`lun.distributions.Exponential(rate)`

---Two exponential slopes around loc.
---
---`lun.distributions.Laplace(loc, scale)`

---Tails so heavy that there is no mean.
---
---`lun.distributions.Cauchy(loc, scale)`

---Distribution of the largest of many.
---
---`lun.distributions.Gumbel(loc, scale)`

---Sum of `concentration` exponential waiting times; rsample has gradients for both.
---
---`lun.distributions.Gamma(concentration, rate)`

---Sum of df squared standard normal numbers.
---
---`lun.distributions.Chi2(df)`

---Distribution of a chance, between 0 and 1.
---
---`lun.distributions.Beta(concentration1, concentration0)`

---Distribution of k chances that add up to 1; the last dim of concentration is the event.
---
---`lun.distributions.Dirichlet(concentration)`

---Normal with heavier tails, the more so the smaller df.
---
---`lun.distributions.StudentT(df, loc = 0, scale = 1)`

---1 with chance probs, else 0.
---
---`lun.distributions.Bernoulli{probs or logits}`

---Failures before the first success: 0, 1, 2 ...
---
---`lun.distributions.Geometric{probs or logits}`

---Successes in total_count tries.
---
---`lun.distributions.Binomial{total_count, probs or logits}`

---How many events come in a unit of time.
---
---`lun.distributions.Poisson(rate)`

---One of k categories, counted from 1; the last dim of probs or logits are the categories.
---
---`lun.distributions.Categorical{probs or logits}`

---The same as k numbers: a 1 at the category.
---
---`lun.distributions.OneHotCategorical{probs or logits}`

---How often each category comes in total_count draws.
---
---`lun.distributions.Multinomial{total_count, probs or logits}`

---Normal vectors; scale_tril is the lower triangle L of covariance L times its transpose.
---
---`lun.distributions.MultivariateNormal(loc, {covariance_matrix, precision_matrix or scale_tril})`

---d with its last n batch dims taken as parts of one event, so that log_prob sums over them.
---
---`lun.distributions.Independent(d, n)`

lun.linalg = {}
lun.fft = {}
lun.special = {}
lun.nn = {functional = {}}

lun.nn.functional.relu = lun.relu
lun.nn.functional.gelu = lun.gelu
lun.nn.functional.silu = lun.silu
lun.nn.functional.mish = lun.mish
lun.nn.functional.softplus = lun.softplus
lun.nn.functional.elu = lun.elu
lun.nn.functional.leaky_relu = lun.leaky_relu
lun.nn.functional.hardtanh = lun.hardtanh
lun.nn.functional.relu6 = lun.relu6
lun.nn.functional.hardsigmoid = lun.hardsigmoid
lun.nn.functional.hardswish = lun.hardswish
lun.nn.functional.selu = lun.selu
lun.nn.functional.celu = lun.celu
lun.nn.functional.softsign = lun.softsign
lun.nn.functional.softshrink = lun.softshrink
lun.nn.functional.hardshrink = lun.hardshrink
lun.nn.functional.tanhshrink = lun.tanhshrink
lun.nn.functional.threshold = lun.threshold
lun.nn.functional.logsigmoid = lun.logsigmoid
lun.special.erfcx = lun.erfcx
lun.special.ndtr = lun.ndtr
lun.special.ndtri = lun.ndtri
lun.special.log_ndtr = lun.log_ndtr
lun.special.zeta = lun.zeta
lun.special.gammainc = lun.gammainc
lun.special.gammaincc = lun.gammaincc
lun.special.i0e = lun.i0e
lun.special.i1 = lun.i1
lun.special.i1e = lun.i1e
lun.special.bessel_j0 = lun.bessel_j0
lun.special.bessel_j1 = lun.bessel_j1
lun.special.bessel_y0 = lun.bessel_y0
lun.special.bessel_y1 = lun.bessel_y1
lun.special.entr = lun.entr
lun.special.xlog1py = lun.xlog1py
lun.nn.functional.glu = lun.glu
lun.nn.functional.prelu = lun.prelu
lun.nn.functional.rrelu = lun.rrelu
lun.nn.functional.softmin = lun.softmin
lun.fft.fft = lun.fft_fft
lun.fft.ifft = lun.fft_ifft
lun.fft.rfft = lun.fft_rfft
lun.fft.irfft = lun.fft_irfft
lun.fft.hfft = lun.fft_hfft
lun.fft.ihfft = lun.fft_ihfft
lun.fft.fft2 = lun.fft_fft2
lun.fft.ifft2 = lun.fft_ifft2
lun.fft.rfft2 = lun.fft_rfft2
lun.fft.irfft2 = lun.fft_irfft2
lun.fft.hfft2 = lun.fft_hfft2
lun.fft.ihfft2 = lun.fft_ihfft2
lun.fft.fftn = lun.fft_fftn
lun.fft.ifftn = lun.fft_ifftn
lun.fft.rfftn = lun.fft_rfftn
lun.fft.irfftn = lun.fft_irfftn
lun.fft.hfftn = lun.fft_hfftn
lun.fft.ihfftn = lun.fft_ihfftn
lun.fft.fftshift = lun.fft_fftshift
lun.fft.ifftshift = lun.fft_ifftshift
lun.fft.fftfreq = lun.fft_fftfreq
lun.fft.rfftfreq = lun.fft_rfftfreq
lun.nn.functional.pad = lun.pad
lun.nn.functional.linear = lun.linear
lun.linalg.det = lun.det
lun.linalg.slogdet = lun.slogdet
lun.linalg.lu_factor = lun.lu_factor
lun.linalg.lu_factor_ex = lun.lu_factor_ex
lun.linalg.lu = lun.lu
lun.linalg.lu_solve = lun.lu_solve
lun.linalg.inv = lun.inv
lun.linalg.inv_ex = lun.inv_ex
lun.linalg.solve = lun.solve
lun.linalg.solve_ex = lun.solve_ex
lun.linalg.solve_triangular = lun.solve_triangular
lun.linalg.cholesky = lun.cholesky
lun.linalg.cholesky_ex = lun.cholesky_ex
lun.linalg.qr = lun.qr
lun.linalg.householder_product = lun.householder_product
lun.linalg.lstsq = lun.lstsq
lun.linalg.eigh = lun.eigh
lun.linalg.eigvalsh = lun.eigvalsh
lun.linalg.eig = lun.eig
lun.linalg.eigvals = lun.eigvals
lun.linalg.svd = lun.svd
lun.linalg.svdvals = lun.svdvals
lun.linalg.pinv = lun.pinv
lun.linalg.matrix_rank = lun.matrix_rank
lun.linalg.vecdot = lun.vecdot
lun.linalg.cross = lun.linalg_cross
lun.nn.functional.bilinear = lun.bilinear
lun.linalg.diagonal = lun.linalg_diagonal
lun.linalg.vander = lun.linalg_vander
lun.linalg.multi_dot = lun.multi_dot
lun.linalg.matrix_power = lun.matrix_power
lun.linalg.matrix_exp = lun.matrix_exp
lun.linalg.tensorinv = lun.tensorinv
lun.linalg.tensorsolve = lun.tensorsolve
lun.linalg.vector_norm = lun.vector_norm
lun.linalg.matrix_norm = lun.matrix_norm
lun.linalg.norm = lun.linalg_norm
lun.linalg.cond = lun.cond
lun.nn.functional.pdist = lun.pdist
lun.nn.functional.pairwise_distance = lun.pairwise_distance
lun.nn.functional.cosine_similarity = lun.cosine_similarity
lun.nn.functional.gumbel_softmax = lun.gumbel_softmax
lun.nn.functional.cross_entropy = lun.cross_entropy
lun.nn.functional.nll_loss = lun.nll_loss
lun.nn.functional.multi_margin_loss = lun.multi_margin_loss
lun.nn.functional.multilabel_margin_loss = lun.multilabel_margin_loss
lun.nn.functional.multilabel_soft_margin_loss = lun.multilabel_soft_margin_loss
lun.nn.functional.mse_loss = lun.mse_loss
lun.nn.functional.l1_loss = lun.l1_loss
lun.nn.functional.smooth_l1_loss = lun.smooth_l1_loss
lun.nn.functional.huber_loss = lun.huber_loss
lun.nn.functional.binary_cross_entropy = lun.binary_cross_entropy
lun.nn.functional.binary_cross_entropy_with_logits = lun.binary_cross_entropy_with_logits
lun.nn.functional.kl_div = lun.kl_div
lun.nn.functional.gaussian_nll_loss = lun.gaussian_nll_loss
lun.nn.functional.poisson_nll_loss = lun.poisson_nll_loss
lun.nn.functional.soft_margin_loss = lun.soft_margin_loss
lun.nn.functional.hinge_embedding_loss = lun.hinge_embedding_loss
lun.nn.functional.margin_ranking_loss = lun.margin_ranking_loss
lun.nn.functional.cosine_embedding_loss = lun.cosine_embedding_loss
lun.nn.functional.triplet_margin_loss = lun.triplet_margin_loss
lun.nn.functional.ctc_loss = lun.ctc_loss
lun.nn.functional.scaled_dot_product_attention = lun.scaled_dot_product_attention
lun.nn.functional.multi_head_attention_forward = lun.multi_head_attention_forward
lun.nn.functional.embedding = lun.embedding
lun.nn.functional.embedding_bag = lun.embedding_bag
lun.nn.functional.one_hot = lun.one_hot
lun.nn.functional.dropout = lun.dropout
lun.nn.functional.dropout1d = lun.dropout1d
lun.nn.functional.dropout2d = lun.dropout2d
lun.nn.functional.dropout3d = lun.dropout3d
lun.nn.functional.alpha_dropout = lun.alpha_dropout
lun.nn.functional.feature_alpha_dropout = lun.feature_alpha_dropout
lun.nn.functional.batch_norm = lun.batch_norm
lun.nn.functional.layer_norm = lun.layer_norm
lun.nn.functional.rms_norm = lun.rms_norm
lun.nn.functional.group_norm = lun.group_norm
lun.nn.functional.instance_norm = lun.instance_norm
lun.nn.functional.local_response_norm = lun.local_response_norm
lun.nn.functional.normalize = lun.normalize
lun.nn.functional.conv1d = lun.conv1d
lun.nn.functional.conv2d = lun.conv2d
lun.nn.functional.conv3d = lun.conv3d
lun.nn.functional.conv_transpose1d = lun.conv_transpose1d
lun.nn.functional.conv_transpose2d = lun.conv_transpose2d
lun.nn.functional.conv_transpose3d = lun.conv_transpose3d
lun.nn.functional.unfold = lun.im2col
lun.nn.functional.fold = lun.col2im
lun.nn.functional.pixel_shuffle = lun.pixel_shuffle
lun.nn.functional.pixel_unshuffle = lun.pixel_unshuffle
lun.nn.functional.channel_shuffle = lun.channel_shuffle
lun.nn.functional.max_pool1d = lun.max_pool1d
lun.nn.functional.max_pool2d = lun.max_pool2d
lun.nn.functional.max_pool3d = lun.max_pool3d
lun.nn.functional.adaptive_max_pool1d = lun.adaptive_max_pool1d
lun.nn.functional.adaptive_max_pool2d = lun.adaptive_max_pool2d
lun.nn.functional.adaptive_max_pool3d = lun.adaptive_max_pool3d
lun.nn.functional.fractional_max_pool2d = lun.fractional_max_pool2d
lun.nn.functional.fractional_max_pool3d = lun.fractional_max_pool3d
lun.nn.functional.max_unpool1d = lun.max_unpool1d
lun.nn.functional.max_unpool2d = lun.max_unpool2d
lun.nn.functional.max_unpool3d = lun.max_unpool3d
lun.nn.functional.avg_pool1d = lun.avg_pool1d
lun.nn.functional.avg_pool2d = lun.avg_pool2d
lun.nn.functional.avg_pool3d = lun.avg_pool3d
lun.nn.functional.adaptive_avg_pool1d = lun.adaptive_avg_pool1d
lun.nn.functional.adaptive_avg_pool2d = lun.adaptive_avg_pool2d
lun.nn.functional.adaptive_avg_pool3d = lun.adaptive_avg_pool3d
lun.nn.functional.lp_pool1d = lun.lp_pool1d
lun.nn.functional.lp_pool2d = lun.lp_pool2d
lun.nn.functional.lp_pool3d = lun.lp_pool3d
lun.nn.functional.interpolate = lun.interpolate
lun.nn.functional.upsample = lun.upsample
lun.nn.functional.upsample_nearest = lun.upsample_nearest
lun.nn.functional.upsample_bilinear = lun.upsample_bilinear
lun.nn.functional.grid_sample = lun.grid_sample
lun.nn.functional.affine_grid = lun.affine_grid

return lun
