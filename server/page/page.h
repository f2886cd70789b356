/* page.h - the page for people at /: a template with {{NAME}} in it, and a row per NAME with the function that writes
 * what stands there.
 *
 * Everything is made from the tables and the query, so the page says what the program does. It needs no script; the
 * script of web/page.js asks for the page anew and takes over the elements with data-live.
 * Threads: pure over its arguments. */
#ifndef SRV_PAGE_PAGE_H
#define SRV_PAGE_PAGE_H

#include "config.h"
#include "page/state.h"
#include "resource/file.h"
#include "base/text.h"

/* What the numbers of the tensor measure, from /plot/histogram.json. */
struct srv_measured {
    double read, mean, std, least, largest, kurtosis, zeros;
    double chi_square; /* negative: no density is known */
    unsigned degrees;
};

struct srv_page {
    const struct srv_page_state *state;
    const struct srv_config *config;
    const char *origin;    /* "http://127.0.0.1:8080": only characters that no shell and no language reads as its own */
    const char *sha256;    /* of the body of /init, in hexadecimal; "": it is too long to be made for a page */
    const char *histogram; /* its picture, theme=page; "": the tensor is too large for it, an image has it */
    const struct srv_measured *measured; /* NULL: likewise */
    const char *sweep;                   /* what the sweep shows, in words, as HTML; "": it is too much work */
};

#define SRV_PAGE_TIMES " \xc3\x97 " /* between the dimensions of a shape */

/* Write what stands at a {{NAME}}. */
typedef void srv_part(struct srv_text *out, const struct srv_page *page);

/* The same for a {{NAME REST}}: what is named by the rest. False: there is no such thing. */
typedef bool srv_named_part(struct srv_text *out, const struct srv_page *page, const char *rest, size_t len);

struct srv_part_row {
    const char *name;
    srv_part *write;
    srv_named_part *write_named; /* of a name that ends with a blank */
};

/* Add the template with every {{NAME}} written by the row of that name; rows end with a NULL name. Want of memory makes
 * the text `lost`, and so does an unknown NAME: tests walk all templates. */
void srv_page_fill(struct srv_text *out, const struct srv_file *template, const struct srv_part_row *rows,
                   const struct srv_page *page);

/* The page, from web/page.html. */
void srv_page_write(struct srv_text *out, const struct srv_page *page);

/* form.c */
srv_part srv_part_tensor_fields, srv_part_scheme_fields, srv_part_file_fields, srv_part_network_fields;
srv_part srv_part_trouble; /* what is wrong and has no field */
srv_part srv_part_was;     /* what the form is made for */
srv_part srv_part_more;    /* " open" where the field that is wrong would be out of sight */

/* measured.c: read /plot/histogram.json. False: there is no number in it, or (lost) no memory. */
bool srv_measured_read(const char *json, size_t len, struct srv_measured *out, bool *lost);

/* facts.c */
srv_part srv_part_download; /* a link to it */
srv_part srv_part_request;  /* the target of the tensor */
srv_part srv_part_query;    /* the query of the tensor */
srv_part srv_part_link;     /* the query of the page */
srv_part srv_part_heading;  /* "he_normal, 256 x 128" */
srv_part srv_part_status;   /* one sentence for a screen reader */
srv_part srv_part_facts;    /* elements, bytes, fans, std */

/* fans.c */
srv_part srv_part_fans; /* which dimension is in, for both layouts */

/* pictures.c */
srv_named_part srv_part_picture; /* {{picture sweep}}: a figure, with links to its numbers */
srv_part srv_part_depth;         /* the sweep of the tensor in a network, or why there is none */

srv_part srv_part_points; /* the points of the tensor, as a figure */
srv_part srv_part_heat;   /* the address of that picture */

/* tables.c */
srv_part srv_part_choose, srv_part_notes_table, srv_part_schemes, srv_part_limits, srv_part_version;

/* copy.c */
srv_part srv_part_copy, srv_part_origin;
srv_part srv_part_copied; /* " hidden" where there is nothing to copy */

/* assets.c */
srv_part srv_part_css, srv_part_js, srv_part_check, srv_part_reader;
srv_part srv_part_icon; /* the points of the tensor; where there are none the program's own */

#endif
