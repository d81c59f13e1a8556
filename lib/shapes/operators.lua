-- operators.lua - Lua's operators as functions, by how they are written
--
-- Read next: lib/shapes/walk.lua. SPDX-License-Identifier: MIT
local operators = {}

operators.unary = {
    ["-"] = function(a) return -a end, ["#"] = function(a) return #a end, ["~"] = function(a) return ~a end,
}

operators.binary = {
    ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end, ["*"] = function(a, b) return a * b end,
    ["/"] = function(a, b) return a / b end, ["//"] = function(a, b) return a // b end, ["%"] = function(a, b) return a % b end,
    ["^"] = function(a, b) return a ^ b end, ["&"] = function(a, b) return a & b end, ["|"] = function(a, b) return a | b end,
    ["~"] = function(a, b) return a ~ b end, ["<<"] = function(a, b) return a << b end, [">>"] = function(a,
    b) return a >> b end,
    [".."] = function(a, b) return a .. b end, ["=="] = function(a, b) return a == b end, ["~="] = function(a,
    b) return a ~= b end,
    ["<"] = function(a, b) return a < b end, [">"] = function(a, b) return a > b end, ["<="] = function(a, b) return a <= b end,
    [">="] = function(a, b) return a >= b end,
}

return operators
