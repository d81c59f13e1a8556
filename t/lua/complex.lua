-- complex.lua - complex numbers by hand: making, showing, mixing, values and gradients beside PyTorch's, transforms
--
-- The constants in `known` were computed with PyTorch 2.13: an expression of x, its value, and the gradient of Re(sum(value * w)).
-- Read next: t/ops.lua (what holds for every row), core/ops/complex.c, core/ops/fft.c. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"

local c = lun.complex(1.5, 0.5)

-- {{re, im}, ...} as a complex128 tensor; plain numbers as float64
local function tensor(list)
    if type(list[1]) ~= "table" then return lun.tensor(list, { dtype = "float64" }) end
    local parts = {}
    for i, z in ipairs(list) do parts[i] = { re = z[1], im = z[2] } end
    return lun.tensor(parts, { dtype = "complex128" })
end

do -- making, reading, writing
    local z = lun.tensor { { re = 1, im = 2 }, lun.complex(3, -4), 5 }
    tap.is(z.dtype, "complex64", "complex numbers among the elements make complex64")
    tap.is(tostring(z[2]:item()), "3-4i", "item gives a complex number")
    tap.ok(z[2]:item() == lun.complex(3, -4), "which is equal to what was put in")
    tap.near(z:abs(), { math.sqrt(5), 5, 5 }, "abs")
    tap.is(z:totable()[1].im, 2.0, "totable has re and im")
    z[1] = lun.complex(0, 1)
    tap.near(z:imag(), { 1, -4, 0 }, "an element is written")
    tap.near(lun.tensor({ re = 1, im = 2 }, { dtype = "complex128" }):imag(), 2, "one number in a table, with options")
    tap.ok(tostring(lun.tensor { { re = 1, im = -2.5 } }):find("1.0000-2.5000i", 1, true), "shown as a-bi")
    tap.near(lun.full({ 2 }, c):real(), { 1.5, 1.5 }, "full takes a complex number")
    tap.near(lun.polar(lun.tensor { 2.0 }, lun.tensor { math.pi / 2 }):imag(), { 2 }, "polar")
    tap.near(lun.linspace(lun.complex(0, 1), lun.complex(1, 0), 5):imag(), { 1, 0.75, 0.5, 0.25, 0 }, "linspace between complex numbers")
end

do -- numbers and mixing
    tap.is(tostring(c * 2 + 1), "4+1i", "complex numbers stay numbers")
    tap.is((lun.ones(2) * c).dtype, "complex64", "float32 with a complex number")
    tap.is((lun.ones(2, { dtype = "float64" }) * c).dtype, "complex128", "float64 with a complex number")
    tap.is((lun.tensor { 1, 2 } + c).dtype, "complex64", "whole numbers with a complex number")
    tap.is((lun.ones(2, { dtype = "complex64" }) + lun.ones(2, { dtype = "float64" })).dtype, "complex128", "complex64 with float64")
    tap.fails(function() return lun.ones(2, { dtype = "complex64" }):lt(1) end, "dtype", "float32", "an order is refused, naming what is taken")
    tap.fails(function() return lun.ones(2):add_(c) end, "dtype", "complex64", "a complex result does not fit into a real tensor")
end

do -- gradients of real and complex leaves
    local x = lun.tensor({ 1.0, 2.0 }, { requires_grad = true })
    local y = (x * c):abs():sum()
    y:backward()
    tap.is(x.grad.dtype, "float32", "the gradient of a real leaf is real")
    tap.near(x.grad, { math.sqrt(2.5), math.sqrt(2.5) }, "through complex numbers")
    tap.fails(function() (x * c):sum():backward() end, nil, "real number", "backward of a complex number needs a gradient")
end

local known = {
    { "x:exp()", { { 0.826506020634, -1.62388568581 }, { 0.422087367984, 0.154073916622 } },
        { { -0.88876817388, 1.06571992019 }, { -0.161454431908, -0.180228900667 } } },
    { "x:expm1()", { { -0.173493979366, -1.62388568581 }, { -0.577912632016, 0.154073916622 } },
        { { -0.88876817388, 1.06571992019 }, { -0.161454431908, -0.180228900667 } } },
    { "x:log()", { { 0.22553780968, -1.07144960511 }, { -0.13557638525, 2.72918221199 } },
        { { 0.605095541401, 0.0573248407643 }, { 0.439344262295, 0.432786885246 } } },
    { "x:log1p()", { { 0.66353750073, -0.602287346135 }, { -0.908538638606, 1.05165021255 } },
        { { 0.331564986737, 0.209549071618 }, { 0.830769230769, -1.04615384615 } } },
    { "x:log10()", { { 0.0979498262046, -0.465324651139 }, { -0.0588800759906, 1.18526877478 } },
        { { 0.262789654655, 0.0248958620199 }, { 0.190804788771, 0.187956956102 } } },
    { "x:sqrt()", { { 0.962547767286, -0.571400213779 }, { 0.191327546146, 0.914661811772 } },
        { { 0.274838968051, 0.200464809601 }, { 0.239956148094, -0.159523683092 } } },
    { "x:rsqrt()", { { 0.768196748744, 0.456027016399 }, { 0.219107668463, -1.04746765976 } },
        { { -0.245487051842, 0.115951579042 }, { 0.17853328445, -0.277512915812 } } },
    { "x:sin()", { { 0.942116443136, -1.10235742606 }, { -0.761744521363, 0.248856481009 } },
        { { 0.941040639762, 0.737712463291 }, { -0.276079594232, -0.318662254953 } } },
    { "x:cos()", { { 1.37708778661, 0.754163291115 }, { 0.739817401113, 0.256232228019 } },
        { { 0.4890152653, -0.990188738012 }, { -0.0279206637681, -0.430643556883 } } },
    { "x:tan()", { { 0.189044378175, -0.904029335367 }, { -0.81533318458, 0.618762303756 } },
        { { -0.173721707664, 0.255469114534 }, { 0.248117156954, -0.842749682512 } } },
    { "x:asin()", { { 0.395846531403, -1.01096470575 }, { -0.797052732672, 0.481968177399 } },
        { { 0.0479316709168, 0.502903739698 }, { 0.0308634585913, -0.625593473589 } } },
    { "x:acos()", { { 1.17494979539, 1.01096470575 }, { 2.36784905947, -0.481968177399 } },
        { { -0.0479316709168, -0.502903739698 }, { -0.0308634585913, 0.625593473589 } } },
    { "x:atan()", { { 1.00712233161, -0.639149644561 }, { -0.711717422853, 0.210138118062 } },
        { { 0.549039605643, -0.164881862995 }, { -0.22301582562, -0.247190206032 } } },
    { "x:sinh()", { { 0.288783595554, -1.05649532759 }, { -0.834262525784, 0.458603510702 } },
        { { -0.23585652323, 0.546622805022 }, { -0.0990051817134, -0.6890808657 } } },
    { "x:cosh()", { { 0.53772242508, -0.56739035822 }, { 1.25634989377, -0.30452959408 } },
        { { -0.65291165065, 0.519097115166 }, { -0.0624492501944, 0.508851965032 } } },
    { "x:tanh()", { { 1.23508232149, -0.661533739679 }, { -0.710757029782, 0.192746433246 } },
        { { 1.11752764209, -0.551690192657 }, { -0.243391008824, -0.211189463114 } } },
    { "x:asinh()", { { 0.863078985175, -0.907356192687 }, { -0.756440067185, 0.272592940817 } },
        { { 0.598628980627, 0.279691742205 }, { -0.223934881276, -0.359358830341 } } },
    { "x:acosh()", { { 1.01096470575, -1.17494979539 }, { 0.481968177399, 2.36784905947 } },
        { { 0.502903739698, -0.0479316709168 }, { 0.625593473589, 0.0308634585913 } } },
    { "x:atanh()", { { 0.253066065405, -0.912156334673 }, { -0.757440505535, 0.621849114895 } },
        { { -0.0714437840036, 0.327402273035 }, { 0.335830712039, -0.646496997426 } } },
    { "x:reciprocal()", { { 0.382165605096, 0.700636942675 }, { -1.04918032787, -0.459016393443 } },
        { { -0.271410604893, 0.402044707696 }, { 0.659607632357, 0.252405267401 } } },
    { "x:square()", { { -0.85, -1.32 }, { 0.5175, -0.56 } },
        { { -1.18, 1.5 }, { -0.03, 0.94 } } },
    { "x:sigmoid()", { { 0.694212860355, -0.271865164071 }, { 0.304966840607, 0.0753023221081 } },
        { { 0.159777205295, 0.168654595929 }, { -0.0582129510808, -0.10294167331 } } },
    { "x:abs()", { 1.25299640861, 0.873212459829 },
        { { 0.143655639204, -0.263368671874 }, { 0.18323146698, -0.0801637668039 } } },
    { "x:angle()", { -1.07144960511, 2.72918221199 },
        { { 0.210191082803, 0.114649681529 }, { 0.0918032786885, 0.209836065574 } } },
    { "x:sgn()", { { 0.478852130681, -0.877895572914 }, { -0.916157334902, 0.40081883402 } },
        { { 0.419376866042, 0.228751017841 }, { -0.24706210097, -0.564713373645 } } },
    { "x:conj()", { { 0.6, 1.1 }, { -0.8, -0.35 } },
        { { 0.3, -0.7 }, { -0.2, 0.5 } } },
    { "x:sinc()", { { 0.743900677037, 3.9581905102 }, { 0.169620189735, 0.503912934381 } },
        { { -2.77923998629, -7.03558091596 }, { -0.545869839155, -0.780739917716 } } },
    { "x ^ 2", { { -0.85, -1.32 }, { 0.5175, -0.56 } },
        { { -1.18, 1.5 }, { -0.03, 0.94 } } },
    { "x ^ 0.5", { { 0.962547767286, -0.571400213779 }, { 0.191327546146, 0.914661811772 } },
        { { 0.274838968051, 0.200464809601 }, { 0.239956148094, -0.159523683092 } } },
    { "x ^ c", { { 0.182896664517, -2.38956393626 }, { -0.132120443247, -0.161258538046 } },
        { { 0.688732379088, 2.19775421679 }, { -0.184921399446, 0.0844204970262 } } },
    { "c / x", { { 0.222929936306, 1.24203821656 }, { -1.34426229508, -1.2131147541 } },
        { { -0.206093553491, 0.73877236399 }, { 1.11561408224, 0.0488040849234 } } },
    { "x * c - 1", { { 0.45, -1.35 }, { -2.375, 0.125 } },
        { { 0.8, 0.9 }, { -0.55, -0.65 } } },
    { "x:prod()", { { -0.095, 1.09 } },
        { { 0.005, -0.665 }, { -0.59, 0.75 } } },
    { "x:cumprod(1)", { { 0.6, -1.1 }, { -0.095, 1.09 } },
        { { 0.285, 1.17 }, { 0.43, -0.52 } } },
    { "x:var()", { 2.03125 },
        { { 0.42, -0.435 }, { -0.42, 0.435 } } },
    { "x:norm()", { 1.52725243493 },
        { { 0.117858708805, -0.216074299476 }, { -0.157144945073, 0.0687509134695 } } },
    { "x:vdot(x * c)", { { 3.49875, 1.16625 } },
        { { 0.96, -1.76 }, { -1.28, 0.56 } } },
    { "lun.fft_fft(x)", { { -0.2, -0.75 }, { 1.4, -1.45 } },
        { { 0.1, 0.2 }, { 0.5, 1.2 } } },
    { "lun.fft_ifft(x, 3)", { { -0.0666666666667, -0.25 }, { 0.232297036225, -0.655940107676 }, { 0.434369630442, -0.194059892324 } },
        { { 0.3, 0.7 }, { 0, 0 } } },
    { "lun.fft_irfft(x, 3)", { -0.333333333333, 0.26459407245, 0.668739260883 },
        { { 0.3, 0 }, { 0, 0 } } },
    { "lun.fft_hfft(x, 2, 1, 'ortho')", { -0.141421356237, 0.989949493661 },
        { { 0.0707106781187, -0 }, { 0.353553390593, -0 } } },
    { "lun.fft_rfft(x:real(), 4)", { { -0.2, 0 }, { 0.6, 0.8 }, { 1.4, 0 } },
        { { 0.9, 0 }, { -0.7, 0 } } },
    { "lun.fft_ihfft(x:imag())", { { -0.375, -0 }, { -0.725, -0 } },
        { { 0, 0.05 }, { 0, 0.25 } } },
}

local w = tensor { { 0.3, -0.7 }, { -0.2, 0.5 } }
for _, case in ipairs(known) do
    local x = tensor { { 0.6, -1.1 }, { -0.8, 0.35 } }
    x:requires_grad_()
    local y = assert(load("local x, c, lun = ... return " .. case[1]))(x, c, lun)
    local want, gradient = tensor(case[2]), tensor(case[3])
    tap.near((y:flatten() - want):abs():sum(), 0, 1e-10, case[1])
    local weights = y:numel() <= 2 and w["1:" .. y:numel()]:reshape(y.shape) or lun.full(y.shape, w[1]:item(), { dtype = "complex128" })
    local loss = y:is_complex() and (y * weights):real():sum() or (y * weights:real()):sum()
    tap.near((lun.grad(loss, x) - gradient):abs():sum(), 0, 1e-9, case[1] .. ": gradient")
end

-- transforms of many lengths against sums written out
local function dft(n)
    local j = lun.arange(0, n, { dtype = "float64" })
    return lun.polar(lun.ones(n, n, { dtype = "float64" }), lun.outer(j, j) % n * (-2 * math.pi / n))
end
lun.manual_seed(1)
for _, n in ipairs { 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 17, 31, 37, 60, 74, 101, 143, 210, 256, 331, 625, 1024, 2048 } do
    local worst = 0
    for _, rows in ipairs { 1, 3, 19 } do
        local x = lun.complex(lun.randn(rows, n, { dtype = "float64" }), lun.randn(rows, n, { dtype = "float64" }))
        local want, r = x:matmul(dft(n)), x:real():clone()
        local half = (r:to("complex128")):matmul(dft(n)):narrow(2, 1, n // 2 + 1)
        local function far(a, b) worst = math.max(worst, ((a - b):abs():max() / want:abs():max()):item()) end
        far(lun.fft_fft(x), want)
        far(lun.fft_fft(x.T:clone(), { dim = 1 }).T, want)
        far(lun.fft_ifft(want), x)
        far(lun.fft_rfft(r), half)
        far(lun.fft_irfft(half, n), r)
    end
    tap.ok(worst < 1e-13, ("transforms of %d points (%.1e)"):format(n, worst))
end
for _, n in ipairs { 4096, 4099, 20000, 65536, 131071 } do
    local x = lun.complex(lun.randn(n, { dtype = "float64" }), lun.randn(n, { dtype = "float64" }))
    local f, j, worst = lun.fft_fft(x), lun.arange(0, n, { dtype = "float64" }), 0
    for _, k in ipairs { 0, 1, n // 3, n - 1 } do
        local turns = lun.polar(lun.ones(n, { dtype = "float64" }), j * k % n * (-2 * math.pi / n))
        worst = math.max(worst, ((x * turns):sum() - f[k + 1]):abs():item() / math.sqrt(n))
    end
    worst = math.max(worst, (lun.fft_ifft(f) - x):abs():max():item())
    tap.ok(worst < 1e-13, ("transforms of %d points (%.1e)"):format(n, worst))
end
do
    local x = lun.randn(2, 40, { dtype = "float64" })
    local s = x:stft(8, 2, { window = lun.hann_window(8, { dtype = "float64" }), return_complex = true })
    tap.near(s:istft(8, 2, { window = lun.hann_window(8, { dtype = "float64" }) }), x, 1e-12, "istft gives back what stft took")
end

-- logaddexp and softsign: PyTorch's numbers, and no NaN beside log(0)
do
    local inf = math.huge
    local x = lun.complex(lun.tensor { -inf, 0.3, 1000.0, -inf, 2.0 }, lun.tensor { 0.0, 0.2, 1.0, 0.5, -4.0 }):requires_grad_(true)
    local y = lun.complex(lun.tensor { -inf, 0.3, 1000.0, 1.0, 1.0 }, lun.tensor { 0.0, -0.2, 0.5, 0.5, 2.0 }):requires_grad_(true)
    local z = x:logaddexp(y)
    local function near(a, b) return lun.allclose(a, lun.tensor(b), 1e-4, 1e-4) end
    tap.ok(near(lun.real(z), { -inf, 0.97301, 1000.66162, 1.0, 2.30538 }), "logaddexp: real parts")
    tap.ok(near(lun.imag(z), { 0.0, 0.0, 0.75, 0.5, -4.07578 }), "logaddexp: imaginary parts")
    lun.real(z):sum():backward()
    tap.ok(near(lun.real(x.grad), { 1.0, 0.5, 0.5, 0.0, 0.7347 }) and near(lun.imag(x.grad), { 0.0, -0.1014, -0.1277, 0.0, -0.0558 }),
        "logaddexp: gradient")
    tap.ok(near(lun.real(y.grad), { 0.0, 0.5, 0.5, 1.0, 0.2653 }), "logaddexp: gradient of the other")
    local s = lun.complex(lun.tensor { 3.0 }, lun.tensor { 4.0 })
    tap.ok(near(lun.real(s:softsign()), { 0.5 }) and near(lun.imag(s:softsign_()), { 4 / 6 }), "softsign, and in place")
end

-- the parts of a tensor of as many dims as there can be
do
    local x = lun.complex(lun.randn(2, 1, 2, 1, 2, 1, 2, 3), lun.randn(2, 1, 2, 1, 2, 1, 2, 3)):transpose(1, 8)
    local parts = x:reshape(48):view_as_real()
    tap.ok(lun.equal(x:real():reshape(48), parts:select(2, 1)) and lun.equal(x:imag():reshape(48), parts:select(2, 2)), "parts of 8 dims")
    local y = x:clone():requires_grad_()
    lun.sum(y:imag() * 3 - y:real()):backward()
    tap.ok(lun.equal(y.grad, lun.complex(lun.full_like(x:real(), -1.0), lun.full_like(x:real(), 3.0))), "and their gradient")
    local z = x:clone()
    z:imag():fill_(7)
    tap.ok(lun.equal(z:real(), x:real()) and z:imag():eq(7):all(), "they are views")
end

-- complex attributes count as a whole, or are refused: their imaginary part was lost
do
    local i, one = lun.complex(0, 1), lun.complex(lun.ones(2), lun.zeros(2))
    for name, z in pairs { add = one:add(one, { alpha = i }), rsub = one:rsub(one, { alpha = i }), addcmul = one:addcmul(one, one, { value = i }),
        addcdiv = one:addcdiv(one, one, { value = i }) } do
        tap.is({ z:real():totable(), z:imag():totable() }, { { 1.0, 1.0 }, name == "rsub" and { -1.0, -1.0 } or { 1.0, 1.0 } }, name .. " with a complex factor")
    end
    tap.is(lun.scalar_tensor(i):imag():item(), 1.0, "scalar_tensor")
    for name, call in pairs { add = function() return lun.ones(2):add(lun.ones(2), { alpha = i }) end,
        addcmul = function() return lun.ones(2):addcmul(lun.ones(2), lun.ones(2), { value = i }) end,
        index_add = function() return one:index_add(1, lun.tensor { 1, 2 }, one, { alpha = i }) end,
        full = function() return lun.full({ 2 }, i, { dtype = "float32" }) end, pad = function() return lun.ones(2):pad({ 1, 1 }, "constant", i) end,
        layer_norm = function() return lun.ones(2):layer_norm({ 2 }, { eps = i }) end } do
        tap.fails(call, "argument", "complex", name .. ": no complex factor beside real numbers")
    end
end
tap.done()
