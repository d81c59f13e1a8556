/* embedded.h - the files that travel inside the program
 *
 * Makefile.am makes embedded.c, whose table has one row for each file of lib_lua, lib_data and tutorial_lua, in the order of
 * the lists.
 * Holds: name is the path from the root of the sources, such as "lib/nn.lua"; the bytes from start up to end are the file;
 * one zero byte follows; the last row has no name.
 * Read next: Makefile.am (Embedded files).
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_LUA_BINDINGS_EMBEDDED_H
#define LUN_LUA_BINDINGS_EMBEDDED_H

typedef struct lun_embedded_file {
    const char *name;
    const char *start;
    const char *end;
} lun_embedded_file;

extern const lun_embedded_file lun_embedded_files[];

#endif
