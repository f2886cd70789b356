/* srv.h - what the parts of the server share. Made in main.c, passed to everybody; there are no globals. */
#ifndef SRV_SRV_H
#define SRV_SRV_H

#include <stdatomic.h>
#include <stdbool.h>

struct srv {
    const struct srv_config *config;
    atomic_bool draining; /* SIGTERM came: readiness says no, connections close after their answer */
};

#endif
