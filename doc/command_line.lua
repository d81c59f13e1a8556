-- command_line.lua - makes doc/lunette.1 and doc/lunette.bash from the table of options in repl/options.c
--
-- What is said here and nowhere else: exit statuses, environment, files. Read next: doc/generate.lua. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"

local command_line = {}

local statuses = {
    {"0", "all went well"}, {"1", "an error, or output that could not be written"}, {"2", "a wrong command line"},
    {"3", "a checked notebook gave other results"}, {"4", "a breakpoint was hit with nobody there"}, {"5", "the debugger was quit"},
    {"6", "out of memory"}, {"130", "interrupted by Ctrl-C"},
}

local environment = {
    {"LUA_PATH, LUA_CPATH", "where require looks, as for lua"},
    {"NO_COLOR", "when set and not empty, nothing is coloured"},
    {"LUNETTE_THREADS", "how many threads compute"},
    {"LUNETTE_TRACEBACK=1", "errors show every frame"},
    {"LUNETTE_ONEDNN=off", "products and convolutions without oneDNN"},
    {"VISUAL, EDITOR, PAGER", "what C-x C-e, %edit and %page start"},
    {"INPUTRC", "keys, as for every program that uses readline; $if lunette is for this one"},
}

local files = {
    {"$XDG_CONFIG_HOME/lunette/init.lua", "run when the prompt opens (~/.config/lunette/init.lua)"},
    {"$XDG_STATE_HOME/lunette/history", "one cell a line, mode 600 (~/.local/state/lunette/history)"},
    {"$XDG_STATE_HOME/lunette/sessions/", "what running and killed sessions typed, for %recover; mode 600"},
}

local function rows(kind)
    local list = {}
    for _, row in ipairs(shell.options()) do
        if row[1] == kind then list[#list + 1] = {row[2], row[3]} end
    end
    return list
end

-- Text for roff: nothing in it is a request or an escape.
local function plain(text) return (text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("^([%.'])", "\\&%1")) end

local function section(lines, title, list)
    lines[#lines + 1] = ".SH " .. title
    for _, row in ipairs(list) do
        lines[#lines + 1] = ".TP\n.B " .. plain(row[1]) .. "\n" .. plain(row[2])
    end
end

--- doc/lunette.1
function command_line.manual()
    local lines = {'.\\" Made by ./dev docs from repl/options.c and doc/command_line.lua.', ".TH LUNETTE 1", ".SH NAME",
        "lunette \\- a Lua shell for tensors and neural networks", ".SH SYNOPSIS", ".B lunette\n[options] [script.lua [arguments]]", ".br",
        ".B lunette\nWORD", ".SH DESCRIPTION",
        plain "Runs a Lua script, or opens a prompt when there is none. At the prompt ? shows help, ?name explains a name, %lsmagic lists the " ..
        plain "commands that begin with %, and Ctrl-D leaves. From a pipe cells are read and their values written."}
    section(lines, "OPTIONS", rows "option")
    section(lines, "WORDS", rows "word")
    section(lines, "EXIT STATUS", statuses)
    section(lines, "ENVIRONMENT", environment)
    section(lines, "FILES", files)
    lines[#lines + 1] = ".SH SEE ALSO\n.BR lua (1),\n.BR gnuplot (1)"
    return table.concat(lines, "\n") .. "\n"
end

-- What follows an option that takes a value.
local values = {["--device"] = "cpu cuda cuda:0 cuda:1", ["--color"] = "auto never always"}

--- doc/lunette.bash
function command_line.completion()
    local names, cases, words = {}, {}, {}
    for _, row in ipairs(rows "option") do
        local name, value = row[1]:gsub("%[.*", ""):match "^(%-%S*)%s*(%S*)"
        if #name > 1 and name ~= "--" then names[#names + 1] = name end
        local choice = values[name] and ("COMPREPLY=($(compgen -W '%s' -- \"$word\"))"):format(values[name])
        if value == "FILE" or value == "OUT" then choice = 'COMPREPLY=($(compgen -f -- "$word"))' end
        if value ~= "" then cases[#cases + 1] = ("        %s) %s; return ;;"):format(name, choice or ":") end
    end
    for _, row in ipairs(rows "word") do words[#words + 1] = row[1]:match "^%S+" end
    return table.concat({
        "# bash completion for lunette; made by ./dev docs from repl/options.c and doc/command_line.lua",
        "_lunette() {",
        '    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}',
        "    case $before in", table.concat(cases, "\n"), "    esac",
        "    if [[ $word == -* ]]; then",
        ("        COMPREPLY=($(compgen -W '%s' -- \"$word\"))"):format(table.concat(names, " ")),
        "    else",
        ("        COMPREPLY=($(compgen -W '%s' -- \"$word\") $(compgen -f -X '!*.lua' -- \"$word\") $(compgen -d -- \"$word\"))")
            :format(table.concat(words, " ")),
        "    fi", "}", "complete -o filenames -F _lunette lunette", ""}, "\n")
end

return command_line
