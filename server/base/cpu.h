/* cpu.h - how many processors this process may use. */
#ifndef SRV_BASE_CPU_H
#define SRV_BASE_CPU_H

/* The number of processors in the affinity mask, or fewer if the quota of a cgroup (cpu.max, cfs_quota_us) allows less
 * time; at least 1. A quota is rounded up: half a processor is worth a thread. */
unsigned srv_cpu_count(void);

#endif
