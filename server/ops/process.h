/* process.h - what the system says about this process, under the names Prometheus clients agree on. */
#ifndef SRV_OPS_PROCESS_H
#define SRV_OPS_PROCESS_H

#include <stdio.h>

/* process_cpu_seconds_total, _resident_memory_bytes, _virtual_memory_bytes, _open_fds, _max_fds, _threads,
 * _start_time_seconds. */
void srv_process_print(FILE *out);

#endif
