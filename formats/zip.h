/* zip.h - the members of a zip archive, stored or deflated, also beyond 4 GB (zip64)
 *
 * Holds: every place and size that the archive claims is checked against the file before it is used; contents against their CRC.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_FORMATS_ZIP_H
#define LUN_FORMATS_ZIP_H
#include "formats/source.h"

/* Is called with each member in turn: read `s` to its end or as far as wanted. Returning false after lun_fail stops. */
typedef bool lun_zip_visit(void *argument, const char *name, lun_source *s);
/* Visits all members in the order of the archive's directory. False after lun_fail. */
bool lun_zip_each(const char *path, lun_zip_visit *visit, void *argument);
#endif
