/* plot.h - pictures as URLs: /plot/{name}.{format}.
 *
 * A picture is a row: its name, the parameters that it takes, how its numbers are found, and how they are written in each
 * format. The numbers are found in the pool from the bytes of /init; the text is kept under its canonical URL. Adding a
 * picture is a file with its row and a line in the list of plot.c.
 * Threads: rows are constant; study and the writers are pure over their arguments. */
#ifndef SRV_PLOT_PLOT_H
#define SRV_PLOT_PLOT_H

#include "cache/job.h"
#include "base/text.h"
#include "plot/ask.h"

struct srv_server;

enum srv_plot_format_id { SRV_PLOT_SVG, SRV_PLOT_JSON, SRV_PLOT_CSV, SRV_PLOT_PNG, SRV_PLOT_FORMATS };
struct srv_plot_format {
    const char *name, *media_type;
};
extern const struct srv_plot_format srv_plot_formats[SRV_PLOT_FORMATS];

/* Write what study found. */
typedef void srv_plot_writer(struct srv_text *out, const struct srv_plot_ask *ask, const void *found);

struct srv_plot {
    const char *name, *summary;
    unsigned takes;                     /* SRV_PLOT_BITs beside theme and size */
    bool has_shape;                     /* a tensor; else a scheme, of which layers of width x width are made */
    enum wi_nonlinearity_id activation; /* of a picture that takes one: without activation= */
    unsigned width, width_max;          /* of one that takes a width: without width=, and at most; 0: 128 and 512 */
    uint64_t work_max;                  /* of depth * width * width, times batch where it takes one; 0: any */
    unsigned rows, cols;                /* of the first layer's weights, of the second cols and 1; 0: the width */
    unsigned layers;                    /* of the network; 0: depth= */
    bool
        every_scheme; /* no tensor: it goes through a list of schemes, and takes no parameter of a tensor but the seed */
    size_t found_bytes; /* of what study finds; zeros at first */
    /* Find the numbers, in a pool thread. */
    enum srv_code (*study)(const struct srv_making *making, const struct srv_plot_ask *ask, void *found);
    srv_plot_writer *write[SRV_PLOT_FORMATS]; /* NULL: not in this format */
};
extern const struct srv_plot srv_plot_histogram, srv_plot_heat, srv_plot_sweep, srv_plot_spectrum, srv_plot_symmetry,
    srv_plot_grid, srv_plot_versus;
const struct srv_plot *srv_plot_at(unsigned i); /* NULL after the last */

/* Ask the cache for a picture of a tensor, as GET /plot/NAME does: the picture's own parameters have their defaults but for
 * the theme. name: "histogram.svg". request: of a tensor that has a plan; its format and what goes with it are left out.
 * network: of a picture without a shape, "sweep.svg", for which shape, stream, slice and padding of the request are left out;
 * else NULL. The caller holds the job; NULL: out of memory. */
struct srv_job *srv_plot_job(struct srv_server *srv, const char *name, enum srv_plot_theme theme,
                             const struct wi_request *request, const struct srv_plot_network *network);

/* Six significant digits, or null. */
void srv_plot_real(struct srv_text *out, double value);
/* The same behind a text, and as a cell of CSV behind the first: a comma, and nothing for what is not finite. */
void srv_plot_put(struct srv_text *out, const char *before, double value);
void srv_plot_cell(struct srv_text *out, double value);
/* "request":"/init?...", in JSON. */
void srv_plot_request(struct srv_text *out, const struct wi_plan *plan);
/* "name":[...], in JSON. */
void srv_plot_list(struct srv_text *out, const char *name, const double *values, size_t n);

/* Some room on both sides where all numbers are equal. The span that axes have at least; 129 bins of the largest are finite. */
#define SRV_PLOT_SPAN_MIN 1e-290
void srv_plot_room(double *low, double *high);

#endif
