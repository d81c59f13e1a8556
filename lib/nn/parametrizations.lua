-- parametrizations.lua - nn.utils.parametrizations: weights of learnt length, of largest singular value 1, with orthonormal columns
--
-- Each registers a module of its own with parametrize.lua; what is learnt and kept has PyTorch's names in state dicts.
-- Read next: lib/nn/parametrize.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local Module = require "lunette.nn.module"
local parametrize = require "lunette.nn.parametrize"

local parametrizations = {}

local function weight_of(title, module, name, least)
    local w = Module.is_module(module) and module[name]
    if lun.is_tensor(w) and w.ndim >= least then return w end
    lun.fail("nn.utils.parametrizations." .. title,
             ("no parameter '%s' with %d dim%s or more"):format(tostring(name), least, least == 1 and "" or "s"),
             ("nn.utils.parametrizations.%s(nn.Linear(4, 4))"):format(title))
end

local function check_dim(title, w, dim)
    if dim == false or math.type(dim) == "integer" and dim >= 1 and dim <= w.ndim then return end
    local message = ("dim %s is none of the weight's %d"):format(tostring(dim), w.ndim)
    lun.fail("nn.utils.parametrizations." .. title, message, "dim = 1")
end

-- ---- length and direction ----

local WeightNorm = Module:extend "WeightNorm"
function WeightNorm:init(dim) self.dim = dim end
function WeightNorm:length(v)
    local others = {}
    for d = 1, v.ndim do
        if d ~= self.dim then others[#others + 1] = d end
    end
    if not self.dim then return lun.vector_norm(v) end
    return #others == 0 and v:abs() or lun.vector_norm(v, 2, others, true)
end
function WeightNorm:forward(g, v) return v * (g / self:length(v)) end
function WeightNorm:right_inverse(w) return { self:length(w), w } end

--- weight = g v / |v|: original0 is g, a length for each place of dim (1; false: one for all), original1 is v.
function parametrizations.weight_norm(module, name, dim)
    name = name or "weight"
    if dim == nil then dim = 1 end
    check_dim("weight_norm", weight_of("weight_norm", module, name, 1), dim)
    return parametrize.register_parametrization(module, name, WeightNorm(dim), true)
end

-- ---- largest singular value 1 ----

local SpectralNorm = Module:extend "SpectralNorm"
function SpectralNorm:init(w, steps, eps, dim)
    self.steps, self.eps, self.dim = steps, eps, dim
    if w.ndim == 1 then return end
    local matrix = self:matrix(w)
    for i, name in ipairs { "_u", "_v" } do
        self:register_buffer(name, lun.normalize(lun.randn(matrix:size(i)):to(w.dtype):to(w.device), 2, 1, eps))
    end
    self:follow(matrix, 15)
end
function SpectralNorm:matrix(w) return (self.dim == 1 and w or w:movedim(self.dim, 1)):flatten(2) end
-- u and v take steps towards the singular vectors of the largest singular value.
function SpectralNorm:follow(matrix, steps)
    local u, v = rawget(self, "_u"), rawget(self, "_v")
    lun.no_grad(function()
        for _ = 1, steps do
            u:copy_(lun.normalize(matrix:mv(v), 2, 1, self.eps))
            v:copy_(lun.normalize(matrix:t():mv(u), 2, 1, self.eps))
        end
    end)
end
function SpectralNorm:forward(w)
    if w.ndim == 1 then return lun.normalize(w, 2, 1, self.eps) end
    local matrix = self:matrix(w)
    if self.training then self:follow(matrix:detach(), self.steps) end
    local u, v = rawget(self, "_u"):clone(), rawget(self, "_v"):clone()
    return w / u:dot(matrix:mv(v))
end
function SpectralNorm:right_inverse(w) return w end

--- weight / its largest singular value, which is followed by n_power_iterations (1) steps at each reading while training. Also:
--- eps (1e-12), dim (1, of a transposed convolution 2): the rows of the matrix.
function parametrizations.spectral_norm(module, name, n_power_iterations, eps, dim)
    name, n_power_iterations = name or "weight", n_power_iterations or 1
    local w = weight_of("spectral_norm", module, name, 1)
    if dim == nil then dim = module.__name:find "^ConvTranspose" and 2 or 1 end
    check_dim("spectral_norm", w, dim or 0)
    if math.type(n_power_iterations) ~= "integer" or n_power_iterations < 1 then
        lun.fail("nn.utils.parametrizations.spectral_norm",
                 "n_power_iterations must be 1 or more, got " .. tostring(n_power_iterations), "n_power_iterations = 1")
    end
    return parametrize.register_parametrization(module, name, SpectralNorm(w:detach(), n_power_iterations, eps or 1e-12, dim))
end

-- ---- orthonormal columns, or rows of a wide matrix ----

local maps = {}
-- exp(A) and the Cayley transform of a skew-symmetric A are orthogonal.
function maps.matrix_exp(A) return lun.matrix_exp(A) end
function maps.cayley(A)
    local one = lun.eye(A:size(-1), { dtype = A.dtype, device = A.device })
    return lun.solve(one - A * 0.5, one + A * 0.5)
end

-- The lower triangle of a tall x, made square by zeros, less its adjoint.
local function skew(x)
    local n, k, low = x:size(-2), x:size(-1), x:tril()
    if n ~= k then
        local size = { table.unpack(x.shape, 1, x.ndim) }
        size[#size] = n - k
        low = lun.cat({ low, low:new_zeros(size) }, -1)
    end
    return low - low.mH
end

local function householder(x)
    local low = x:tril(-1)
    local tau = 2 / ((low * low):sum(-2) + 1)
    return lun.householder_product(low, tau) * x:detach():diagonal(0, -2, -1):trunc():unsqueeze(-2)
end

-- Q of a tall matrix's QR in which R has a diagonal of no minus signs.
local function orthonormalized(x)
    local reflections, tau = lun.geqrf(x)
    return lun.householder_product(reflections, tau) * reflections:diagonal(0, -2, -1):sgn():unsqueeze(-2)
end

local function is_orthonormal(q)
    local n, k = q:size(-2), q:size(-1)
    local product = q.mH:matmul(q)
    return lun.allclose(product, lun.eye(k, { dtype = q.dtype, device = q.device }):expand_as(product), 1e-5, 10 * n * lun.finfo(q.dtype).eps)
end

local function tall(x)
    if x:size(-2) < x:size(-1) then return x.mT, true end
    return x, false
end

local Orthogonal = Module:extend "Orthogonal"
function Orthogonal:init(map, trivial)
    self.map, self.trivial = map, trivial
end
function Orthogonal:forward(x)
    local matrix, wide = tall(x)
    local k, q = matrix:size(-1)
    if self.map == "householder" then q = householder(matrix) else q = maps[self.map](skew(matrix)):narrow(-1, 1, k) end
    if rawget(self, "base") then q = self.base:matmul(q) end
    return wide and q.mT or q
end
-- With a base, what is learnt starts at minus one on the diagonal (householder's 1), and the base is x completed to a square matrix.
function Orthogonal:right_inverse(x)
    local q, wide = tall(x)
    local n, k = q:size(-2), q:size(-1)
    if not self.trivial then
        if self.map ~= "householder" then
            lun.fail("nn.utils.parametrizations.orthogonal",
                     self.map .. " has no inverse here, so it cannot start from the weight", "use_trivialization = true")
        end
        local reflections, tau = lun.geqrf(q)
        local diagonal = reflections:diagonal(0, -2, -1)
        diagonal:copy_(diagonal:sign() * (1 - 2 * tau:eq(0):to(tau.dtype)))
        return wide and reflections.mT or reflections
    end
    if n ~= k then
        local size = { table.unpack(q.shape, 1, q.ndim) }
        size[#size] = n - k
        q = lun.cat({ q, lun.randn(size):to(q.dtype):to(q.device) }, -1)
    end
    local base = n == k and is_orthonormal(q) and q:clone() or orthonormalized(q)
    if rawget(self, "base") then self.base:copy_(base) else self:register_buffer("base", base) end
    local start = x:zeros_like()
    start:diagonal(0, -2, -1):fill_(-1)
    return start
end

--- A weight with orthonormal columns (rows, if it is wide). orthogonal_map: "matrix_exp", "cayley" or "householder"; by default
--- matrix_exp for square weights and householder for others. use_trivialization (true) keeps the weight there is as a base, from
--- which learning starts.
function parametrizations.orthogonal(module, name, orthogonal_map, use_trivialization)
    name = name or "weight"
    local w = weight_of("orthogonal", module, name, 2)
    orthogonal_map = orthogonal_map or (w:size(-1) == w:size(-2) or w:is_complex()) and "matrix_exp" or "householder"
    if orthogonal_map ~= "householder" and not maps[orthogonal_map] or orthogonal_map == "householder" and w:is_complex() then
        lun.fail("nn.utils.parametrizations.orthogonal",
                 ("no map '%s' for %s"):format(tostring(orthogonal_map), tostring(w.dtype)),
                 '"matrix_exp", "cayley" or, of real numbers, "householder"')
    end
    return parametrize.register_parametrization(module, name, Orthogonal(orthogonal_map, use_trivialization ~= false), true)
end

return parametrizations
