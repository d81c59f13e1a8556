-- parts.lua - results and gradients that are defined in part only: what of them is compared, and what is tried instead
--
-- Holds: PyTorch's own tests take the same parts. Read next: calls.lua (which ops), check.lua (who asks). SPDX-License-Identifier: MIT
local lun = require "lunette"
local calls = require "oracle.calls"

local parts = {}

local function is_complex(x) return tostring(x.dtype):find "complex" ~= nil end

-- The part of gradient i that is defined, as a function of it, or nil: all.
function parts.projection(file, call, i)
    local how = calls.projections[file.name .. "-" .. file.variant] or calls.projections[file.name]
    if not how or how[2] and how[2] ~= i then return nil end
    if how[1] == "symmetric" then return function(g) return g + (is_complex(g) and g.mH or g.mT) end end
    if how[1] == "behind log_softmax" then
        local p = file.tensors[tostring(call.args[1][1])]:softmax(-1)
        return function(g) return g - p * g:sum(-1, true) end
    end
    local upper = call.kwargs.upper
    return function(g) return upper and g:triu() or g:tril() end
end

local function far(a, b) return a:numel() == 0 and 0 or (a - b):abs():max():item() end

-- Do U, S and V make the matrix, with orthonormal columns? Those beyond its rank are anybody's, so no two libraries have the same.
function parts.decomposes(file, x, got)
    if file.name ~= "svd" and file.name ~= "linalg.svd" or type(got[3]) ~= "userdata" then return false end
    local wide = is_complex(x) and "complex128" or "float64"
    local u, s, v = got[1]:detach():to(wide), got[2]:detach():to(wide), got[3]:detach():to(wide)
    if file.name == "linalg.svd" then v = v.mH end
    local k = s.shape[s.ndim]
    local back = (u:narrow(u.ndim, 1, k) * s:unsqueeze(-2)):matmul(v:narrow(v.ndim, 1, k).mH)
    local tolerance = tostring(got[2].dtype) == "float32" and 1e-5 or 1e-13
    if far(back, x:detach():to(wide)) > tolerance * math.max(1, s:abs():max():item()) then return false end
    return far(u.mH:matmul(u), lun.eye(u.shape[u.ndim])) <= tolerance and far(v.mH:matmul(v), lun.eye(v.shape[v.ndim])) <= tolerance
end

return parts
