/* systemd.h - tell the service manager how we are (the sd_notify protocol, without its library). */
#ifndef SRV_OPS_SYSTEMD_H
#define SRV_OPS_SYSTEMD_H

#include <stdint.h>

/* Send a state such as "READY=1" to the socket $NOTIFY_SOCKET names; nothing happens without one. */
void srv_systemd(const char *state);

/* To be called several times a second: keeps a watchdog ($WATCHDOG_USEC) quiet. */
void srv_systemd_alive(uint64_t now_ns);

#endif
