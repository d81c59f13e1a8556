/* chains.h - eager ops that wait for the next one: which do, and what of them is kept
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_GRAPH_CHAINS_H
#define LUN_GRAPH_CHAINS_H
#include "graph/queue.h"

enum { LUN_LONGEST_CHAIN = 24 };

/* The thread's switches, counts and plans for chains; no passes: it makes none. */
extern __thread lun_graph lun_chains;

/* Can this op be part of a chain? Its kernel goes once over a large result and its operands, and it is not recorded. */
bool lun_chain_takes(const lun_call *c);
/* Does it go on with the chain that waits? One that takes what will be computed does; so does a second beginning, as of b in f(a) * g(b), from
 * what the chain holds anyway. So what waits keeps little memory. */
bool lun_chain_continues(const lun_queue *q, const lun_call *c);
/* Results of a chain that none of its ops takes are computed even if nobody holds them: one reference more to each, at most LUN_LONGEST_CHAIN.
 * Gives how many; 0 when it is no chain that waits. */
int lun_chain_hold_ends(const lun_queue *q, lun_storage **ends);
#endif
