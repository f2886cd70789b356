/* resource.h - the handlers of routes.c. Each answers one resource; see http/message.h for what they are given and give. */
#ifndef SRV_RESOURCE_RESOURCE_H
#define SRV_RESOURCE_RESOURCE_H

#include "http/message.h"

/* tensor_body.c */
srv_handler srv_handle_init;  /* a tensor: /init?scheme=...&shape=... */
srv_handler srv_handle_short; /* the same: /{scheme}/{shape}.{ext} */

/* schemes.c, recommend.c */
srv_handler srv_handle_schemes;
srv_handler srv_handle_scheme;
srv_handler srv_handle_recommend;

/* openapi.c */
srv_handler srv_handle_openapi; /* OpenAPI 3.1 */

/* health.c */
srv_handler srv_handle_home;    /* a page for people */
srv_handler srv_handle_livez;   /* 200 while the process can answer at all */
srv_handler srv_handle_readyz;  /* 200, or 503 while draining */
srv_handler srv_handle_version; /* version, algorithm version, libraries, instruction level */
srv_handler srv_handle_robots;

/* ops/counters.c */
srv_handler srv_handle_metrics; /* Prometheus text */

#endif
