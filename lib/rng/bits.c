/* see key.h and tiles.h */
#include "key.h"

#include <string.h>

#include "rng/tiles.h"

void wi_chacha_input(const struct wi_key *key, uint32_t input[16])
{
    /* clang-format off */
    const uint32_t words[16] = {
        0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, /* "expand 32-byte k" */
        (uint32_t)key->seed, (uint32_t)(key->seed >> 32), key->domain, 0, 0, 0, 0, 0,
        0, 0, (uint32_t)key->stream, (uint32_t)(key->stream >> 32),
    };
    /* clang-format on */
    memcpy(input, words, sizeof words);
}

wi_tiles_fn *wi_tiles(void)
{
    static wi_tiles_fn *const by_level[] = WI_ISA_FNS(wi_tiles);
    return by_level[wi_isa_level()];
}

void wi_bits_u32(const struct wi_key *key, uint64_t first, size_t n, uint32_t *out)
{
    wi_tiles_fn *tiles = wi_tiles();
    uint32_t input[16], tile[WI_TILE_WORDS];
    wi_chacha_input(key, input);
    while (n > 0) {
        size_t head = (size_t)(first % WI_TILE_WORDS), take = n;
        if (head == 0 && n >= WI_TILE_WORDS) {
            take = n - n % WI_TILE_WORDS;
            tiles(input, first / WI_TILE_WORDS, take / WI_TILE_WORDS, out);
        } else {
            if (take > WI_TILE_WORDS - head)
                take = WI_TILE_WORDS - head;
            tiles(input, first / WI_TILE_WORDS, 1, tile);
            memcpy(out, tile + head, take * sizeof *out);
        }
        first += take;
        n -= take;
        out += take;
    }
}

void wi_bits_u64(const struct wi_key *key, uint64_t first, size_t n, uint64_t *out)
{
    enum { PAIRS = 512 };
    uint32_t words[2 * PAIRS];
    while (n > 0) {
        size_t take = n < PAIRS - first % PAIRS ? n : (size_t)(PAIRS - first % PAIRS);
        wi_bits_u32(key, 2 * first, 2 * take, words);
        for (size_t i = 0; i < take; i++)
            out[i] = words[2 * i] | (uint64_t)words[2 * i + 1] << 32;
        first += take;
        n -= take;
        out += take;
    }
}

uint64_t wi_stream_id(const char *name, size_t len)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3u;
    return hash;
}
