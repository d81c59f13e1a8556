-- tree.lua - a module as text: a tree with parameter counts
--
-- The last line has the total and what is frozen. Read next: lib/nn/module.lua. SPDX-License-Identifier: MIT
local function grouped(n)
    local text = tostring(n)
    while true do
        local next_text, changed = text:gsub("^(%d+)(%d%d%d)", "%1,%2")
        text = next_text
        if changed == 0 then return text end
    end
end

local function lines_of(module, name, indent, out)
    local own = 0
    for _, p in ipairs(module:parameters()) do own = own + p:numel() end
    local detail = module.extra and module:extra() or ""
    local children = module:named_children()
    local head = ("%s%s%s%s"):format(indent, name ~= "" and "(" .. name .. "): " or "", module.__name,
                                     (detail ~= "" or #children == 0) and "(" .. detail .. ")" or "")
    out[#out + 1] = own > 0 and ("%-52s %12s"):format(head, grouped(own)) or head
    for _, pair in ipairs(children) do lines_of(pair[2], pair[1], indent .. "  ", out) end
end

return function(module)
    local out = {}
    lines_of(module, "", "", out)
    local all, trainable = module:count_parameters(), module:count_parameters {trainable = true}
    out[#out + 1] = ("%s parameters%s"):format(grouped(all), trainable < all and (", %s frozen"):format(grouped(all - trainable)) or "")
    return table.concat(out, "\n")
end
