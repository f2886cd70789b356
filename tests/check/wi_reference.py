"""Another implementation of docs/ALGORITHM.md (alg=1), written from that text: plain, slow, without any package.

    wi_reference.body("/init?scheme=normal&shape=3,4&seed=7")     the bytes of the answer
    wi_reference.canonical("/init?...")                           the canonical text

f32 arithmetic is done in f64 and rounded after every operation, which gives the same as f32 arithmetic does (a double has
more than twice the digits of a float). Names and section numbers are those of the text.
"""
import hashlib
import math
import struct

MASK32 = 2**32 - 1
MASK64 = 2**64 - 1

# ---- 0. Conventions ----------------------------------------------------------------------------------------------------

_SINGLE = struct.Struct("<f")
_DOUBLE = struct.Struct("<d")


def f32(x):
    return _SINGLE.unpack(_SINGLE.pack(x))[0]


def f64(x):
    return float(x)


def f32_bits(x):
    return int.from_bytes(_SINGLE.pack(x), "little")


def f32_float(n):
    return _SINGLE.unpack(n.to_bytes(4, "little"))[0]


def f64_bits(x):
    return int.from_bytes(_DOUBLE.pack(x), "little")


def f64_float(n):
    return _DOUBLE.unpack(n.to_bytes(8, "little"))[0]


def signed(n, bits):
    return n - (1 << bits) if n >> (bits - 1) else n


def f32_from_integer(n):
    """|n| < 2^53: through f64, exactly."""
    return f32(float(n))


def horner(real, x, coefficients):
    total = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = real(real(total * x) + c)
    return total


def constants(text):
    return [float.fromhex(word) for word in text.split()]


# ---- 1. Random words ---------------------------------------------------------------------------------------------------


def quarter_round(x, a, b, c, d):
    x[a] = (x[a] + x[b]) & MASK32
    t = x[d] ^ x[a]
    x[d] = (t << 16 | t >> 16) & MASK32
    x[c] = (x[c] + x[d]) & MASK32
    t = x[b] ^ x[c]
    x[b] = (t << 12 | t >> 20) & MASK32
    x[a] = (x[a] + x[b]) & MASK32
    t = x[d] ^ x[a]
    x[d] = (t << 8 | t >> 24) & MASK32
    x[c] = (x[c] + x[d]) & MASK32
    t = x[b] ^ x[c]
    x[b] = (t << 7 | t >> 25) & MASK32


QUARTERS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
            (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))


def chacha_block(words, rounds=8):
    x = list(words)
    for _ in range(rounds // 2):
        for quarter in QUARTERS:
            quarter_round(x, *quarter)
    return [(a + b) & MASK32 for a, b in zip(x, words)]


def stream_id(name):
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 & MASK64
    return h


class Key:
    """A sequence of words; tiles are kept because neighbouring words share them."""

    def __init__(self, seed, stream, domain):
        self.seed, self.stream, self.domain = seed, stream, domain
        self.tiles = {}

    def block(self, number):
        return chacha_block([0x61707865, 0x3320646E, 0x79622D32, 0x6B206574,
                             self.seed & MASK32, self.seed >> 32, self.domain, 0, 0, 0, 0, 0,
                             number & MASK32, number >> 32, self.stream & MASK32, self.stream >> 32])

    def word(self, p):
        tile = p >> 8
        if tile not in self.tiles:
            if len(self.tiles) > 4096:
                self.tiles.clear()
            self.tiles[tile] = [self.block(16 * tile + i) for i in range(16)]
        return self.tiles[tile][p & 15][p >> 4 & 15]

    def double_word(self, i):
        return self.word(2 * i) | self.word(2 * i + 1) << 32


# ---- 2. From a draw to its elements ------------------------------------------------------------------------------------


class Draw:
    """kind: constant, uniform, normal or truncated_normal."""

    def __init__(self, kind, a, b=0.0):
        self.kind, self.a, self.b = kind, a, b


def draw_element(draw, key, i, real, word_bits):
    """Element i in f32 (real = f32, 32 bits) or f64 (real = f64, 64 bits)."""
    if isinstance(draw, Bounded):
        return draw.element(key, i, real, word_bits)
    a, b = draw.a, draw.b
    if draw.kind == "constant":
        return real(a)
    word = key.word if word_bits == 32 else key.double_word
    wide = word_bits == 64
    if draw.kind == "uniform":
        h, c = real(b * 0.5 - a * 0.5), real(a * 0.5 + b * 0.5)
        x = uniform_f64(word(i), h, c) if wide else uniform_f32(word(i), h, c)
        return clamp(x, real(a), real(b))
    scale, shift = real(b), real(a)
    if draw.kind == "normal":
        x = (normal_f64 if wide else normal_f32)(word, i)
        return real(real(x * scale) + shift)
    x = truncated_f64(word(i)) if wide else truncated_f32(word(i))
    return clamp(real(real(x * scale) + shift), real(a - 2 * b), real(a + 2 * b))


def clamp(x, lo, hi):
    if x < lo:
        x = lo
    if x > hi:
        x = hi
    return x


# ---- 3. Uniform --------------------------------------------------------------------------------------------------------


def uniform_f32(w, h, c):
    j = signed(w, 32) >> 7 | 1
    return f32(f32(f32_from_integer(j) * f32(h * 2.0**-24)) + c)


def uniform_f64(w, h, c):
    j = signed(w & ~0x7FF | 0x400, 64)
    return f64(j) * (h * 2.0**-63) + c


# ---- 4. Normal ---------------------------------------------------------------------------------------------------------

G = constants("0x1.ffffd6p-2 -0x1.5554fcp-2 0x1.00144ep-2 -0x1.99d398p-3 0x1.5038e4p-3 -0x1.1eaacap-3 0x1.3b0c36p-3 "
              "-0x1.1f1bb8p-3")
S32 = constants("0x1.921fb6p-1 -0x1.4abbecp-4 0x1.466b22p-9 -0x1.2f5a1ep-15")
C32 = constants("0x1.3bd3ccp-2 -0x1.03c1b8p-6 0x1.55b7cep-12 -0x1.d684a8p-19")
LOG2_32 = float.fromhex("0x1.62e43p-1")

P = constants("0x1.555555555554fp-1 0x1.999999999c179p-2 0x1.24924921e4535p-2 0x1.c71c748fbae43p-3 0x1.745c4adbb356fp-3 "
              "0x1.3b35c0faf57a2p-3 0x1.0dcb8ebc41e66p-3 0x1.1b81dec219a44p-3")
S64 = constants("0x1.921fb54442d18p-1 -0x1.4abbce625be09p-4 0x1.466bc67754ffbp-9 -0x1.32d2ccdfe8d18p-15 "
                "0x1.50782d5e8b0e5p-22 -0x1.e2fe7671bc94fp-30 0x1.e357bc603d464p-38")
C64 = constants("0x1.3bd3cc9be45dep-2 -0x1.03c1f081b5a66p-6 0x1.55d3c7e3c301bp-12 -0x1.e1f5067b5447ep-19 "
                "0x1.a6d1e6f94bb4cp-26 -0x1.f9c878245b0e3p-34 0x1.b15c7ce779a01p-42")
LOG2_64 = float.fromhex("0x1.62e42fefa39efp-1")


def radius_f32(w):
    k = w >> 1 | 1
    n = f32_bits(f32_from_integer(k)) - 0x3F2AAAAB
    e = n >> 23
    m = f32(f32_float((n & 0x7FFFFF) + 0x3F2AAAAB) - 1)
    if e == 31:
        m = f32(f32_from_integer(k - 2**31) * 2.0**-31)
    q = f32(m * m)
    g = f32(f32(horner(f32, q, G[1::2]) * m) + horner(f32, q, G[0::2]))
    log = f32(f32(f32(31 - e) * LOG2_32) + f32(f32(q * g) - m))
    return f32(math.sqrt(f32(log + log)))


def point_f32(w):
    t = f32(f32_from_integer(signed((w << 2 | 2) & MASK32, 32)) * 2.0**-31)
    q = f32(t * t)
    s = f32(t * horner(f32, q, S32))
    c = f32(1 - f32(q * horner(f32, q, C32)))
    if w >> 31 & 1:
        c = -c
    return (s, c) if w >> 30 & 1 else (c, s)


def radius_f64(w):
    k = w >> 1 | 1
    n = f64_bits(f64(k)) - 0x3FE5555555555555
    e = n >> 52
    m = f64_float((n & 0xFFFFFFFFFFFFF) + 0x3FE5555555555555) - 1
    if e == 63:
        m = f64(k - 2**63) * 2.0**-63
    f = m / (m + 2)
    q = f * f
    log1 = (f + f) + f * (q * horner(f64, q, P))
    log = f64(63 - e) * LOG2_64 - log1
    return math.sqrt(log + log)


def point_f64(w):
    t = f64(signed((w << 2 | 2) & MASK64, 64)) * 2.0**-63
    q = t * t
    s = t * horner(f64, q, S64)
    c = 1 - q * horner(f64, q, C64)
    if w >> 63 & 1:
        c = -c
    return (s, c) if w >> 62 & 1 else (c, s)


def normal_f32(word, i):
    first = i & ~32
    r, (x, y) = radius_f32(word(first)), point_f32(word(first + 32))
    return f32(r * (y if i & 32 else x))


def normal_f64(word, i):
    first = i & ~32
    r, (x, y) = radius_f64(word(first)), point_f64(word(first + 32))
    return r * (y if i & 32 else x)


# ---- 5. Truncated normal -----------------------------------------------------------------------------------------------

N32 = constants("0x1.7a60c1c07d884p-8 0x1.987a97045ef3dp-2 0x1.1a398e7948240p+2 0x1.67dce66645d86p+3 "
                "0x1.8cc1192552372p+2 0x1.785291b2e78bdp-2")
D32 = constants("0x1.d567df441216ep-10 0x1.4b59ef85bde35p-3 0x1.25a0f13bed38cp+1 0x1.f880bebb40937p+2 "
                "0x1.ada64c09368cfp+2 0x1.0000000000000p+0")
N64 = constants("0x1.f42acec5e7b12p-21 0x1.23a1789cd5819p-12 0x1.2786b36a26891p-6 0x1.a432ea835b630p-2 "
                "0x1.f6701fbd3270dp+1 0x1.10243a69f303dp+4 0x1.0e7d15a830239p+5 0x1.d84deaa1c04ffp+4 "
                "0x1.3f5c14229a8ebp+3 0x1.e27d7093792bap-1 0x1.67c67ec7d6cd5p-9")
D64 = constants("0x1.ab20d15a8c8b7p-22 0x1.51385b7ccb0ffp-13 0x1.b40435f841ab4p-7 0x1.89702bad11ca9p-2 "
                "0x1.2f738d9a5e188p+2 0x1.b68c92dd7ee78p+4 0x1.331eb50fc2fafp+6 0x1.9cda4bdc35dcfp+6 "
                "0x1.f68107e4344bfp+5 0x1.e1ea747fa5b93p+3 0x1.0000000000000p+0")
UNIT_32 = float.fromhex("0x1.e8b4307d3627ap-32")
UNIT_64 = float.fromhex("0x1.e8b4307d3627ap-64")
ONE_LESS_M = float.fromhex("0x1.74bcf82c9d860p-5")
CENTRE = float.fromhex("0x1.40d931ff62706p+0")


def truncated_f32(w):
    v = f64(signed(w | 1, 32)) * UNIT_32
    s = 1 - v * v
    return f32(v * (horner(f64, s, N32) / horner(f64, s, D32)))


def truncated_f64(w):
    k = w & 0x7FFFFFFFFFFFFFFF | 1
    v = f64(k) * UNIT_64
    y = ONE_LESS_M - f64(k - 2**63) * UNIT_64
    s = y * (2 - y)
    z = v * (CENTRE + (1 - s) * (horner(f64, s, N64) / horner(f64, s, D64)))
    return -z if w >> 63 else z


# ---- 6. f16 and bf16 ---------------------------------------------------------------------------------------------------


def round_half_even(n, shift):
    """n / 2^shift, rounded."""
    low, half = n & ((1 << shift) - 1), 1 << (shift - 1)
    n >>= shift
    return n + (low > half or (low == half and n & 1))


def bf16_bits(x):
    return round_half_even(f32_bits(x), 16)


def f16_bits(x):
    bits = f32_bits(x)
    sign, magnitude = bits >> 31 << 15, bits & 0x7FFFFFFF
    exponent, significand = magnitude >> 23, magnitude & 0x7FFFFF | 0x800000
    if exponent >= 113:  # at least 2^-14: normal in f16
        rounded = round_half_even(magnitude - (112 << 23), 13)
        return sign | min(rounded, 0x7C00)
    if exponent < 102:  # below half of 2^-24
        return sign
    return sign | round_half_even(significand, 126 - exponent)


def f8_values(fraction, bias, codes):
    """The values of the codes 0 .. codes - 1, without sign."""
    def value(code):
        exponent, digits = code >> fraction, code & (1 << fraction) - 1
        scale = 2.0 ** (max(exponent, 1) - bias - fraction)
        return (digits + (exponent > 0) * (1 << fraction)) * scale
    return [value(code) for code in range(codes)]


F8 = {"f8_e4m3": f8_values(3, 7, 127), "f8_e5m2": f8_values(2, 15, 124)}


def f8_bits(x, dtype):
    """The nearest of all values; of two as near the one with an even code."""
    magnitude = abs(f32(x))
    code = min(range(len(F8[dtype])), key=lambda c: (abs(F8[dtype][c] - magnitude), c % 2))
    return code | (math.copysign(1, x) < 0) << 7


# ---- 5.1 Bounds of choice ----------------------------------------------------------------------------------------------

QUANTILE = {name: [float.fromhex(c) for c in text.split()] for name, text in {
    "A": "0x1.b18d91e9eef75p+1 0x1.0a4888b1a436ep+7 0x1.ece5d2213c0ccp+10 0x1.ad1d8cd4ee71dp+13 0x1.66c3e869b752ap+15 "
         "0x1.06c1c55b78f20p+16 0x1.052d26b2e45e4p+15 0x1.39a296f7d925ep+11",
    "B": "1 0x1.5281b386e1ab5p+5 0x1.5797efdc8b3f7p+9 0x1.512322e75c89fp+12 0x1.4b772d5d65266p+14 0x1.3317caa64f4bep+15 "
         "0x1.c0e457cb1ae76p+14 0x1.46a7eca984b69p+12",
    "C": "0x1.6c665fde9526ap+0 0x1.2857748cab19bp+2 0x1.713f71462256ap+2 0x1.d2ecb1a3d02c4p+1 0x1.453cc085375b2p+0 "
         "0x1.ef2abb9b85c37p-3 0x1.744eb6c45ec67p-6 0x1.9615ac0b7ace9p-11",
    "D": "1 0x1.06cefbb46a449p+1 0x1.ad278e6526633p+0 0x1.61292f23385c9p-1 0x1.2f5123394f040p-3 0x1.f207a7eab17bfp-7 "
         "0x1.1f18cbfdf2728p-11 0x1.20d3f686439e4p-30",
    "E": "0x1.aa1b1c13ee526p+2 0x1.5daea6e875003p+2 0x1.c8ea6461fa445p+0 0x1.2fad9315255cfp-2 0x1.b2b41193b4ee7p-6 "
         "0x1.45c1908425345p-10 0x1.c6ec6cc59e02ap-16 0x1.afb74d693bf93p-23",
    "F": "1 0x1.331d34fc7d77fp-1 0x1.186eb183443fbp-3 0x1.e76f93215462ap-7 0x1.9c8bc979dc5d7p-11 0x1.35c2c496374bfp-16 "
         "0x1.31446f740b9e0p-23 0x1.269bff1f8c190p-49"}.items()}


def exp_minus(t):
    k = math.floor(t * float.fromhex("0x1.71547652b82fep+0") + 0.5)
    r = (t - k * float.fromhex("0x1.62e42feep-1")) - k * float.fromhex("0x1.a39ef35793c76p-33")
    y = 1.0
    for n in range(20, 0, -1):
        y = 1 - r * y / n
    return y * 2.0**-k


def density(x):
    return exp_minus(x * x / 2) * float.fromhex("0x1.9884533d43651p-2")


def inner_outer(x):
    """The mass between 0 and x, and above x, x >= 0."""
    if x < 2:
        term = total = x
        for n in range(1, 41):
            term = term * (x * x) / (2 * n + 1)
            total = total + term
        return density(x) * total, 0.5 - density(x) * total
    fraction = 0.0
    if x <= 37:
        for n in range(100, 0, -1):
            fraction = n / (x + fraction)
        fraction = density(x) / (x + fraction)
    return 0.5 - fraction, fraction


class Bounded:
    def __init__(self, mean, std, low, high):
        self.mean, self.std, self.low, self.high = mean, std, low, high
        a, b = (low - mean) / std, (high - mean) / std
        self.below, self.above = self.over(-a), self.over(b)
        middle = [inner_outer(x)[0] if x >= 0 else -inner_outer(-x)[0] for x in (a, b)]
        self.centre = (middle[0] + middle[1]) * 0.5
        if a >= 0:
            self.mass = inner_outer(a)[1] - inner_outer(b)[1]
        elif b <= 0:
            self.mass = inner_outer(-b)[1] - inner_outer(-a)[1]
        else:
            self.mass = inner_outer(b)[0] + inner_outer(-a)[0]

    @staticmethod
    def over(x):
        return inner_outer(x)[1] if x >= 0 else 0.5 + inner_outer(-x)[0]

    @staticmethod
    def quotient(x, n, d):
        return horner(f64, x, QUANTILE[n]) / horner(f64, x, QUANTILE[d])

    def tail(self, p):
        n = f64_bits(p) - 0x3FE5555555555555
        e = n >> 52
        m = f64_float((n & 0xFFFFFFFFFFFFF) + 0x3FE5555555555555) - 1
        f = m / (m + 2)
        q = f * f
        logarithm = (f + f) + f * (q * horner(f64, q, P))
        r = math.sqrt(-e * float.fromhex("0x1.62e42fefa39efp-1") - logarithm)
        return self.quotient(r - 1.6, "C", "D") if r <= 5 else self.quotient(r - 5, "E", "F")

    def element(self, key, i, real, bits):
        word = key.double_word(i) if bits == 64 else key.word(i)
        half = 1 << bits - 1
        if bits == 64:
            j = (word & half - 1) | 1
            j = -j if word >> 63 else j
        else:
            j = signed(word | 1, 32)
        v, u, rest = f64(j) * 2.0**(1 - bits), f64(half + j) * 2.0**-bits, f64(half - j) * 2.0**-bits
        q = self.centre + v * (self.mass * 0.5)
        if -0.425 <= q <= 0.425:
            z = q * self.quotient(0.180625 - q * q, "A", "B")
        elif q < 0:
            z = -self.tail(self.below + u * self.mass)
        else:
            z = self.tail(self.above + rest * self.mass)
        x = real(real(real(z) * real(self.std)) + real(self.mean))
        return min(max(x, real(self.low)), real(self.high))


# ---- 7. Requests -------------------------------------------------------------------------------------------------------

ORDER = ("alg scheme shape seed stream dtype layout like mode gain nonlinearity a scale distribution truncated mean std low "
         "high cut value base sparsity groups fan_in fan_out bitgen part padding slice format of order flat name").split()
COMMON = {"alg", "scheme", "shape", "seed", "stream", "dtype", "layout", "padding", "slice", "format"}
DTYPES = {"f32": "f32 float32 float FP32 F32", "f64": "f64 float64 double FP64 F64",
          "f16": "f16 float16 half FP16 F16", "bf16": "bf16 bfloat16 BF16",
          "f8_e4m3": "f8_e4m3 float8_e4m3fn F8_E4M3 FP8_E4M3", "f8_e5m2": "f8_e5m2 float8_e5m2 F8_E5M2 FP8_E5M2"}
WIDTH = {"f32": 4, "f64": 8, "f16": 2, "bf16": 2, "f8_e4m3": 1, "f8_e5m2": 1}
BOOLEANS = {"0": "0 false", "1": "1 true"}
DISTRIBUTIONS = {"normal": "normal untruncated_normal", "uniform": "uniform", "truncated_normal": "truncated_normal"}
NONLINEARITIES = {"linear": "linear identity none conv1d conv2d conv3d", "sigmoid": "sigmoid logistic", "tanh": "tanh",
                  "relu": "relu relu6", "leaky_relu": "leaky_relu lrelu prelu", "selu": "selu"}
LAYOUTS = {"io": "io hwio", "oi": "oi oihw", "iohw": "iohw", "hwoi": "hwoi", "hwcm": "hwcm"}
SPELLINGS = {"dtype": DTYPES, "layout": LAYOUTS, "truncated": BOOLEANS, "flat": BOOLEANS, "distribution": DISTRIBUTIONS,
             "nonlinearity": NONLINEARITIES}
REALS = {"cut", "gain", "a", "scale", "mean", "std", "low", "high", "value", "base", "sparsity"}
INTEGERS = {"alg", "seed", "groups", "fan_in", "fan_out", "padding"}


def percent_decode(text):
    out, i = b"", 0
    while i < len(text):
        if text[i] == "%":
            out += bytes([int(text[i + 1:i + 3], 16)])
            i += 3
        else:
            out += text[i].encode()
            i += 1
    return out.decode()


def percent_encode(text):
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~,:"
    return "".join(chr(byte) if byte in plain else "%%%02X" % byte for byte in text.encode())


def first_name(table, given):
    for name, spellings in table.items():
        if given in spellings.split():
            return name
    raise ValueError(given)


def read_value(name, text):
    if name in SPELLINGS:
        return first_name(SPELLINGS[name], text)
    if name in INTEGERS:
        return int(text, 16) if text.startswith("0x") else int(text)
    if name in REALS:
        return float(text) + 0.0  # -0 becomes 0
    if name == "shape":
        return [int(d) for d in text.replace("x", ",").split(",")] if text else []
    return text


class Request:
    """The parameters with their defaults, the fans, and the slice as pairs (start, stop)."""

    def __init__(self, text):
        given = {}
        for pair in text.partition("?")[2].split("&"):
            if pair:
                name, _, value = pair.partition("=")
                given[name] = read_value(name, percent_decode(value))
        self.given = given
        self.scheme = first_name({n: n + " " + row[0] for n, row in SCHEMES.items()}, given["scheme"])
        self.row = SCHEMES[self.scheme]
        self.file = given.get("format", "raw")
        if self.file in DIGESTS:
            self.file = given.get("of", "raw")
        takes_name, takes_flat = self.file in ("safetensors", "json"), self.file == "json"
        values = {"alg": 1, "seed": 0, "stream": "", "dtype": "f32", "layout": "io", "format": "raw"}
        values.update({"name": "tensor"} if takes_name else {}, **({"flat": "0"} if takes_flat else {}))
        values.update(self.row[1])
        values.update(given)
        values["scheme"] = self.scheme
        self.values = values
        self.shape, self.dtype = values["shape"], values["dtype"]
        self.slice = resolve_slice(values.get("slice"), self.shape)
        self.part = [stop - start for start, stop in self.slice]
        if self.part == self.shape:
            values.pop("slice", None)
        self.by_columns = values.get("order") == "F" and sum(d > 1 for d in self.part) > 1 and 0 not in self.part
        if not self.by_columns:
            values.pop("order", None)
        if values.get("of") == "raw":
            values.pop("of")
        if self.scheme == "truncated_normal":
            self.resolve_bounds()
        if "mode" in values:
            self.resolve_fans()
        if "nonlinearity" in values:
            self.resolve_gain()

    def __getitem__(self, name):
        return self.values[name]

    def resolve_gain(self):
        if "gain" not in self.given:
            self.values["gain"] = gain_of(self["nonlinearity"], self.values.get("a", 0.01))
        self.values.pop("nonlinearity")
        self.values.pop("a", None)

    def channels(self):
        """(in, out, the other dimensions)"""
        s = self.shape
        return (s[1], s[0], s[2:]) if self["layout"] == "oi" else (s[-2], s[-1], s[:-2])

    def resolve_bounds(self):
        v, mean, std = self.values, self["mean"], self["std"]
        if "cut" in v:
            reach = v.pop("cut") * std
            v["low"], v["high"] = mean - reach, mean + reach
        if v.get("low") == mean - 2 * std and v.get("high") == mean + 2 * std:
            v.pop("low")
            v.pop("high")
        self.bounds = ("low" in v or "high" in v) and std > 0 and (v.get("low", -math.inf), v.get("high", math.inf))

    def counted_fans(self):
        s, groups = self.shape, self.values.get("groups", 1)
        if len(s) < 2:
            return (f64(s[0]) if s else 1.0,) * 2
        n_in, n_out, others = {"io": (s[-2], s[-1] // groups, s[:-2]), "oi": (s[1], s[0] // groups, s[2:]),
                               "iohw": (s[0] // groups, s[1], s[2:]), "hwoi": (s[-1] // groups, s[-2], s[:-2]),
                               "hwcm": (1, s[-1], s[:-2])}[self["layout"]]
        return tuple(f64(n) * f64(math.prod(others)) for n in (n_in, n_out))

    def resolve_fans(self):
        self.fans = list(self.counted_fans())
        if self.values.get("groups") == 1:
            self.values.pop("groups")
        for i, name in enumerate(("fan_in", "fan_out")):
            if name in self.values and f64(self[name]) == self.fans[i]:
                self.values.pop(name)
            self.fans[i] = f64(self.values.get(name, self.fans[i]))

    def fan(self):
        fan_in, fan_out = self.fans
        return {"fan_in": lambda: fan_in, "fan_out": lambda: fan_out, "fan_avg": lambda: (fan_in + fan_out) / 2,
                "fan_geo_avg": lambda: math.sqrt(fan_in) * math.sqrt(fan_out)}[self["mode"]]()

    def write_value(self, name):
        value = self.values[name]
        if name in REALS:
            return decimal(value, "f64")
        if name == "shape":
            return ",".join(str(d) for d in value)
        if name == "slice":
            return ",".join("%d:%d" % bounds for bounds in self.slice)
        return percent_encode(str(value))

    def canonical(self, of_file=False):
        """of_file: that of the file whose digest is asked for."""
        if of_file and self["format"] in DIGESTS:
            return Request(self.canonical().replace("&of=" + self.file, "").replace(
                "&format=" + self["format"], "&format=" + self.file)).canonical()
        names = [n for n in ORDER if n in self.values]
        if self.scheme in SEEDLESS:
            names = [n for n in names if n not in ("seed", "stream")]
        if not self["stream"] and "stream" in names:
            names.remove("stream")
        if "like" in names:
            names.remove("like")
        return "/init?" + "&".join("%s=%s" % (n, self.write_value(n)) for n in names)


def resolve_slice(text, shape):
    items = text.split(",") if text else []
    items += [":"] * (len(shape) - len(items))
    return [resolve_item(item, d) for item, d in zip(items, shape)]


def resolve_item(item, d):
    start, colon, stop = item.partition(":")
    first = int(start) if start else 0
    first += d if first < 0 else 0
    if not colon:
        return first, first + 1
    last = int(stop) if stop else d
    last += d if last < 0 else 0
    return first, max(0, min(last, d))


# ---- 8. Schemes --------------------------------------------------------------------------------------------------------

T = 0.87962566103423978


def gain_of(nonlinearity, a):
    return {"linear": 1.0, "sigmoid": 1.0, "tanh": 5.0 / 3, "relu": math.sqrt(2), "selu": 3.0 / 4,
            "leaky_relu": math.sqrt(2 / (1 + a * a))}[nonlinearity]


def by_spread(r):
    if r["truncated"] == "1":
        return Draw("truncated_normal", r["mean"], r["std"] / T)
    return Draw("normal", r["mean"], r["std"])


def by_fan(kind, gain, fan):
    if kind == "uniform":
        h = gain * math.sqrt(3 / fan)
        return Draw("uniform", -h, h)
    b = gain / math.sqrt(fan)
    return Draw("truncated_normal", 0.0, b / T) if kind == "truncated_normal" else Draw("normal", 0.0, b)


def truncated(r):
    if r.bounds:
        return Bounded(r["mean"], r["std"], *r.bounds)
    return Draw("truncated_normal", r["mean"], r["std"])


def fan_normal(r):
    return by_fan("truncated_normal" if r["truncated"] == "1" else "normal", r["gain"], r.fan())


def fan_uniform(r):
    return by_fan("uniform", r["gain"], r.fan())


def scaling(r):
    return by_fan(r["distribution"], math.sqrt(r["scale"]), r.fan())


def sparse(r):
    return Draw("normal", 0.0, r["std"])


def fan_defaults(mode, nonlinearity, truncated=True):
    return dict({"mode": mode, "nonlinearity": nonlinearity}, **({"truncated": "0"} if truncated else {}))


# name: (aliases, parameters with defaults, draw or None)
SCHEMES = {
    "zeros": ("zero", {}, lambda r: Draw("constant", 0.0)),
    "ones": ("one", {}, lambda r: Draw("constant", 1.0)),
    "constant": ("const fill", {"value": 0.0}, lambda r: Draw("constant", r["value"])),
    "uniform": ("random_uniform", {"low": 0.0, "high": 1.0}, lambda r: Draw("uniform", r["low"], r["high"])),
    "normal": ("gaussian random_normal", {"mean": 0.0, "std": 1.0, "truncated": "0"}, by_spread),
    "random": ("small_random", {"mean": 0.0, "std": 0.01, "truncated": "0"}, by_spread),
    "truncated_normal": ("trunc_normal", {"mean": 0.0, "std": 1.0}, truncated),
    "xavier_uniform": ("", fan_defaults("fan_avg", "linear", False), fan_uniform),
    "glorot_uniform": ("", fan_defaults("fan_avg", "linear", False), fan_uniform),
    "xavier_normal": ("", fan_defaults("fan_in", "linear"), fan_normal),
    "glorot_normal": ("", fan_defaults("fan_avg", "linear"), fan_normal),
    "he_uniform": ("kaiming_uniform", fan_defaults("fan_in", "relu", False), fan_uniform),
    "he_normal": ("kaiming_normal", fan_defaults("fan_in", "relu"), fan_normal),
    "lecun_uniform": ("", fan_defaults("fan_in", "linear", False), fan_uniform),
    "lecun_normal": ("", fan_defaults("fan_in", "linear"), fan_normal),
    "variance_scaling": ("", {"scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal"}, scaling),
    "eye": ("identity", {}, None),
    "dirac": ("", {"groups": 1}, None),
    "sinusoidal": ("sinusoid", {"base": 10000.0}, None),
    "sinusoidal_halves": ("", {"base": 10000.0}, None),
    "positions": ("arange", {}, None),
    "inv_freq": ("rotary", {"base": 10000.0}, None),
    "log_positions": ("s4d_real", {}, None),
    "sparse": ("", {"sparsity": 0.9, "std": 0.01}, sparse),
    "orthogonal": ("", {"gain": 1.0}, None),
    "delta_orthogonal": ("", {"gain": 1.0}, None),
}
SEEDLESS = {"zeros", "ones", "constant", "eye", "dirac", "sinusoidal", "sinusoidal_halves", "positions", "inv_freq",
            "log_positions"}


def sparse_zeros(r):
    """The set of (row, column) that become zero."""
    rows, cols = r.shape
    k = min(rows, math.ceil(r["sparsity"] * f64(rows)))
    m = min(k, rows - k)
    key = Key(r["seed"], stream_id(r["stream"]), 1)
    zeros = set()
    for c in range(cols):
        chosen = set()
        for j in range(rows - m, rows):
            t = key.double_word(c * rows + j) * (j + 1) >> 64
            chosen.add(j if t in chosen else t)
        if k > rows - k:
            chosen = set(range(rows)) - chosen
        zeros |= {(row, c) for row in chosen}
    return zeros


def split_place(r, place):
    """(in, out, others) of a place of a convolution."""
    return (place[1], place[0], place[2:]) if r["layout"] == "oi" else (place[-2], place[-1], place[:-2])


def element_function(r):
    """A function from (index, place) to the element, in f32 or, for f64 tensors, in f64."""
    wide = r.dtype == "f64"
    real, bits = (f64, 64) if wide else (f32, 32)
    key = Key(r["seed"], stream_id(r["stream"]), 0)
    if r.scheme == "eye":
        return lambda index, place: 1.0 if place[0] == place[1] else 0.0
    if r.scheme in FORMULAS:
        return lambda index, place: FORMULAS[r.scheme](r, *divmod(index, (r.shape or [1])[-1]))
    if r.scheme == "dirac":
        return dirac(r)
    if r.scheme == "orthogonal":
        s = r.shape
        rows, cols = (s[0], math.prod(s[1:])) if r["layout"] in ("oi", "iohw") else (math.prod(s[:-1]), s[-1])
        matrix = orthogonal(key, rows, cols, r["gain"], wide)
        return lambda index, place: matrix[index // cols][index % cols]
    if r.scheme == "delta_orthogonal":
        return delta_orthogonal(r, key, wide)
    draw = r.row[2](r)
    if r.scheme == "sparse":
        zeros = sparse_zeros(r)
        return lambda index, place: 0.0 if tuple(place) in zeros else draw_element(draw, key, index, real, bits)
    return lambda index, place: draw_element(draw, key, index, real, bits)


def sinusoidal(r, t, c):
    angle = t / r["base"] ** (f64(c // 2 * 2) / f64(r.shape[1]))
    return math.cos(angle) if c % 2 else math.sin(angle)


def sinusoidal_halves(r, t, c):
    half = r.shape[1] // 2
    if c >= 2 * half:
        return 0.0
    step = math.log(r["base"]) / f64(half - 1) if half > 1 else 0.0
    angle = t * math.exp(-step * f64(c % half))
    return math.sin(angle) if c < half else math.cos(angle)


FORMULAS = {
    "sinusoidal": sinusoidal, "sinusoidal_halves": sinusoidal_halves,
    "positions": lambda r, _, c: f64(c),
    "inv_freq": lambda r, _, c: 1 / r["base"] ** (f64(c) / f64((r.shape or [1])[-1])),
    "log_positions": lambda r, _, c: math.log(c + 1),
}


def dirac(r):
    n_in, n_out, others = r.channels()
    g = n_out // r["groups"]
    centre = [d // 2 for d in others]

    def element(index, place):
        i, o, at = split_place(r, place)
        return 1.0 if at == centre and i == o % g else 0.0
    return element


def delta_orthogonal(r, key, wide):
    n_in, n_out, others = r.channels()
    oi = r["layout"] == "oi"
    matrix = orthogonal(key, *((n_out, n_in) if oi else (n_in, n_out)), r["gain"], wide)
    centre = [(d - 1) // 2 for d in others]

    def element(index, place):
        i, o, at = split_place(r, place)
        return 0.0 if at != centre else matrix[o][i] if oi else matrix[i][o]
    return element


# ---- 9. Orthogonal matrices --------------------------------------------------------------------------------------------

PANEL = 48


def sum_in_parts(real, products, part):
    """Parts of so many terms, each a sum of its own from +0; the first part, to which the others are added."""
    total = None
    for start in range(0, len(products), part):
        s = 0.0
        for x in products[start:start + part]:
            s = real(s + x)
        total = s if total is None else real(total + s)
    return 0.0 if total is None else total


def gaussians(key, i0, b, rows, real, bits):
    normal = Draw("normal", 0.0, 1.0)
    return [[draw_element(normal, key, (i0 + j << 32) + i0 + r, real, bits) if r >= j else 0.0 for j in range(b)]
            for r in range(rows)]


def reflect(v, j, real):
    """Column j of V becomes a vector of reflection; returns d[j], half[j]."""
    tail, parts = 0.0, {}
    for r in range(j + 1, len(v)):
        parts[r >> 6] = parts.get(r >> 6, 0.0) + v[r][j] * v[r][j]
    for part in sorted(parts):
        tail += parts[part]
    x = v[j][j]
    s = 1.0 if x >= 0 else -1.0
    if tail == 0:
        x = s
    v0 = real(x + s * math.sqrt(tail + x * x))
    v[j][j] = v0
    return -s, 0.5 * (tail + v0 * v0)


def triangle(v, b, half, real):
    columns = [[row[j] for row in v] for j in range(b)]
    t = [[0.0] * b for _ in range(b)]
    for j in range(b):
        t[j][j] = 1 / half[j]
        s = [sum_in_parts(real, [real(x * y) for x, y in zip(columns[k], columns[j])], 128) for k in range(j)]
        for i in range(j):
            total = 0.0
            for k in range(i, j):
                total += t[i][k] * s[k]
            t[i][j] = -total * t[j][j]
    return [[real(x) for x in row] for row in t]


def apply_panel(v, t, b, d, q, own, real):
    """q, the local rows of a column of Q, is changed. own: its number in the panel, or None."""
    rows = len(v)
    if own is not None:
        w = [real(v[own][k] * d[own]) if k <= own else 0.0 for k in range(b)]
    else:
        w = [sum_in_parts(real, [real(v[r][k] * q[r]) for r in range(b, rows)], 128) for k in range(b)]
    u = []
    for i in range(b):
        total = 0.0
        for k in range(i, b):
            total = real(total + real(t[i][k] * w[k]))
        u.append(total)
    for r in range(rows):
        total, row = 0.0, v[r]
        for k in range(b):
            total = real(total + real(row[k] * u[k]))
        q[r] = real(q[r] - total)


def orthogonal(key, rows, cols, gain, wide):
    """A list of rows."""
    if rows < cols:
        return [list(row) for row in zip(*orthogonal(key, cols, rows, gain, wide))]
    m, n = rows, cols
    real, bits = (f64, 64) if wide else (f32, 32)
    columns = [[0.0] * m for _ in range(n)]
    for i0 in reversed(range(0, n, PANEL)):
        b = min(PANEL, n - i0)
        v = gaussians(key, i0, b, m - i0, real, bits)
        d, half = zip(*(reflect(v, j, real) for j in range(b)))
        t = triangle(v, b, half, real)
        for c in range(b):
            columns[i0 + c][i0 + c] = d[c]
        for c in range(i0, n):
            q = columns[c][i0:]
            apply_panel(v, t, b, d, q, c - i0 if c < i0 + b else None, real)
            columns[c][i0:] = q
    g = real(gain)
    return [[real(columns[c][r] * g) for c in range(n)] for r in range(m)]


# ---- 10. Bytes ---------------------------------------------------------------------------------------------------------


def encode_bits(x, dtype):
    """The element's encoding as an integer."""
    if dtype in F8:
        return f8_bits(x, dtype)
    return {"f32": f32_bits, "f64": f64_bits, "f16": f16_bits, "bf16": bf16_bits}[dtype](x)


def places(shape):
    """Every place of a shape in row-major order."""
    if not shape:
        yield []
        return
    for first in range(shape[0]):
        for rest in places(shape[1:]):
            yield [first] + rest


def part_bits(r):
    """The encodings of the part's elements."""
    if 0 in r.part:
        return
    element = element_function(r)
    strides = [math.prod(r.shape[d + 1:]) for d in range(len(r.shape))]
    offsets = (list(reversed(p)) for p in places(r.part[::-1])) if r.by_columns else places(r.part)
    for offset in offsets:
        place = [o + start for o, (start, _) in zip(offset, r.slice)]
        zero = place and place[0] == r.values.get("padding")
        yield 0 if zero else encode_bits(element(sum(p * s for p, s in zip(place, strides)), place), r.dtype)


def raw(r):
    return b"".join(bits.to_bytes(WIDTH[r.dtype], "little") for bits in part_bits(r))


def npy(r):
    s = r.part
    shape = "(%d,)" % s[0] if len(s) == 1 else "(%s)" % ", ".join(str(d) for d in s)
    head = "{'descr': '<f%d', 'fortran_order': %s, 'shape': %s, }" % (WIDTH[r.dtype], r.by_columns, shape)
    head += " " * (21 - len(str(s[-1 if r.by_columns else 0]))) if s else ""
    head += " " * (64 - (10 + len(head) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + raw(r)


def json_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def safetensors(r):
    data = raw(r)
    head = '{"__metadata__":{"request":%s,"exactness":"exact"},%s:{"dtype":"%s","shape":[%s],"data_offsets":[0,%d]}}' % (
        json_string(r.canonical(True)), json_string(r["name"]), r.dtype.upper(), ",".join(str(d) for d in r.part), len(data))
    head = head.encode()
    head += b" " * (-len(head) % 8)
    return struct.pack("<Q", len(head)) + head + data


LAYOUT = {"f32": (8, 23), "f64": (11, 52), "f16": (5, 10), "bf16": (8, 7)}  # bits of the exponent, of the fraction
PLAIN_BELOW = {"f32": 9, "f64": 16, "f16": 9, "bf16": 9}
CELL = {"f32": 15, "f64": 24, "f16": 15, "bf16": 15, "f8_e4m3": 15, "f8_e5m2": 15}


def neighbourhood(bits, dtype):
    """Value and the ends of what rounds to it, as integers in units of 2^exponent; whether the ends belong to it."""
    exponent_bits, fraction_bits = LAYOUT[dtype]
    field, fraction = bits >> fraction_bits, bits & (1 << fraction_bits) - 1
    exponent = max(field, 1) - (1 << exponent_bits - 1) + 1 - fraction_bits
    significand = fraction | (field > 0) << fraction_bits
    below = 1 if fraction == 0 and field > 1 else 2  # the neighbour below a power of two is half as far
    return 4 * significand, 4 * significand - below, 4 * significand + 2, exponent - 2, significand % 2 == 0


def shortest_digits(bits, dtype):
    """(digits, e): the value is about d.ddd * 10^e."""
    value, low, high, exponent, closed = neighbourhood(bits, dtype)
    # As fractions over one power of ten or two: x * up / down.
    up, down = (1 << exponent, 1) if exponent >= 0 else (1, 1 << -exponent)
    e = len(str(value * up // down)) - 1 if value * up >= down else -len(str((down - 1) // (value * up)))
    for n in range(1, 18):
        scale = e - (n - 1)  # candidates are integers times 10^scale
        a, b = (up, down * 10**scale) if scale >= 0 else (up * 10**-scale, down)
        floor = value * a // b
        good = [c for c in (floor, floor + 1)
                if (low * a <= c * b <= high * a if closed else low * a < c * b < high * a) and c > 0]
        if good:
            best = min(good, key=lambda c: (abs(c * b - value * a), c % 2))
            digits = str(best)
            return digits.rstrip("0"), scale + len(digits) - 1
    raise AssertionError


def decimal_of_bits(bits, dtype):
    top = WIDTH[dtype] * 8 - 1
    sign = "-" if bits >> top else ""
    bits &= (1 << top) - 1
    if bits == 0:
        return sign + "0.0"
    digits, e = shortest_digits(bits, dtype)
    if e < -4 or e >= PLAIN_BELOW[dtype]:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return "%s%se%s%02d" % (sign, mantissa, "-" if e < 0 else "+", abs(e))
    if e < 0:
        return sign + "0." + "0" * (-e - 1) + digits
    whole = digits[:e + 1].ljust(e + 1, "0")
    return sign + whole + "." + (digits[e + 1:] or "0")


def decimal(x, dtype):
    return decimal_of_bits(encode_bits(x, dtype), dtype)


def json_number(bits, dtype):
    """f16 and bf16 are written as the f32 of the same value."""
    if dtype in F8:
        sign = -1.0 if bits >> 7 else 1.0
        return decimal(sign * F8[dtype][bits & 127], "f32")
    if dtype == "bf16":
        return decimal_of_bits(bits << 16, "f32")
    if dtype == "f16":
        return decimal(struct.unpack("<e", struct.pack("<H", bits))[0], "f32")
    return decimal_of_bits(bits, dtype)


def boundaries(inner, i):
    """The largest n <= D such that i is a multiple of the product of the last n dimensions."""
    n = 0
    while n < len(inner) and i % math.prod(inner[len(inner) - n - 1:]) == 0:
        n += 1
    return n


def json(r):
    listed = r["flat"] == "1" or r.part
    inner = [] if r["flat"] == "1" or len(r.part) < 2 else r.part[1:]
    depth, total = len(inner), math.prod(r.part)
    text = '{"name":%s,"shape":[%s],"datatype":"%s","parameters":{"request":%s,"exactness":"exact"},"data":%s\n' % (
        json_string(r["name"]), ",".join(str(d) for d in r.part), "BF16" if r.dtype == "bf16" else "FP" + r.dtype[1:].upper(),
        json_string(r.canonical(True)), "[" if listed else "")
    cells = [text]
    for i, bits in enumerate(part_bits(r)):
        closing, last = boundaries(inner, i + 1), i + 1 == total
        tail = "]" * closing + ("" if last else ",")
        line_ends = last or (closing > 0 if depth else (i + 1) % 8 == 0)
        tail = tail.ljust(depth + 1) + "\n" if line_ends else tail.ljust(depth + 2)
        cells.append(("[" * boundaries(inner, i)).rjust(depth) + json_number(bits, r.dtype).rjust(CELL[r.dtype]) + tail)
    return ("".join(cells) + ("]}\n" if listed else "}\n")).encode()


def separated(r, separator):
    """The last dimension along a line; scalars and vectors one number a line."""
    columns = r.part[-1] if len(r.part) > 1 else 1
    cells = [json_number(bits, r.dtype).rjust(CELL[r.dtype]) + ("\n" if (i + 1) % columns == 0 else separator)
             for i, bits in enumerate(part_bits(r))]
    return "".join(cells).encode()


def csv(r):
    return separated(r, ",")


def tsv(r):
    return separated(r, "\t")


FILES = {"raw": raw, "npy": npy, "safetensors": safetensors, "json": json, "csv": csv, "tsv": tsv}
DIGESTS = {"sha256", "sha256sum"}


def body(text):
    """Of a digest the file whose digest it is: the line around it is the server's."""
    r = Request(text)
    return FILES[r.file](r)


def canonical(text):
    return Request(text).canonical()


def etag(text):
    return '"%s"' % hashlib.sha256(canonical(text).encode()).hexdigest()[:32]
