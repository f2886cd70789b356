/* cpu.h - how many processors this process may really use. */
#ifndef SRV_BASE_CPU_H
#define SRV_BASE_CPU_H

/* The processors of the affinity mask, or fewer where a cgroup's quota (cpu.max, cfs_quota_us) gives less time; at least 1.
 * A quota that is no whole number counts upwards: half a processor more is worth a thread. */
unsigned srv_cpu_count(void);

#endif
