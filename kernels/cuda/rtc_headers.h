/* rtc_headers.h - the texts of headers, embedded by Makefile.am for what is compiled while the program runs
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_RTC_HEADERS_H
#define LUN_KERNELS_CUDA_RTC_HEADERS_H
typedef struct lun_rtc_file { const char *name, *text; } lun_rtc_file;
extern const lun_rtc_file lun_rtc_files[]; /* up to a name of 0 */
#endif
