/* tiles.h - the ChaCha core: random words by the tile. Internal to lib/rng and lib/dist.
 *
 * Generator: D. J. Bernstein, ChaCha, a variant of Salsa20 (2008), 8 rounds, original layout: four constant words,
 *            eight key words, a 64-bit block counter, a 64-bit nonce. The key words are seed low, seed high, domain, 0,
 *            0, 0, 0, 0; the nonce is the stream.
 * Tile     : 16 consecutive blocks, 256 words (1 KiB), stored word by word instead of block by block: word p of the
 *            sequence is output word (p >> 4) & 15 of block 16 * (p >> 8) + (p & 15). An instruction level with W lanes
 *            computes W blocks at a time and stores whole vectors; the order of the words is the same for all levels.
 * With 20 rounds the same code is the ChaCha20 of RFC 8439, which the tests use. */
#ifndef WI_RNG_TILES_H
#define WI_RNG_TILES_H

#include <stddef.h>
#include <stdint.h>

#include "base/dispatch.h"
#include "key.h"

enum { WI_TILE_BLOCKS = 16, WI_TILE_WORDS = 256, WI_ROUNDS = 8 };

/* The 16 input words of a block of the key; the counter words 12 and 13 are zero. */
void wi_chacha_input(const struct wi_key *key, uint32_t input[16]);

/* Tiles first .. first+n-1 into out[n * 256]; the counter in `input` is ignored. first + n <= 2^60. */
typedef void wi_tiles_fn(const uint32_t input[16], uint64_t first, size_t n, uint32_t *out);

/* The function of the level in use. */
wi_tiles_fn *wi_tiles(void);

/* One tile of the base level with any even number of rounds: for tests against published vectors. */
void wi_chacha_tile_base(const uint32_t input[16], unsigned rounds, uint64_t tile, uint32_t *out);

WI_ISA_DECLARE(wi_tiles_fn, wi_tiles);

#endif
