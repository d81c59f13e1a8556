-- lunette-scm-1.rockspec - installs the Lua module with luarocks, by way of configure and make.
-- Run `luarocks make` in a clone. SPDX-License-Identifier: MIT
package = "lunette"
version = "scm-1"
source = { url = "." }
description = {
    summary = "Tensors, automatic differentiation and neural networks for Lua",
    license = "MIT",
}
dependencies = { "lua >= 5.4, < 5.5" }
build = {
    type = "command",
    build_command = "./bootstrap && ./configure && make lunette.la",
    install_command = "install -D -m 755 .libs/lunette.so $(LIBDIR)/lunette.so", -- without libtool's links, which luarocks cannot copy
}
