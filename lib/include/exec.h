/* exec.h - lend threads to the library.
 *
 * The library starts no threads. It hands work that can be split to the caller's `parallel` as numbered tasks.
 * `parallel` must run task(arg, i) once for every i in 0..n-1, in any order, on any threads, and return when all are
 * done. A NULL `struct wi_exec *` runs the tasks in the calling thread. Results do not depend on how the tasks are
 * run. */
#ifndef WI_EXEC_H
#define WI_EXEC_H

#include <stddef.h>

#include "api.h"

WI_API_BEGIN

struct wi_exec {
    void (*parallel)(void *ctx, size_t n, void (*task)(void *arg, size_t i), void *arg);
    void *ctx;
    unsigned width; /* how many tasks can run at once, >= 1; sizes per-task workspace */
};

static inline unsigned wi_exec_width(const struct wi_exec *exec)
{
    return exec && exec->width > 1 ? exec->width : 1;
}

static inline void wi_exec_run(const struct wi_exec *exec, size_t n, void (*task)(void *arg, size_t i), void *arg)
{
    if (exec && exec->width > 1 && n > 1) {
        exec->parallel(exec->ctx, n, task, arg);
        return;
    }
    for (size_t i = 0; i < n; i++)
        task(arg, i);
}

WI_API_END

#endif
