/* The resources of weightd: one row each. See route.h. */
#include "resource/resource.h"
#include "http/problem.h"
#include "resource/route.h"

static const struct srv_route routes[] = {
    {"/", srv_handle_home},
    {"/init", srv_handle_init},
    {"/schemes", srv_handle_schemes},
    {"/schemes/{name}", srv_handle_scheme},
    {"/recommend", srv_handle_recommend},
    {"/openapi.json", srv_handle_openapi},
    {"/livez", srv_handle_livez},
    {"/readyz", srv_handle_readyz},
    {"/healthz", srv_handle_readyz},
    {"/version", srv_handle_version},
    {"/metrics", srv_handle_metrics},
    {"/robots.txt", srv_handle_robots},
    {"/problems/{slug}", srv_handle_problem},
    {"/{scheme}/{shape}", srv_handle_short},
};

const struct srv_route *srv_route_at(size_t i)
{
    return i < sizeof routes / sizeof *routes ? &routes[i] : NULL;
}
