/* Decimals: parsing agrees with strtod, and a printed number reads back to the same bits. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "decimal.h"
#include "fuzz/fuzz.h"

/* clang-format off */
const char *const fuzz_seeds[] = {
    "0.1", "-0", "1e-400", "1.7976931348623157e308", "2.2250738585072011e-308", "9007199254740993",
    "123456789012345678901234567890e-20", ".5e+3", "5.", "4.9406564584124654e-324", "0xff", NULL,
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), printed[WI_DECIMAL_F64_MAX + 1], *end;
    double value, again;
    uint64_t integer;
    memcpy(text, data, size);
    text[size] = 0;
    if (wi_decimal_parse((const char *)data, size, &value)) {
        FUZZ_CHECK(isfinite(value));
        double expected = strtod(text, &end);
        FUZZ_CHECK(end == text + size);
        FUZZ_CHECK(memcmp(&value, &expected, sizeof value) == 0);
        size_t n = wi_decimal_f64(value, printed);
        FUZZ_CHECK(n <= WI_DECIMAL_F64_MAX);
        FUZZ_CHECK(wi_decimal_parse(printed, n, &again));
        FUZZ_CHECK(memcmp(&value, &again, sizeof value) == 0);
    }
    if (wi_decimal_parse_u64((const char *)data, size, &integer))
        FUZZ_CHECK(integer == strtoull(text, NULL, size > 1 && text[1] == 'x' ? 16 : 10));
    free(text);
    return 0;
}
