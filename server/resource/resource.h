/* resource.h - the handlers of routes.c. Each answers one resource; see http/message.h for what they are given and
 * give. */
#ifndef SRV_RESOURCE_RESOURCE_H
#define SRV_RESOURCE_RESOURCE_H

#include "http/message.h"
#include "resource/query.h"

/* tensor.c */
srv_handler srv_handle_init;  /* a tensor: /init?scheme=...&shape=... */
srv_handler srv_handle_short; /* the same: /{scheme}/{shape}.{ext} */
/* Set the parameters of the query as /init takes them; request may have some already. False: *err says what is wrong. */
bool srv_tensor_request(const struct srv_request *req, struct wi_request *request, struct wi_error *err);
/* A target that this server answers with a tensor, as near as can be to that of a request to these two. format NULL:
 * that of the request. NULL: none was found (resource/repair.h). */
#define SRV_EXAMPLE_MAX 768
const char *srv_tensor_example(struct srv_server *srv, const struct srv_request *req, const char *format,
                               char target[SRV_EXAMPLE_MAX]);

/* ../page: the page for people and what belongs to it */
srv_handler srv_handle_home;  /* the page */
srv_handler srv_handle_plan;  /* what HEAD /init says, as JSON, for both layouts */
srv_handler srv_handle_asset; /* style and scripts of the page, by their content's digest */
extern const struct srv_query srv_home_query;

/* ../plot: pictures */
srv_handler srv_handle_plot; /* a picture or its numbers: /plot/{name}.{format} */
extern const struct srv_query srv_plot_query;

/* schemes.c */
srv_handler srv_handle_schemes; /* every table */
srv_handler srv_handle_scheme;  /* one scheme */

/* recommend.c */
srv_handler srv_handle_recommend; /* which scheme suits an activation */
extern const struct srv_query srv_recommend_query;

/* match.c */
srv_handler srv_handle_match; /* which scheme has such a standard deviation */
extern const struct srv_query srv_match_query;

/* model.c */
srv_handler srv_handle_models;     /* what models there are */
srv_handler srv_handle_model;      /* the table of a model, or all its tensors in one file: /models/{model}.{format} */
srv_handler srv_handle_model_file; /* a file of a model's folder */
extern const struct srv_query srv_model_query, srv_sent_query;

/* model_sent.c */
srv_handler srv_handle_sent_model; /* a stack of layers, or a config.json or manifest that was sent */
#define SRV_SENT_BYTES (32 * 1024 * 1024)

/* health.c */
srv_handler srv_handle_livez;   /* 200 while the process can answer at all */
srv_handler srv_handle_readyz;  /* 200, or 503 while the server drains */
srv_handler srv_handle_version; /* versions of the program, the numbers and the libraries; instruction level */

/* metrics.c */
srv_handler srv_handle_metrics; /* Prometheus text */

/* hub_*.c: the protocol of the Hugging Face Hub; hub.h */
srv_handler srv_handle_hub_file;     /* a file of a repository */
srv_handler srv_handle_hub_list;     /* the repositories */
srv_handler srv_handle_hub_info;     /* a repository, at a revision or main */
srv_handler srv_handle_hub_refs;     /* its revisions by name */
srv_handler srv_handle_hub_commits;  /* the commit of a revision */
srv_handler srv_handle_hub_tree;     /* files and folders */
srv_handler srv_handle_hub_paths;    /* the same, of paths that are given */
srv_handler srv_handle_hub_manifest; /* the GGUF file of a type */
srv_handler srv_handle_hub_whoami;   /* who asks */
srv_handler srv_handle_hub_nothing;  /* data sets, spaces, and what else the hub has */

/* problem.c */
srv_handler srv_handle_problem; /* what a kind of error means */

#endif
