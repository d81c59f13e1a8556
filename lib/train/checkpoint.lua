-- checkpoint.lua - files that a crash does not take away: the new one is whole before the old one goes, and the old one stays
-- beside it
--
-- A file holds tensors by name and plain data. PATH.previous is the file before. Holds: whatever happens during a write (kill,
-- full disk), PATH or PATH.previous is whole; reading runs no code. Read next: lib/train/plain.lua, lib/train/backup.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local plain = require "lunette.train.plain"
local checkpoint = {}

--- The tensors of a state dict, by the same names, in memory of their own.
function checkpoint.copied(state)
    local copy = {}
    for name, x in pairs(state) do copy[name] = x:clone() end
    return copy
end

local function exists(path)
    local file = io.open(path, "rb")
    if file then file:close() end
    return file ~= nil
end

-- Is there something that is no plain file: a folder, a device? Renaming it would take it away.
local function is_other(path)
    local file = io.open(path, "rb")
    if not file then return false end
    local first, why = file:read(1)
    local size = file:seek "end"
    file:close()
    return why ~= nil or first ~= nil and size == 0
end

local function check_path(name, path)
    if type(path) ~= "string" or path == "" then lun.fail(name, "expected a file name, got " .. tostring(path),
            '"model.safetensors"') end
end

--- Writes tensors (by name) and plain data; the file that was there becomes PATH.previous. Raises, leaving all as it was, when
--- that fails.
function checkpoint.write(path, tensors, data)
    check_path("save", path)
    if is_other(path) then lun.fail("save", path .. " is a folder or a device, no file", "give the name of a file", "file") end
    local fresh = path .. ".new"
    lun.save(fresh, tensors, {lunette = plain.write(data or {})})
    if exists(path) then os.rename(path, path .. ".previous") end
    local good, why = os.rename(fresh, path)
    if not good then lun.fail("save", why, "is the path a folder?", "file") end
end

--- The tensors and the data of a file. Raises when it is missing, damaged, or no file of write's.
function checkpoint.read(path)
    check_path("load", path)
    local tensors, texts = lun.load(path)
    if not texts.lunette then
        lun.fail("load", path .. " holds tensors only, no description", "net:load_state_dict(lun.load(path)) reads such a file",
                "format")
    end
    return tensors, plain.read(texts.lunette, path)
end

--- The same of PATH, else of PATH.previous when PATH is missing or damaged; nil when there is neither. The third result is the
--- file that was read, the fourth what was wrong with PATH.
function checkpoint.read_last(path)
    local problem
    for _, candidate in ipairs {path, path .. ".previous"} do
        if exists(candidate) then
            local good, tensors, data = pcall(checkpoint.read, candidate)
            if good then return tensors, data, candidate, problem end
            problem = tensors
        end
    end
    if problem then error(problem, 0) end
    return nil
end

--- Deletes PATH, PATH.previous and what a broken write left.
function checkpoint.remove(path)
    for _, ending in ipairs {"", ".previous", ".new"} do os.remove(path .. ending) end
end

-- ---- tables of tensors in one flat table ----

--- Adds the tensors of `from` to `to`, each name with `prefix` before it.
function checkpoint.put(to, prefix, from)
    for name, x in pairs(from) do to[prefix .. name] = x end
    return to
end

--- The tensors of `from` whose names begin with `prefix`, without it.
function checkpoint.take(from, prefix)
    local found = {}
    for name, x in pairs(from) do
        if name:sub(1, #prefix) == prefix then found[name:sub(#prefix + 1)] = x end
    end
    return found
end

return checkpoint
