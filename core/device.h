/* device.h - which devices there are, and how the door deals with them; lun_to_device and lun_on_host are in core/functional.h
 *
 * A device type is opened at its first use. Arguments of an op stand on one device; what may differ: numbers, 0-d CPU tensors and positions
 * (moved along), lengths (read by the host) and whatever a composed op or a gradient makes on the CPU for its own use (moved along).
 * Holds: a row without a kernel on a device runs the CPU's on copies, counts that, and says so once.
 * Read next: core/apply.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_DEVICE_H
#define LUN_CORE_DEVICE_H
#include "core/apply.h"
#include "core/backend.h"
#include "core/functional.h"

/* "cpu", "cuda:0" into buffer of at least LUN_DEVICE_TEXT bytes. */
enum { LUN_DEVICE_TEXT = 16 };
char *lun_device_text(lun_device device, char *buffer);
/* Reads "cpu", "cuda" or "cuda:N"; false after lun_fail when it is not such a name or that device is not present. */
bool lun_device_read(const char *name, lun_device *device);
/* The device that "cuda" means on this thread: the default device where that is one, else what set_usual said, at first cuda:0. */
lun_device lun_device_usual(void);
void lun_device_set_usual(lun_device device);
/* Is the device there? Opens its type on first use; false after lun_fail with the reason. */
bool lun_device_open(lun_device device);
/* Waits for all work of all devices in use; false after lun_fail with what went wrong there. */
bool lun_device_settle(void);
/* Set by kernels/start.c: finds the table of a device type; NULL after lun_fail. */
extern const lun_backend *(*lun_device_opener)(lun_device_type type);

/* The row to_device: its infer moves, so its kernel, the same for all devices, has nothing to do. */
bool lun_infer_to_device(lun_call *c);
bool lun_device_arrived(lun_call *c);
void lun_vjp_to_device(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);

/* For the door. Where a call's arguments stand: checks them, or (lenient) brings them together; where its results belong. */
bool lun_device_of_call(lun_call *c, bool lenient, lun_device *device);
/* Runs the CPU's kernel on copies and brings the results to the device. */
bool lun_device_fallback(lun_call *c, lun_device device);
/* How often row `id` ran so, on any device. */
uint64_t lun_device_fallbacks(int id);
/* Called the first time a row runs so (LUNETTE_QUIET unset: a line on stderr); the host may replace it. */
extern void (*lun_device_notice)(const char *text);
#endif
