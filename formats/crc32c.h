/* crc32c.h - the checksum of TFRecord files (Castagnoli's polynomial). SPDX-License-Identifier: MIT */
#ifndef LUN_FORMATS_CRC32C_H
#define LUN_FORMATS_CRC32C_H
#include <stddef.h>
#include <stdint.h>
uint32_t lun_crc32c(const void *bytes, size_t n);
#endif
