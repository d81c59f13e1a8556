-- files.lua - cells from files and to files: %run %load %save %edit, and %alias %page %set %doctor
--
-- Read next: lib/magics.lua. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"
local magics = require "lunette.magics"
local add, complain = magics.add, magics.complain

local function read(path)
    local file, why = io.open(path, "r")
    if not file then return nil, why end
    local text = file:read "a"
    file:close()
    return text, not text and "it is no file" or nil
end

add("run", "FILE [ARGS]", "run a Lua file in the session; its globals stay", function(text)
    local path, rest = text:match "^(%S+)%s*(.*)$"
    if not path then return complain("%run needs a file", "%run train.lua") end
    local code, why = read(path)
    if not code then return complain(why, "!ls shows what is here") end
    local f, problem = load(code:gsub("^#[^\n]*", ""), "@" .. path, "t")
    if not f then return complain(problem) end
    local arguments, kept = {[0] = path}, rawget(_G, "arg")
    for word in rest:gmatch "%S+" do arguments[#arguments + 1] = word end
    rawset(_G, "arg", arguments)
    local back <close> = setmetatable({}, {__close = function() rawset(_G, "arg", kept) end})
    f(table.unpack(arguments))
end)

add("load", "FILE", "put the text of a file at the prompt", function(path)
    local code, why = read(path)
    if path == "" or not code then return complain(why or "%load needs a file", "%load model.lua") end
    shell.type((code:gsub("%s+$", "")))
end)

--- A text as $VISUAL or $EDITOR gives it back; nil when the editor failed, which is told.
function magics.edited(text)
    local path = os.tmpname()
    local gone <close> = setmetatable({}, {__close = function() os.remove(path) end})
    local file, problem = io.open(path, "w")
    if not file then return complain(problem) end
    file:write(text, "\n")
    file:close()
    if not os.execute((os.getenv "VISUAL" or os.getenv "EDITOR" or "vi") .. " " .. path) then return nil end
    return (read(path):gsub("%s+$", ""))
end

-- Cells as a notebook in plain Lua; what is no Lua becomes a comment.
local function cell_text(n, text)
    if text:find "^%s*[%%?!$]" then text = "--" .. text:gsub("\n", "\n--") end
    return ("-- %%%% In[%d]\n%s\n"):format(n, text)
end

add("save", "FILE [N ...]", "write cells to a file (all that there are), in the form of a notebook", function(text)
    local path, rest = text:match "^(%S+)%s*(.*)$"
    if not path then return complain("%save needs a file", "%save work.lua, %save work.lua 3-9") end
    local last, inputs, parts = shell.number() - 1, shell.list "In", {}
    local list, why = magics.numbers(rest == "" and ("1-%d"):format(math.max(last, 1)) or rest, last)
    if not list then return complain(why, "%save work.lua 3-9") end
    for _, n in ipairs(list) do parts[#parts + 1] = cell_text(n, inputs[n]) end
    if read(path) and rest == "" and not text:find "%s!$" then
        return complain(path .. " is there already", "%save " .. path .. " 1-" .. last .. " writes over it")
    end
    local file, problem = io.open(path, "w")
    if not file then return complain(problem) end
    local good, full = file:write(table.concat(parts, "\n"))
    good = file:close() and good
    if not good then return complain("not all could be written: " .. tostring(full)) end
    print(("%d cells in %s"):format(#list, path))
end)

add("edit", "[N ...]", "take cells to $VISUAL or $EDITOR (the last one); what comes back stands at the prompt", function(text)
    local inputs, parts = shell.list "In", {}
    local list, why = magics.numbers(text == "" and tostring(math.max(shell.number() - 1, 1)) or text, shell.number() - 1)
    if not list then return complain(why, "%edit 3, %edit 3-5") end
    for _, n in ipairs(list) do parts[#parts + 1] = inputs[n] end
    local changed = magics.edited(table.concat(parts, "\n"))
    if changed then shell.type(changed) end
end)

-- What is no print option: name -> function that tells it, and sets it when a value is given.
local settings = {ghost = shell.ghost, theme = shell.theme, stale = function(on)
    local stale = require "lunette.magics.stale"
    if on ~= nil then stale.on = on end
    return stale.on
end}
local themes = {auto = true, dark = true, light = true, none = true}

-- %%file NAME and the rows below; %%sh and the rows below.
add("file", "NAME", "as %%file NAME: the rows below go to that file", function()
    complain("the text stands in the rows below", "%%file NAME, M-Enter, the text, an empty row")
end, function(path, body)
    if path == "" then return complain("%%file needs a name", "%%file net.lua") end
    local file, why = io.open(path, "w")
    if not file then return complain(why) end
    local good, full = file:write((body:gsub("^\n", ""):gsub("\n+$", "")), "\n")
    good = file:close() and good
    if not good then return complain("not all could be written: " .. tostring(full)) end
    print("written: " .. path)
end)

add("sh", "COMMAND", "the system's shell, as ! does; %%sh: the rows below", function(text) os.execute(text) end,
    function(_, body) os.execute(body) end)

local set_help = "precision, threshold, edgeitems, linewidth, header, body, ascii of tensors; ghost: shapes while typing; stale: notes; theme"
add("set", "[NAME VALUE]", set_help, function(text)
    local lun = require "lunette"
    local name, value = text:match "^(%S+)%s+(%S+)$"
    if text ~= "" and not name then return complain("%set needs a name and a value", "%set precision 6") end
    local options = lun.printoptions()
    for each, setting in pairs(settings) do options[each] = setting() end
    if name and options[name] == nil then return complain(("there is no option '%s'"):format(name), "%set lists them") end
    if name then
        local words = {["true"] = true, ["false"] = false, on = true, off = false}
        local new = words[value]
        if new == nil then new = math.tointeger(value) end
        if name == "theme" then
            if not themes[value] then return complain("theme is auto, dark, light or none, and '" .. value .. "' is not") end
            new = value
        end
        if type(new) ~= type(options[name]) then
            return complain(("%s is %s, and '%s' is not"):format(name, type(options[name]) == "boolean" and "on or off" or "a whole number", value))
        end
        options[name] = new
        if settings[name] then settings[name](new) else lun.printoptions {[name] = new} end
    end
    local names = {}
    for each in pairs(options) do names[#names + 1] = each end
    table.sort(names)
    for _, each in ipairs(names) do print(("  %-12s %s"):format(each, tostring(options[each]))) end
end)

add("alias", "NAME TEXT", "%NAME ARGS runs TEXT ARGS from now on", function(text)
    local name, body = text:match "^([%a_][%w_]*)%s+(.+)$"
    if not name then return complain("%alias needs a name and a text", "%alias l !ls -l") end
    shell.magic(name, function(arguments) shell.cell(body .. (arguments ~= "" and " " .. arguments or "")) end, "the same as " .. body)
end)

add("page", "CODE", "show what CODE gives in a pager", function(text)
    local good, value = magics.value(text)
    if text == "" or not good then return complain(text == "" and "%page needs something to show" or value, "%page lun.help()") end
    local pager = os.getenv "PAGER" or "less -R"
    local pipe = io.popen(pager, "w")
    if not pipe then return complain("no pager can be started: " .. pager) end
    pipe:write(tostring(value), "\n")
    pipe:close()
end)

add("doctor", "", "what this program finds on this machine", function()
    package.loaded["lunette.doctor"] = nil
    require "lunette.doctor"
end)
