/* failing_malloc.h - let the n-th allocation of the code under test fail.
 *
 * Test programs are linked so that malloc, calloc, realloc, aligned_alloc, mmap, strdup and vasprintf, as called from
 * our own objects, go through a counter (--wrap); what libraries allocate is not touched. Threads: counted together,
 * atomically. */
#ifndef TESTS_FAILING_MALLOC_H
#define TESTS_FAILING_MALLOC_H

#include <stdbool.h>

/* From now on the n-th allocation (1 = the next) fails, and only that one; 0: none. */
void failing_malloc_at(unsigned long n);
/* Has it failed meanwhile? When not, there were fewer than n allocations, and every one has had its turn. */
bool failing_malloc_failed(void);

#endif
