/* condition.h - break conditions that are decided without the host's language
 *
 *     absmax(out) > 1e3 and step >= 10        zeros(in1) > 0.9 or not (shape(in2) == "8,1")
 * Numbers, + - * /, comparisons, and or not, in1..in8 out out1..out4, the names of debugger/measure.h, size(x, d), step seq hits, and
 * phase dtype(x) device(x) shape(x) compared with a text. Each is also an expression of Lua with the same meaning; whatever else stands
 * there makes the text the host's. Read next: debugger/condition.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_DEBUGGER_CONDITION_H
#define LUN_DEBUGGER_CONDITION_H
#include "core/hook.h"

typedef struct lun_condition lun_condition;
typedef enum { LUN_CONDITION_NO, LUN_CONDITION_YES, LUN_CONDITION_FAILED } lun_verdict;
typedef struct lun_condition_facts { uint64_t step, hits; } lun_condition_facts;

/* NULL (and no error) when the text is not of this kind. */
lun_condition *lun_condition_compile(const char *text);
void lun_condition_free(lun_condition *c); /* NULL is fine */
bool lun_condition_reads_result(const lun_condition *c);
/* FAILED: `problem` (160 bytes) says why, "there is no in3 here". */
lun_verdict lun_condition_test(const lun_condition *c, const lun_event *e, const lun_condition_facts *facts, char *problem);
#endif
