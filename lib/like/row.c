/* see row.h */
#include "like/row.h"

#include <string.h>

#include "base/half.h"
#include "like/shared/qr.h"

enum wi_status wi_like_check(const struct wi_tensor *tensor, struct wi_error *err)
{
    enum wi_layout layout = wi_like_of(tensor)->layout;
    const char *name = tensor->like->name;
    if (tensor->key.stream != wi_stream_id("", 0)) {
        wi_fail(err, WI_E_UNSUPPORTED, "stream", "like=%s has one sequence per seed; stream= is for native numbers",
                name);
        wi_error_allow(err, "the empty name");
        return WI_E_UNSUPPORTED;
    }
    if (wi_choice(tensor, WI_P_LAYOUT) != (unsigned)layout && !wi_scheme_of(tensor)->any_layout) {
        const char *its = wi_param_row(WI_P_LAYOUT)->choice(layout);
        wi_fail(err, WI_E_UNSUPPORTED, "layout", "like=%s counts fans in layout=%s", name, its);
        wi_error_allow(err, its);
        return WI_E_UNSUPPORTED;
    }
    return WI_OK;
}

void wi_like_whole(struct wi_tensor *tensor, uint64_t scratch_bytes)
{
    tensor->keep_bytes = tensor->n_elems * tensor->dtype->bytes;
    tensor->scratch_bytes = scratch_bytes;
}

void wi_like_copy(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out)
{
    size_t width = tensor->dtype->bytes;
    if (n)
        memcpy(out, (const uint8_t *)keep + first * width, n * width);
}

void wi_like_store_f64(const struct wi_tensor *tensor, const double *in, size_t n, void *out)
{
    if (tensor->dtype->id == WI_F64)
        memcpy(out, in, n * sizeof *in);
    else if (tensor->dtype->id == WI_F32)
        for (size_t i = 0; i < n; i++)
            ((float *)out)[i] = (float)in[i];
    else
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)out)[i] = wi_half_bits(tensor->dtype->id, wi_odd_f32(in[i]));
}

void wi_like_approximate(struct wi_tensor *tensor, const char *note)
{
    tensor->exactness = WI_APPROXIMATE;
    tensor->exactness_note = note;
}

enum wi_status wi_like_prepare_native(struct wi_tensor *tensor, struct wi_error *err)
{
    enum wi_status status = wi_like_check(tensor, err);
    return status == WI_OK ? wi_scheme_of(tensor)->native->prepare(tensor, err) : status;
}

enum wi_status wi_like_prepare_native_f16(struct wi_tensor *tensor, struct wi_error *err)
{
    enum wi_status status = wi_like_prepare_native(tensor, err);
    if (tensor->dtype->id == WI_F16)
        tensor->draw.a = (double)wi_odd_f32(tensor->draw.a);
    return status;
}

void wi_like_fill_native(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out)
{
    const struct wi_scheme *native = wi_scheme_of(tensor)->native;
    if (native->fill)
        native->fill(tensor, keep, first, n, out);
    else
        wi_emit_draw(tensor, first, n, out);
}

struct wi_family wi_like_family(const struct wi_tensor *tensor)
{
    const struct wi_family *family = wi_scheme_of(tensor)->family;
    return family ? *family
                  : (struct wi_family){wi_real(tensor, WI_P_SCALE), (enum wi_mode)wi_choice(tensor, WI_P_MODE),
                                       (enum wi_distribution)wi_choice(tensor, WI_P_DISTRIBUTION)};
}

/* ---- orthogonal ---- */

uint64_t wi_like_matrix_bytes(const struct wi_tensor *tensor, uint64_t cols)
{
    uint64_t rows = wi_per(tensor->n_elems, cols), shorter = rows < cols ? rows : cols;
    return (tensor->n_elems + 2 * shorter) * sizeof(double);
}

struct wi_like_matrix wi_like_matrix(const struct wi_tensor *tensor, uint64_t cols, void *memory)
{
    return (struct wi_like_matrix){(size_t)(tensor->n_elems / cols), (size_t)cols, memory};
}

/* Where element (r, c) lies in the tall matrix. */
static size_t place(const struct wi_like_matrix *m, size_t r, size_t c)
{
    return m->rows < m->cols ? c * m->rows + r : r * m->cols + c;
}

void wi_like_matrix_set(const struct wi_like_matrix *m, size_t r, size_t c, double value)
{
    m->tall[place(m, r, c)] = value;
}

void wi_like_matrix_keep(const struct wi_tensor *tensor, const struct wi_like_matrix *m, double gain, bool in_f64,
                         void *keep)
{
    size_t tall = m->rows < m->cols ? m->cols : m->rows, narrow = m->rows < m->cols ? m->rows : m->cols;
    bool in_f32 = !in_f64 && tensor->dtype->id != WI_F64;
    wi_qr_q(m->tall, tall, narrow, m->tall + tall * narrow);
    for (size_t r = 0; r < m->rows; r++)
        for (size_t c = 0; c < m->cols; c++) {
            double q = m->tall[place(m, r, c)];
            double value = in_f32 ? (double)((float)q * (float)gain) : q * gain;
            wi_like_store_f64(tensor, &value, 1, (uint8_t *)keep + (r * m->cols + c) * tensor->dtype->bytes);
        }
}
