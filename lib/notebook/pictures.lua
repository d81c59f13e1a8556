-- pictures.lua - pictures as part of a page: data in the address, nothing from elsewhere
--
-- A chart's SVG is drawn once in light colours; its dark twin is the same with the theme's colours exchanged (plot/palette.c).
-- Holds: of the files beside a notebook only those are taken that are pictures, below its folder. SPDX-License-Identifier: MIT
local escape = require "lunette.notebook.markdown".escape

local pictures = {}

local MOST_BYTES = 8 * 1024 * 1024
local letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- Bytes in base64.
function pictures.base64(bytes)
    local parts = {}
    for i = 1, #bytes, 3 do
        local a, b, c = bytes:byte(i, i + 2)
        local n = a << 16 | (b or 0) << 8 | (c or 0)
        local four = {}
        for k = 0, 3 do
            local at = (n >> (18 - 6 * k) & 63) + 1
            four[k + 1] = k > #bytes - i + 1 and "=" or letters:sub(at, at)
        end
        parts[#parts + 1] = table.concat(four)
    end
    return table.concat(parts)
end

local function address(kind, bytes) return "data:image/" .. kind .. ";base64," .. pictures.base64(bytes) end

-- Light and dark: background, words, grid.
local pairs_of_colours = {{"rgb%(%s*58,%s*63,%s*71%)", "rgb(200,204,212)"}, {"rgb%(%s*227,%s*230,%s*234%)", "rgb(45,50,59)"},
                          {"rgb%(%s*200,%s*16,%s*46%)", "rgb(255,92,102)"}}

local function darkened(svg)
    local dark = svg:gsub('(<rect [^>]-fill=")#ffffff"', '%1#16181d"', 1):gsub('color="#FFFFFF"', 'color="#16181d"')
    for _, pair in ipairs(pairs_of_colours) do dark = dark:gsub(pair[1], pair[2]) end
    return dark
end

--- A chart as HTML; nil when it is none of SVG.
function pictures.chart(output)
    if not output.text:find("<svg", 1, true) then return nil end
    local words, svg = escape(output.summary), output.text:gsub("<image ", '<image style="image-rendering:pixelated" ')
    local form = '<source media="(prefers-color-scheme: dark)" srcset="%s"><img src="%s" alt="%s">'
    local dark, light = address("svg+xml", darkened(svg)), address("svg+xml", svg)
    return "<figure><picture>" .. form:format(dark, light, words) .. "</picture></figure>"
end

--- A picture that is kept in base64.
function pictures.image(output)
    local bytes = output.text:gsub("%s", "")
    local form = '<figure><img src="data:image/%s;base64,%s" alt="picture"></figure>'
    return form:format(escape(output.summary), escape(bytes))
end

local signs = {png = "^\137PNG\r\n\26\n", jpeg = "^\255\216\255", gif = "^GIF8", ["svg+xml"] = "^%s*<[?s!]"}
local endings = {png = "png", jpg = "jpeg", jpeg = "jpeg", gif = "gif", svg = "svg+xml"}

--- For the pictures in a notebook's text: a function that gives the HTML of one, or nil.
function pictures.finder(path)
    local folder = path:match "^(.*/)" or ""
    return function(target, words)
        local kind = endings[(target:match "%.(%w+)$" or ""):lower()]
        if not kind or target:find "^/" or target:find "%.%." or target:find "^%w+:" then return nil end
        local file = io.open(folder .. target, "rb")
        local bytes = file and file:read(MOST_BYTES)
        if file then file:close() end
        if not bytes or not bytes:find(signs[kind]) then return nil end
        return ('<img src="%s" alt="%s">'):format(address(kind, bytes), escape(words))
    end
end

return pictures
