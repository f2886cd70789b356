/* npy: NumPy's file format 1.0, byte-equal to what numpy.save writes.
 *
 * Source: NEP 1 and numpy/lib/format.py: magic, version, u16 header length, a Python dict literal with sorted keys,
 * blanks that let the slowest dimension grow to 21 digits, blanks and a newline up to a multiple of 64. There is no
 * bfloat16. What lies by columns as it lies by rows is called row-major, as numpy.save calls it. */
#include "format/rows.h"

enum { ALIGN = 64, GROWTH_DIGITS = 21, MAGIC_BYTES = 10 };

static void put_shape(struct wi_text *t, const struct wi_plan *plan)
{
    wi_text_char(t, '(');
    wi_text_list(t, plan->part.out_shape, plan->part.tensor.rank, ", ");
    wi_text_str(t, plan->part.tensor.rank == 1 ? ",)" : ")");
}

static void put_growth(struct wi_text *t, const struct wi_plan *plan)
{
    char digits[20];
    unsigned rank = plan->part.tensor.rank, slowest = plan->part.column_major ? rank - 1 : 0;
    if (rank)
        wi_text_fill(t, ' ', GROWTH_DIGITS - wi_decimal_u64(plan->part.out_shape[slowest], digits));
}

static enum wi_status check(const struct wi_plan *plan, struct wi_error *err)
{
    const struct wi_dtype *dtype = plan->part.tensor.dtype;
    if (dtype->npy_descr)
        return WI_OK;
    wi_fail(err, WI_E_UNSUPPORTED, "dtype",
            "the npy format has no name for %s; take format=safetensors, format=raw or dtype=f32", dtype->name);
    wi_error_allow(err, "f32, f64, f16");
    return WI_E_UNSUPPORTED;
}

static void header(const struct wi_plan *plan, struct wi_text *t)
{
    unsigned dict_bytes = plan->header_bytes - MAGIC_BYTES;
    wi_text_bytes(t, "\x93NUMPY\x01\x00", 8);
    wi_text_char(t, (char)(dict_bytes & 0xff));
    wi_text_char(t, (char)(dict_bytes >> 8 & 0xff));
    wi_text_str(t, "{'descr': '");
    wi_text_str(t, plan->part.tensor.dtype->npy_descr);
    wi_text_str(t, plan->part.column_major ? "', 'fortran_order': True, 'shape': "
                                           : "', 'fortran_order': False, 'shape': ");
    put_shape(t, plan);
    wi_text_str(t, ", }");
    put_growth(t, plan);
    wi_text_fill(t, ' ', ALIGN - (t->len + 1) % ALIGN);
    wi_text_char(t, '\n');
}

const struct wi_format_row wi_format_npy = {
    .info = {.name = "npy",
             .media_type = "application/x-npy",
             .accept = "application/x-npy application/npy",
             .extension = "npy",
             .summary = "NumPy's .npy, byte-equal to numpy.save; with order=F to that of numpy.asfortranarray",
             .params = WI_P_BIT(WI_P_ORDER)},
    .check = check,
    .header = header,
};
