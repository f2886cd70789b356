/* see png.h */
#include "plot/png.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void chunk(struct srv_text *out, const char type[4], const uint8_t *bytes, size_t len)
{
    uint8_t number[4];
    put_u32(number, (uint32_t)len);
    srv_text_add(out, (const char *)number, 4);
    srv_text_add(out, type, 4);
    srv_text_add(out, (const char *)bytes, len);
    uLong crc = crc32(crc32(0, (const Bytef *)type, 4), bytes, (uInt)len);
    put_u32(number, (uint32_t)crc);
    srv_text_add(out, (const char *)number, 4);
}

/* Lines without a filter, compressed. */
static void image(struct srv_text *out, const uint8_t *points, unsigned width, unsigned height, unsigned zoom)
{
    const size_t line = (size_t)width * zoom + 1, size = line * height * zoom;
    uLongf room = compressBound(size);
    uint8_t *plain = malloc(size), *packed = malloc(room);
    if (!plain || !packed) {
        out->lost = true;
    } else {
        for (size_t y = 0; y < (size_t)height * zoom; y++) {
            uint8_t *to = plain + y * line;
            *to = 0;
            for (size_t x = 0; x < (size_t)width * zoom; x++)
                to[1 + x] = points[y / zoom * width + x / zoom];
        }
        if (compress2(packed, &room, plain, size, 9) == Z_OK)
            chunk(out, "IDAT", packed, room);
        else
            out->lost = true;
    }
    free(plain);
    free(packed);
}

void srv_png_indexed(struct srv_text *out, const uint8_t *points, unsigned width, unsigned height, unsigned zoom,
                     const uint8_t *rgb, unsigned n_colours)
{
    static const uint8_t none = 0;
    uint8_t header[13] = {0};
    if (!width || !height) {
        points = &none;
        width = height = 1;
    }
    put_u32(header, width * zoom);
    put_u32(header + 4, height * zoom);
    header[8] = 8; /* bits a point */
    header[9] = 3; /* a palette */
    srv_text_add(out, "\x89PNG\r\n\x1a\n", 8);
    chunk(out, "IHDR", header, sizeof header);
    chunk(out, "PLTE", rgb, 3 * (size_t)n_colours);
    image(out, points, width, height, zoom);
    chunk(out, "IEND", (const uint8_t *)"", 0);
}
