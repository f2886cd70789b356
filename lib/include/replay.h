/* replay.h - what torch draws from one generator, tensor after tensor, read at any place.
 *
 * A program that seeds once and then fills its tensors leaves every number at a known word of the generator. Draws are
 * written down in their order and placed; from then on any element of any of them costs what it costs alone, and a draw
 * that nobody reads costs nothing:
 *
 *     struct wi_replay_draw draw[2] = {{WI_DRAW_UNIFORM, WI_F32, -0.5, 0.5, 12},      torch.manual_seed(7)
 *                                      {WI_DRAW_NORMAL, WI_F32, 0, 0.02, 1000}};      a.uniform_(-0.5, 0.5)
 *     struct wi_replay_mark mark = WI_REPLAY_START;                                   b.normal_(0, 0.02)
 *     for (unsigned i = 0; i < 2; i++)
 *         wi_replay_place(torch, &draw[i], &mark);
 *     struct wi_replay *replay = wi_replay_init(memory, torch, 7, 4);
 *     wi_replay_read(replay, &draw[1], 990, 10, WI_F32, out);                         b[990:]
 *
 * torch is a row of wi_like_at whose name begins with "torch"; the numbers are that release's.
 *
 * Cost   : reading goes on from where an earlier reading ended, or runs or jumps there from the seed, which takes a
 *          millisecond at most, however far it is. Cursors keep where readings ended: a few for each reader are enough.
 * Memory : the caller lends wi_replay_bytes(cursors); draws stay the caller's.
 * Threads: wi_replay_read may be called from any number of threads at once; its results do not depend on the
 *          cursors. */
#ifndef WI_REPLAY_H
#define WI_REPLAY_H

#include "draw.h"
#include "tables.h"
#include "tensor.h"

WI_API_BEGIN

/* Where the generator stands: words of 32 bits used so far, and a second normal that is left over from a pair of the
 * scalar path (fewer than 16 normals). */
#define WI_REPLAY_NONE UINT64_MAX
/* clang-format off */
#define WI_REPLAY_START {0, WI_REPLAY_NONE}
/* clang-format on */
struct wi_replay_mark {
    uint64_t words;
    uint64_t spare; /* the word at which that pair began; WI_REPLAY_NONE: nothing is left over */
};

struct wi_replay_draw {
    enum wi_draw_kind kind; /* WI_DRAW_UNIFORM on [a, b), WI_DRAW_NORMAL of mean a and standard deviation b >= 0 */
    enum wi_dtype_id dtype; /* of the tensor that was filled */
    double a, b;
    uint64_t n;                 /* elements */
    double times;               /* not 0: the tensor is multiplied by it afterwards, as Tensor * times does */
    uint64_t zero, n_zeros;     /* elements [zero, zero + n_zeros) are set to 0 afterwards */
    struct wi_replay_mark mark; /* before it: set by wi_replay_place */
};

/* The draw is made where the mark stands; the mark goes on to where it ends. False: the words exceed 64 bits. */
bool wi_replay_place(const struct wi_like_info *torch, struct wi_replay_draw *draw, struct wi_replay_mark *mark);

struct wi_replay;
size_t wi_replay_bytes(unsigned cursors);
/* The generator of that seed, in memory of wi_replay_bytes(cursors), aligned as malloc
 * aligns it. Only the low 32 bits of a seed
 * reach torch's generator. */
struct wi_replay *wi_replay_init(void *memory, const struct wi_like_info *torch, uint64_t seed, unsigned cursors);

/* Elements [first, first + n) of a placed draw as `dtype`: the draw's own, or f16 or bf16 of one in f32, rounded as
 * Tensor.to rounds. */
void wi_replay_read(struct wi_replay *replay, const struct wi_replay_draw *draw, uint64_t first, size_t n,
                    enum wi_dtype_id dtype, void *out);

/* Elements [first, first + tensor->n_elems) of a placed draw, for a part of a body (body.h). tensor has its shape and
 * dtype (as above); how it is drawn is replaced. The part's keep is the replay, which reading writes to in its own way.
 * */
void wi_replay_tensor(const struct wi_replay_draw *draw, uint64_t first, struct wi_tensor *tensor);

WI_API_END

#endif
