/* The numbers of /plot/histogram.json that the page repeats, so that each has a URL. See page.h. */
#include "http/json.h"
#include "page/page.h"

static double real(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

bool srv_measured_read(const char *json, size_t len, struct srv_measured *out, bool *lost)
{
    json_t *doc = json_loadb(json, len, 0, NULL);
    const json_t *values = json_object_get(doc, "values"), *fit = json_object_get(doc, "fit");
    const bool good = json_is_number(json_object_get(values, "min"));
    *out = (struct srv_measured){.read = real(doc, "read"),
                                 .mean = real(values, "mean"),
                                 .std = real(values, "std"),
                                 .least = real(values, "min"),
                                 .largest = real(values, "max"),
                                 .kurtosis = real(values, "kurtosis"),
                                 .zeros = real(values, "zeros"),
                                 .chi_square = json_is_number(json_object_get(fit, "chi2")) ? real(fit, "chi2") : -1,
                                 .degrees = (unsigned)json_integer_value(json_object_get(fit, "degrees"))};
    *lost = !doc;
    json_decref(doc);
    return good;
}
