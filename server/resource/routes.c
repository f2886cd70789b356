/* The resources of weightd: one row each. See route.h. */
#include "ops/counters.h"
#include "resource/file.h"
#include "resource/hub.h"
#include "resource/resource.h"
#include "resource/route.h"

#define JSON "application/json"
#define TEXT "text/plain"

/* Statuses of every text that caches may keep: parts, not modified, failed conditions. */
#define KEPT "206 304 412 416"
#define TENSOR "206 304 400 406 412 413 416 503"

#define MODEL "206 304 400 404 412 413 416 503"

#define MODELS .tag = "models"
#define ABOUT .tag = "about"
#define TABLES .tag = "tables", .type = JSON
#define OPERATION .tag = "operation", .type = TEXT
#define PROBE OPERATION, .open = true

/* The protocol of the Hugging Face Hub, which docs/HUB.md describes. A repository has an organization or none. */
#define HUB .facade = &srv_hub_facade
#define REPO "/{org?}/{name}"
#define HUB_CONTENT_BYTES (1024 * 1024)

/* clang-format off */
static const struct srv_route routes[] = {
    {"/", srv_handle_home, .query = &srv_home_query, .takes_tensor = true, .id = "home", ABOUT, .type = "text/html",
     .summary = "A page for people", .statuses = KEPT " 400 503", .plain = "400", .example = "/?scheme=orthogonal&shape=4,4"},
    {"/assets/{hash}/{asset}", srv_handle_asset},
    {"/plan", srv_handle_plan, .takes_tensor = true, .id = "plan", TABLES, .schema = "Plan",
     .summary = "What a HEAD to /init says, as JSON, for both layouts", .statuses = KEPT " 400",
     .example = "/plan?scheme=he_normal&shape=3,3,64,128"},
    {"/plot/{picture}", srv_handle_plot, .query = &srv_plot_query, .takes_tensor = true, .id = "plot", .tag = "pictures",
     .type = "image/svg+xml application/json text/csv image/png",
     .summary = "A picture of what a tensor or a scheme does, or its numbers", .statuses = KEPT " 400 404 413 503",
     .example = "/plot/sweep.svg?scheme=he_normal&activation=relu&seed=7"},
    {"/init", srv_handle_init, .id = "init", .tag = "tensors", .summary = "A tensor", .statuses = TENSOR,
     .example = "/init?scheme=xavier_uniform&shape=4,4&seed=7"},
    {"/schemes", srv_handle_schemes, .id = "schemes", TABLES, .summary = "Every scheme, parameter, dtype and format",
     .schema = "Schemes", .statuses = KEPT, .example = "/schemes"},
    {"/schemes/{name}", srv_handle_scheme, .id = "scheme", TABLES, .summary = "One scheme", .schema = "Scheme",
     .statuses = KEPT " 404", .example = "/schemes/he_normal"},
    {"/recommend", srv_handle_recommend, .query = &srv_recommend_query, .id = "recommend", TABLES,
     .summary = "The scheme that suits an activation", .schema = "Recommendation Recommendations", .statuses = KEPT " 400",
     .example = "/recommend?activation=relu"},
    {"/fit", srv_handle_match, .query = &srv_match_query, .id = "fit", TABLES, .schema = "Fit",
     .summary = "Which schemes have such a standard deviation and largest value", .statuses = KEPT " 400",
     .example = "/fit?shape=768,3072&std=0.0200&max=0.0999"},
    {"/models", srv_handle_models, .id = "models", MODELS, .type = JSON, .summary = "Every model and file format",
     .schema = "Models", .statuses = KEPT, .example = "/models"},
    {"/models/{model}", srv_handle_model, .query = &srv_model_query, .id = "model", MODELS, .type = JSON,
     .summary = "The table of a model's tensors; behind a dot a format: all tensors in one file", .schema = "Model",
     .statuses = MODEL, .example = "/models/tiny-llama?seed=7"},
    {"/models/{model}/{file}", srv_handle_model_file, .query = &srv_model_query, .id = "modelFile", MODELS, .type = "application/vnd.safetensors",
     .summary = "A file of a model's folder: shards, their index, config.json", .statuses = MODEL,
     .example = "/models/tiny-llama/model.safetensors?seed=7"},
    {"/model", srv_handle_sent_model, .methods = "GET, HEAD, POST", .content_bytes = SRV_SENT_BYTES,
     .query = &srv_sent_query, .id = "sentModel", MODELS, .type = JSON,
     .summary = "A stack of torch's layers; by POST one as JSON, a config.json or a manifest", .schema = "Model", .statuses = MODEL,
     .example = "/model?layers=linear:4,3;relu;linear:3,2&seed=7"},
    {"/openapi.json", .file = &srv_file_openapi, .id = "openapi", ABOUT, .summary = "This document", .statuses = KEPT,
     .example = "/openapi.json"},
    {"/livez", srv_handle_livez, .id = "livez", PROBE, .summary = "200 while the process can answer at all",
     .example = "/livez"},
    {"/readyz", srv_handle_readyz, .id = "readyz", PROBE, .summary = "200, or 503 while the server drains",
     .statuses = "503", .plain = "503", .example = "/readyz"},
    {"/healthz", srv_handle_readyz, .id = "healthz", PROBE, .summary = "The same as /readyz", .statuses = "503",
     .plain = "503", .example = "/healthz"},
    {"/version", srv_handle_version, .id = "version", ABOUT, .type = JSON,
     .summary = "Versions of the program, the numbers and the libraries", .schema = "Version", .example = "/version"},
    {"/metrics", srv_handle_metrics, .id = "metrics", OPERATION, .summary = "Counters in Prometheus' text format",
     .example = "/metrics"},
    {"/robots.txt", .file = &srv_file_robots, .id = "robots", ABOUT, .summary = "Crawlers: there is no end of tensors",
     .statuses = KEPT, .example = "/robots.txt"},
    {"/problems/{slug}", srv_handle_problem, .id = "problem", ABOUT, .type = TEXT,
     .summary = "What a kind of error means", .statuses = KEPT " 404", .example = "/problems/shape"},
    {REPO "/resolve/{rev}/{file...}", srv_handle_hub_file, HUB},
    {REPO "/raw/{rev}/{file...}", srv_handle_hub_file, HUB},
    {"/api/models", srv_handle_hub_list, HUB},
    {"/api/models" REPO "/refs", srv_handle_hub_refs, HUB},
    {"/api/models" REPO "/revision/{rev}", srv_handle_hub_info, HUB},
    {"/api/models" REPO "/commits/{rev}", srv_handle_hub_commits, HUB},
    {"/api/models" REPO "/tree/{rev}/{folder...}", srv_handle_hub_tree, HUB},
    {"/api/models" REPO "/paths-info/{rev}", srv_handle_hub_paths, .methods = "POST", .content_bytes = HUB_CONTENT_BYTES, HUB},
    {"/api/models" REPO, srv_handle_hub_info, HUB},
    {"/v2" REPO "/manifests/{tag}", srv_handle_hub_manifest, HUB},
    {"/api/whoami-v2", srv_handle_hub_whoami, HUB},
    {"/api/{path...}", srv_handle_hub_nothing, HUB},
    {"/datasets/{path...}", srv_handle_hub_nothing, HUB},
    {"/spaces/{path...}", srv_handle_hub_nothing, HUB},
    {"/{scheme}/{shape}", srv_handle_short, .id = "short", .tag = "tensors",
     .summary = "A tensor, in a form that can be typed from memory", .statuses = TENSOR,
     .example = "/he_normal/3x3x8x16.npy?seed=7"},
};
/* clang-format on */
_Static_assert(sizeof routes / sizeof *routes < SRV_METRICS_ROUTES,
               "a place for every route in the counters, and one for none");

const struct srv_route *srv_route_at(size_t i)
{
    return i < sizeof routes / sizeof *routes ? &routes[i] : NULL;
}
