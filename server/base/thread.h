/* thread.h - threads that leave the signals to the main thread. */
#ifndef SRV_BASE_THREAD_H
#define SRV_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Start a thread that runs run(arg) with every signal blocked. name: what ps -L and debuggers show, at most 15
 * characters. The caller joins it with pthread_join. False: the system has no room for a thread. */
bool srv_thread_start(pthread_t *thread, const char *name, void *(*run)(void *arg), void *arg);

#endif
