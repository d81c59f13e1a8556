-- options.lua - what bench/compare.lua was asked for: words of the command line, read and checked before anything runs
--
-- options.read(words) gives {only, rounds, threads = {N, ...}, peers = {NAME, ...}, compiled, device, json, history, commit}, or nil and what is
-- wrong. Holds: what would only fail at the end of an hour (a file that cannot be written) fails here.
-- Read next: bench/compare.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local options = {peers = {"torch", "keras", "jax", "ort"}}

local function listed(list, word)
    for _, one in ipairs(list) do
        if one == word then return true end
    end
    return false
end

-- One function for each option: the value that its word means, or nil and what is wrong.
local function text(word) return word end
local function path(word)
    local had = io.open(word)
    local file, problem = io.open(word, "a")
    if not file then return nil, "cannot be written: " .. problem end
    file:close()
    if had then had:close() else os.remove(word) end
    return word
end
local function one_of(...)
    local words = {...}
    return function(word)
        if listed(words, word) then return word end
        return nil, ("'%s' is not %s"):format(word, table.concat(words, " or "))
    end
end

local readers = {
    only = function(word)
        for one in word:gmatch "[^|]+" do
            local good, problem = pcall(string.find, "", one)
            if not good then return nil, ("'%s' is no pattern: %s"):format(one, problem) end
        end
        return word
    end,
    rounds = function(word)
        local n = math.tointeger(tonumber(word))
        if n and n >= 1 then return n end
        return nil, ("'%s' is no number of rounds"):format(word)
    end,
    threads = function(word)
        local list = {}
        for one in (word .. ","):gmatch "([^,]*)," do
            local n = one:find "^%d+$" and tonumber(one)
            if not n or n < 1 or n > 256 then return nil, ("'%s' is no number of threads from 1 to 256"):format(one) end
            list[#list + 1] = math.tointeger(n)
        end
        return list
    end,
    vs = function(word)
        local list = {}
        for one in (word .. ","):gmatch "([^,]*)," do
            if not listed(options.peers, one) then return nil, ("there is no peer '%s': %s"):format(one, table.concat(options.peers, ", ")) end
            if listed(list, one) then return nil, ("'%s' stands twice"):format(one) end
            list[#list + 1] = one
        end
        return list
    end,
    compiled = one_of "yes", device = one_of("cpu", "cuda"), json = path, history = path, commit = text,
}

function options.read(words)
    local read = {only = "", rounds = 3, device = "cpu", commit = lun.version}
    for i = 1, #words, 2 do
        local name, word = words[i]:match "^%-%-(%a+)$", words[i + 1]
        if not readers[name] then return nil, ("there is no option '%s'"):format(words[i]) end
        if not word then return nil, words[i] .. " needs a value" end
        local value, problem = readers[name](word)
        if value == nil then return nil, ("--%s: %s"):format(name, problem) end
        read[name] = value
    end
    if read.history and (read.vs or {})[1] ~= "torch" then return nil, "--history keeps ratios to PyTorch: --vs torch, and it first" end
    if not read.commit:find "^[^,%s]+$" then return nil, ("--commit: '%s' is no name of a commit"):format(read.commit) end
    read.peers, read.threads = read.vs or {}, read.threads or {1, lun.get_num_threads()}
    return read
end

return options
