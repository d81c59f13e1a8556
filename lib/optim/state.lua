-- state.lua - values of optimisers and schedulers as tensors, for lun.save, and back
--
-- A flag is a bool, a text its bytes (uint8), a number or a list of numbers float64 or int64, a list of tensors their stack. False in
-- a list of numbers is NaN. Read next: lib/optim/optimizer.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local state = {}

local function list_of_numbers(list)
    local numbers, dtype = {}, #list > 0 and "int64" or "float64"
    for i, value in ipairs(list) do
        numbers[i] = value or 0 / 0
        if math.type(numbers[i]) ~= "integer" then dtype = "float64" end
    end
    return lun.tensor(numbers, {dtype = dtype})
end

--- A tensor that holds `value`.
function state.to_tensor(value)
    if lun.is_tensor(value) then return value:detach():clone() end
    if type(value) == "string" then return lun.tensor({value:byte(1, -1)}, {dtype = "uint8"}) end
    if type(value) == "table" then return lun.is_tensor(value[1]) and lun.stack(value):detach() or list_of_numbers(value) end
    if type(value) == "boolean" or math.type(value) == "integer" then return lun.tensor(value) end
    return lun.tensor(value, {dtype = "float64"})
end

--- The plain value that to_tensor made `x` of; tensors of state are not read with this.
function state.to_value(x)
    if x.dtype == "uint8" then return string.char(table.unpack(x:totable())) end
    if #x.shape == 0 then return x:item() end
    local list = x:totable()
    for i, value in ipairs(list) do list[i] = value == value and value end
    return list
end

--- The pairs of a table in the order of their names, which makes files and messages the same every time.
function state.sorted(t)
    local names, i = {}, 0
    for name in pairs(t) do names[#names + 1] = name end
    table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
    return function()
        i = i + 1
        return names[i], t[names[i]]
    end
end

return state
