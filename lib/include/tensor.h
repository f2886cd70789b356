/* tensor.h - a tensor: a scheme with its parameters, for one shape, from one sequence of random words.
 *
 * A tensor is a plain value without pointers to memory of the caller. Most tensors are random access: element i is a
 * pure function of the tensor and i. A tensor with keep_bytes > 0 needs its whole matrix first: wi_build makes the
 * matrix in memory that the caller lends, which must stay while the tensor is read. */
#ifndef WI_TENSOR_H
#define WI_TENSOR_H

#include "draw.h"
#include "exec.h"
#include "key.h"
#include "tables.h"

WI_API_BEGIN

enum wi_exactness { WI_EXACT, WI_APPROXIMATE };

/* What a framework's generator gave before this tensor (after=), or how its key came from that of the seed (key=), in
 * order. */
enum wi_past_kind {
    WI_PAST_WORDS,   /* n words of 32 bits */
    WI_PAST_UNIFORM, /* n uniform numbers of dtype */
    WI_PAST_NORMAL,  /* n normal numbers of dtype, drawn as one tensor */
    WI_PAST_SPLIT,   /* key i of n */
    WI_PAST_FOLD_IN, /* with the data n */
    WI_PAST_KINDS
};
#define WI_PAST_MAX 24
struct wi_past {
    unsigned n;
    struct wi_past_item {
        enum wi_past_kind kind;
        unsigned dtype; /* enum wi_dtype_id; WI_DTYPE_COUNT: that of the tensor */
        uint64_t n, i;
    } item[WI_PAST_MAX];
};

/* A seed as frameworks take them. PLAIN and NEGATIVE are 64 bits, which value[WI_P_SEED].uint holds in two's
 * complement. */
enum wi_seed_form { WI_SEED_PLAIN, WI_SEED_NEGATIVE, WI_SEED_LONG, WI_SEED_LIST };
#define WI_SEED_WORDS 16
struct wi_seed {
    enum wi_seed_form form;
    bool wide;                    /* LIST: an element has more than 32 bits */
    unsigned n;                   /* words of a LONG or LIST */
    uint32_t word[WI_SEED_WORDS]; /* LONG: little-endian, without leading zeros. LIST: of each element in turn */
};

/* Fields are for reading. */
struct wi_tensor {
    const struct wi_scheme_info *scheme;
    const struct wi_like_info *like;
    const struct wi_dtype *dtype;
    union wi_value value[WI_P_COUNT]; /* of the scheme's parameters, defaults filled in */
    uint64_t given;                   /* WI_P_BIT of what the request set */
    bool torch_name;                  /* nonlinearity= was given by a name that torch knows */
    uint64_t params;                  /* which parameters matter: the canonical text */
    struct wi_seed seed;
    struct wi_past past;

    unsigned rank;
    uint64_t shape[WI_RANK_MAX];
    uint64_t n_elems;
    double fan_in, fan_out;
    uint64_t zero_first, zero_elems; /* the elements that padding= sets to 0 */
    bool has_std, has_bound;         /* std and bound are known: the standard deviation, and the largest |value| */
    double std, bound;
    enum wi_exactness exactness;
    const char *exactness_note; /* static text, "" for native */
    const char *note;           /* static text: what may surprise in these numbers, "" if nothing does */

    uint64_t keep_bytes;    /* memory that must stay while the tensor is read; 0: the tensor is random access */
    uint64_t scratch_bytes; /* memory needed during wi_build only, for exec width `build_width` */
    unsigned build_width;

    /* For schemes: see scheme/scheme.h. */
    struct wi_draw draw;
    struct wi_bounded bounded; /* of truncated normals with bounds of choice; std 0: there are none */
    struct wi_key key;
    uint64_t aux[3]; /* values of the scheme's own: its file names the indices */
};

/* Build the matrix of a tensor with keep_bytes > 0. keep and scratch belong to the caller, are 64-byte aligned and have
 * keep_bytes and scratch_bytes; scratch may be released afterwards. exec may be NULL and must not be wider than
 * WI_BUILD_WIDTH. The result does not depend on exec. */
#define WI_BUILD_WIDTH 8
#define WI_ALIGN 64
void wi_build(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec);

/* The first address from p on that is aligned for wi_build: ask for WI_ALIGN bytes more than are needed. */
static inline void *wi_align(void *p)
{
    return (char *)p + (WI_ALIGN - (uintptr_t)p % WI_ALIGN) % WI_ALIGN;
}

WI_API_END

#endif
