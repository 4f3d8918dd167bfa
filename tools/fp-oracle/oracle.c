/*
 * Records what A64 floating-point instructions answer, for the tests of packages/cpu/src/fp.
 *
 * Runs on any Arm machine with FEAT_FP16, or an emulation of one. Standard output is a sequence of groups, one per
 * instruction and operand width, little-endian:
 *
 *   u32 length, then that many bytes of JSON describing the group:
 *     op        the pseudocode function, insn the instruction
 *     format    operand width in bits, result width in bits (a multiple of 8)
 *     operands  number of operands per case, fpcr the FPCR values tried, cases the number of operand tuples
 *     further members are parameters of the function
 *   cases × operands × format/8 bytes   operands
 *   then for every FPCR value           cases × result/8 bytes results, cases × 1 byte FPSR[7:0]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t u64;
typedef uint32_t u32;

typedef struct { u64 bits; u32 fpsr; } answer;
typedef answer instruction(u64 fpcr, u64 a, u64 b, u64 c);

/* d0..d2 / x0 hold the operands; the result is read from d3 or x3. */
#define DEFINE(name, ...)                                                                              \
  static answer name(u64 fpcr, u64 a, u64 b, u64 c) {                                                  \
    register u64 x0 asm("x0") = a;                                                                     \
    register u64 x1 asm("x1") = b;                                                                     \
    register u64 x2 asm("x2") = c;                                                                     \
    register u64 x3 asm("x3") = 0;                                                                     \
    register u64 x4 asm("x4") = fpcr;                                                                  \
    asm volatile("fmov d0, x0\n fmov d1, x1\n fmov d2, x2\n movi v3.2d, #0\n"                          \
                 "msr fpcr, x4\n msr fpsr, xzr\n" __VA_ARGS__ "\n mrs x4, fpsr\n msr fpcr, xzr\n"      \
                 : "+r"(x0), "+r"(x3), "+r"(x4) : "r"(x1), "r"(x2)                                     \
                 : "v0", "v1", "v2", "v3", "cc", "memory");                                            \
    return (answer){x3, (u32)x4};                                                                      \
  }
#define TO_X "\n fmov x3, d3"

/* One instruction in its three scalar formats. */
#define EACH(name, mnemonic, tail)                                     \
  DEFINE(name##_16, mnemonic " h3, h0" tail("h") TO_X)                 \
  DEFINE(name##_32, mnemonic " s3, s0" tail("s") TO_X)                 \
  DEFINE(name##_64, mnemonic " d3, d0" tail("d") TO_X)
#define UNARY(r) ""
#define BINARY(r) ", " r "1"

EACH(fadd, "fadd", BINARY) EACH(fsub, "fsub", BINARY) EACH(fmul, "fmul", BINARY) EACH(fmulx, "fmulx", BINARY)
EACH(fdiv, "fdiv", BINARY) EACH(fmax, "fmax", BINARY) EACH(fmin, "fmin", BINARY)
EACH(fmaxnm, "fmaxnm", BINARY) EACH(fminnm, "fminnm", BINARY)
EACH(fcmeq, "fcmeq", BINARY) EACH(fcmge, "fcmge", BINARY) EACH(fcmgt, "fcmgt", BINARY)
EACH(frecps, "frecps", BINARY) EACH(frsqrts, "frsqrts", BINARY)
EACH(fsqrt, "fsqrt", UNARY) EACH(fneg, "fneg", UNARY) EACH(fabs_, "fabs", UNARY)
EACH(frecpe, "frecpe", UNARY) EACH(frsqrte, "frsqrte", UNARY) EACH(frecpx, "frecpx", UNARY)
EACH(frintn, "frintn", UNARY) EACH(frintp, "frintp", UNARY) EACH(frintm, "frintm", UNARY) EACH(frintz, "frintz", UNARY)
EACH(frinta, "frinta", UNARY) EACH(frintx, "frintx", UNARY) EACH(frinti, "frinti", UNARY)
/* Operands in FPMulAdd's order: addend, op1, op2. */
DEFINE(fmadd_16, "fmadd h3, h1, h2, h0" TO_X)
DEFINE(fmadd_32, "fmadd s3, s1, s2, s0" TO_X)
DEFINE(fmadd_64, "fmadd d3, d1, d2, d0" TO_X)
#define COMPARE(mnemonic, r) mnemonic " " r "0, " r "1\n mrs x3, nzcv\n lsr x3, x3, #28"
DEFINE(fcmp_16, COMPARE("fcmp", "h")) DEFINE(fcmp_32, COMPARE("fcmp", "s")) DEFINE(fcmp_64, COMPARE("fcmp", "d"))
DEFINE(fcmpe_16, COMPARE("fcmpe", "h")) DEFINE(fcmpe_32, COMPARE("fcmpe", "s")) DEFINE(fcmpe_64, COMPARE("fcmpe", "d"))

/* FCVT{N,P,M,Z,A}{S,U} to a general register, and to an element of the operand's width. */
#define TO_INT(m)                                                                                                   \
  DEFINE(m##_16_w, #m " w3, h0") DEFINE(m##_16_x, #m " x3, h0") DEFINE(m##_32_w, #m " w3, s0")                      \
  DEFINE(m##_32_x, #m " x3, s0") DEFINE(m##_64_w, #m " w3, d0") DEFINE(m##_64_x, #m " x3, d0")                      \
  DEFINE(m##_16_e, #m " h3, h0" TO_X) DEFINE(m##_32_e, #m " s3, s0" TO_X) DEFINE(m##_64_e, #m " d3, d0" TO_X)
TO_INT(fcvtns) TO_INT(fcvtps) TO_INT(fcvtms) TO_INT(fcvtzs) TO_INT(fcvtas)
TO_INT(fcvtnu) TO_INT(fcvtpu) TO_INT(fcvtmu) TO_INT(fcvtzu) TO_INT(fcvtau)

#define FROM_INT(m)                                                                                                 \
  DEFINE(m##_16_w, #m " h3, w0" TO_X) DEFINE(m##_16_x, #m " h3, x0" TO_X) DEFINE(m##_32_w, #m " s3, w0" TO_X)       \
  DEFINE(m##_32_x, #m " s3, x0" TO_X) DEFINE(m##_64_w, #m " d3, w0" TO_X) DEFINE(m##_64_x, #m " d3, x0" TO_X)       \
  DEFINE(m##_16_e, #m " h3, h0" TO_X) DEFINE(m##_32_e, #m " s3, s0" TO_X) DEFINE(m##_64_e, #m " d3, d0" TO_X)
FROM_INT(scvtf) FROM_INT(ucvtf)

/* Fixed point: (fbits, destination, source) for FCVTZ*, (fbits, source, destination) for *CVTF. */
#define FIXED_FORMS(F)                                                                                              \
  F(1, 16, w, "w", "h") F(32, 16, w, "w", "h") F(13, 16, x, "x", "h") F(64, 16, x, "x", "h")                        \
  F(1, 32, w, "w", "s") F(32, 32, w, "w", "s") F(17, 32, x, "x", "s") F(64, 32, x, "x", "s")                        \
  F(1, 64, w, "w", "d") F(31, 64, w, "w", "d") F(20, 64, x, "x", "d") F(64, 64, x, "x", "d")                        \
  F(5, 16, e, "h", "h") F(16, 16, e, "h", "h") F(8, 32, e, "s", "s") F(52, 64, e, "d", "d")
#define READ_x ""
#define READ_w ""
#define READ_e TO_X
#define FIXED(n, f, k, i, r)                                                                                        \
  DEFINE(fcvtzs_##f##_##k##_##n, "fcvtzs " i "3, " r "0, #" #n READ_##k)                                            \
  DEFINE(fcvtzu_##f##_##k##_##n, "fcvtzu " i "3, " r "0, #" #n READ_##k)                                            \
  DEFINE(scvtf_##f##_##k##_##n, "scvtf " r "3, " i "0, #" #n TO_X)                                                  \
  DEFINE(ucvtf_##f##_##k##_##n, "ucvtf " r "3, " i "0, #" #n TO_X)
FIXED_FORMS(FIXED)

DEFINE(fcvt_h_s, "fcvt s3, h0" TO_X) DEFINE(fcvt_h_d, "fcvt d3, h0" TO_X) DEFINE(fcvt_s_h, "fcvt h3, s0" TO_X)
DEFINE(fcvt_s_d, "fcvt d3, s0" TO_X) DEFINE(fcvt_d_h, "fcvt h3, d0" TO_X) DEFINE(fcvt_d_s, "fcvt s3, d0" TO_X)
DEFINE(fcvtxn, "fcvtxn s3, d0" TO_X)
DEFINE(urecpe, "urecpe v3.2s, v0.2s\n fmov w3, s3") DEFINE(ursqrte, "ursqrte v3.2s, v0.2s\n fmov w3, s3")

/* Operands. */

static u64 seed = 0x9e3779b97f4a7c15;
static u64 random64(void) { /* xorshift64* */
  seed ^= seed >> 12;
  seed ^= seed << 25;
  seed ^= seed >> 27;
  return seed * 0x2545f4914f6cdd1d;
}
static u64 below(u64 n) { return random64() % n; }

static int fraction_bits(int format) { return format == 16 ? 10 : format == 32 ? 23 : 52; }
static u64 mask(int bits) { return bits == 64 ? ~0ull : (1ull << bits) - 1; }
static int bias(int format) { return (1 << (format - 2 - fraction_bits(format))) - 1; }
static u64 pack(int format, u64 sign, u64 biased, u64 fraction) {
  int f = fraction_bits(format);
  return sign << (format - 1) | biased << f | (fraction & mask(f));
}

/* The values every operation sees; the first `finite` ones have no NaN among them. */
static int specials(int format, u64 *out) {
  int n = 0, f = fraction_bits(format), e = bias(format);
  u64 all = mask(f), top = 2 * e + 1;
  u64 positive[] = {
    0, 1, 2, all, all - 1, all >> 1, (all >> 1) + 1, (all >> 2) + 1, (all >> 2),  /* denormals */
    pack(format, 0, 1, 0), pack(format, 0, 1, 1), pack(format, 0, 2, 0),          /* smallest normals */
    pack(format, 0, e - 1, 0), pack(format, 0, e - 1, 1), pack(format, 0, e - 2, all), pack(format, 0, e - 1, all),
    pack(format, 0, e, 0), pack(format, 0, e, 1), pack(format, 0, e, all), pack(format, 0, e, 1ull << (f - 1)),
    pack(format, 0, e + 1, 0), pack(format, 0, e + 1, 1ull << (f - 2)), pack(format, 0, e + 1, 1ull << (f - 1)),
    pack(format, 0, e + f, 1), pack(format, 0, e + f - 1, 1), pack(format, 0, e + f + 1, 0),
    pack(format, 0, top - 1, all), pack(format, 0, top - 1, 0), pack(format, 0, top - 2, 0), pack(format, 0, top - 2, all),
    pack(format, 0, top, 0),
    pack(format, 0, top, 1), pack(format, 0, top, all >> 1), pack(format, 0, top, 1ull << (f - 2)), /* signalling */
    pack(format, 0, top, 1ull << (f - 1)), pack(format, 0, top, all), pack(format, 0, top, (1ull << (f - 1)) | 5),
  };
  for (unsigned i = 0; i < sizeof positive / sizeof *positive; i++) {
    out[n++] = positive[i];
    out[n++] = positive[i] | 1ull << (format - 1);
  }
  return n;
}

/* A finite number with an exponent near `near`, and often a short or almost full significand. */
static u64 near_exponent(int format, int near, int spread) {
  int f = fraction_bits(format), top = 2 * bias(format) + 1;
  int biased = near + (int)below(2 * spread + 1) - spread;
  u64 fraction = random64();
  switch (below(4)) {
    case 0: fraction &= ~mask(below(f)); break;
    case 1: fraction |= mask(below(f)); break;
    case 2: fraction = (1ull << below(f)) | (below(2) ? 1 : 0); break;
  }
  if (biased < 0) biased = 0;
  if (biased > top - 1) biased = top - 1;
  return pack(format, below(2), biased, fraction);
}

static u64 anything(int format) {
  u64 list[128];
  if (below(3) == 0) return random64() & mask(format);
  if (below(2) == 0) return list[below(specials(format, list))];
  return near_exponent(format, bias(format), fraction_bits(format) / 2);
}

/* A tuple whose sum, product or quotient is interesting: cancelling, halfway, near the ends of the range. */
static void tuple(int format, int operands, u64 *out) {
  int e = bias(format), f = fraction_bits(format), top = 2 * e + 1;
  u64 sign = 1ull << (format - 1);
  int shape = (int)below(8), spread;
  switch (shape) {
    case 0:
    case 1: /* ordinary numbers */
      for (int i = 0; i < operands; i++) out[i] = near_exponent(format, e, 4);
      return;
    case 2: /* cancellation */
      out[0] = near_exponent(format, e, 6);
      out[1] = (out[0] ^ sign) + below(5) - 2;
      if (operands == 3) { out[2] = near_exponent(format, e, 1); }
      break;
    case 3: /* sums across the whole significand: halfway cases */
      out[0] = near_exponent(format, e, 2);
      out[1] = near_exponent(format, e - f, 3);
      if (operands == 3) out[2] = near_exponent(format, e, 2);
      break;
    case 4: /* products and quotients around the smallest normal */
      spread = (int)below(e);
      out[operands - 2] = near_exponent(format, e - spread, 2);
      out[operands - 1] = near_exponent(format, spread + 1, f / 2);
      if (operands == 3) out[0] = below(2) ? near_exponent(format, 1, 3) : 0;
      break;
    case 5: /* products around the largest number */
      spread = (int)below(e);
      out[operands - 2] = near_exponent(format, e + spread, 2);
      out[operands - 1] = near_exponent(format, top - 1 - spread, 2);
      if (operands == 3) out[0] = below(2) ? near_exponent(format, top - 2, 2) : 0;
      break;
    case 6: /* denormals and their neighbours */
      for (int i = 0; i < operands; i++) out[i] = near_exponent(format, below(2) ? 1 : e, 2);
      break;
    default:
      for (int i = 0; i < operands; i++) out[i] = anything(format);
  }
  for (int i = 0; i < operands; i++) out[i] &= mask(format);
}

static u64 operand[3 * 4096];

static int choose(int format, int operands, int wanted) {
  u64 list[128];
  int n = specials(format, list), cases = 0;
  if (operands == 1) {
    for (int i = 0; i < n; i++) operand[cases++] = list[i];
    while (cases < wanted) {
      u64 choice = below(4);
      operand[cases++] = choice == 0 ? random64() & mask(format)
                       : choice == 1 ? near_exponent(format, bias(format), 3)
                       : choice == 2 ? near_exponent(format, bias(format) + fraction_bits(format) / 2, fraction_bits(format))
                                     : near_exponent(format, below(2 * bias(format) + 1), 2);
    }
    return cases;
  }
  /* All combinations of what has rules of its own, then random ones of the special values, then random numbers. */
  int top = 2 * bias(format) + 1, f = fraction_bits(format);
  u64 core[] = {
    0, pack(format, 1, 0, 0), pack(format, 0, top, 0), pack(format, 1, top, 0),
    pack(format, 1, top, 3), pack(format, 0, top, (1ull << (f - 1)) | 9),
    pack(format, 1, bias(format), 0), pack(format, 0, 0, 7), pack(format, 0, top - 1, mask(f)), pack(format, 1, 1, 0),
  };
  int kinds = operands == 2 ? 10 : 6, combinations = operands == 2 ? 100 : 216;
  for (; cases < combinations; cases++) {
    for (int i = 0, rest = cases; i < operands; i++, rest /= kinds) operand[cases * operands + i] = core[rest % kinds];
  }
  for (; cases < wanted; cases++) {
    u64 *out = operand + cases * operands;
    if (cases < (wanted + combinations) / 3) {
      for (int i = 0; i < operands; i++) out[i] = list[below(n)];
    } else tuple(format, operands, out);
  }
  return cases;
}

/* An integer operand: powers of two and their neighbours, long runs, halfway patterns. */
static int choose_integers(int bits, int wanted) {
  int cases = 0;
  for (int i = 0; i < bits; i += bits == 16 ? 1 : 3) {
    operand[cases++] = 1ull << i;
    operand[cases++] = (1ull << i) - 1;
    operand[cases++] = -(1ull << i) & mask(bits);
  }
  while (cases < wanted) {
    u64 value = random64() & mask((int)below(bits) + 1);
    if (below(2)) value &= ~mask((int)below(bits));
    if (below(2)) value |= 1;
    if (below(2)) value = -value;
    operand[cases++] = value & mask(bits);
  }
  return cases;
}

/* Output. */

static const u64 RMODE = 3 << 22, FZ16 = 1 << 19, FZ = 1 << 24, DN = 1 << 25, AHP = 1 << 26;

static void put(u64 value, int bytes) {
  for (int i = 0; i < bytes; i++) putchar((int)(value >> (8 * i) & 255));
}

static void run(instruction *insn, const char *name, const char *op, int format, int result, int operands, int cases,
                u64 vary, const char *parameters) {
  static const u64 fields[] = {1 << 22, 1 << 23, 1 << 19, 1 << 24, 1 << 25, 1 << 26};
  u64 settings[64];
  int count = 1;
  char json[2048];
  settings[0] = 0;
  for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++) {
    if (!(vary & fields[i])) continue;
    for (int j = 0; j < count; j++) settings[count + j] = settings[j] | fields[i];
    count *= 2;
  }
  int n = snprintf(json, sizeof json, "{\"op\":\"%s\",\"insn\":\"%s\",\"format\":%d,\"result\":%d,\"operands\":%d,\"cases\":%d,%s\"fpcr\":[",
                   op, name, format, result, operands, cases, parameters);
  for (int i = 0; i < count; i++) n += snprintf(json + n, sizeof json - n, i ? ",%u" : "%u", (u32)settings[i]);
  n += snprintf(json + n, sizeof json - n, "]}");
  put(n, 4);
  fwrite(json, 1, n, stdout);
  for (int i = 0; i < cases * operands; i++) put(operand[i], format / 8);
  for (int s = 0; s < count; s++) {
    static unsigned char flags[4096];
    for (int i = 0; i < cases; i++) {
      u64 *in = operand + i * operands;
      answer got = insn(settings[s], in[0], operands > 1 ? in[1] : 0, operands > 2 ? in[2] : 0);
      put(got.bits, result / 8);
      flags[i] = (unsigned char)got.fpsr;
    }
    fwrite(flags, 1, cases, stdout);
  }
}

#define ALL(format) (RMODE | DN | ((format) == 16 ? FZ16 : FZ))
#define EVERY_FORMAT(F, ...) F(16, __VA_ARGS__) F(32, __VA_ARGS__) F(64, __VA_ARGS__)
#define ARITHMETIC(f, insn, op, operands, wanted) \
  run(insn##_##f, #insn, op, f, f, operands, choose(f, operands, wanted), ALL(f), "");
#define QUIET(f, insn, op, operands, wanted) \
  run(insn##_##f, #insn, op, f, f, operands, choose(f, operands, wanted), DN | FZ | FZ16, "");
#define NZCV(f, insn, signals) \
  run(insn##_##f, #insn, "FPCompare", f, 8, 2, choose(f, 2, 300), FZ | FZ16 | DN, "\"signals\":" #signals ",");
#define ROUND(f, insn, mode, exact, vary) \
  run(insn##_##f, #insn, "FPRoundInt", f, f, 1, choose(f, 1, 240), (vary) | DN | FZ | FZ16, "\"rounding\":" #mode ",\"exact\":" #exact ",");
#define FIXED_JSON(unsigned_, bits, fbits, mode) \
  "\"rounding\":" #mode ",\"unsigned\":" #unsigned_ ",\"bits\":" #bits ",\"fbits\":" #fbits ","
#define INT1(m, f, k, bits, mode, u) \
  run(m##_##f##_##k, #m, "FPToFixed", f, bits, 1, choose(f, 1, 200), FZ | FZ16, FIXED_JSON(u, bits, 0, mode));
#define INT(m, mode, u)                                                                                  \
  INT1(m, 16, w, 32, mode, u) INT1(m, 16, x, 64, mode, u) INT1(m, 16, e, 16, mode, u)                    \
  INT1(m, 32, w, 32, mode, u) INT1(m, 32, x, 64, mode, u) INT1(m, 32, e, 32, mode, u)                    \
  INT1(m, 64, w, 32, mode, u) INT1(m, 64, x, 64, mode, u) INT1(m, 64, e, 64, mode, u)
/* The operand's width is the integer's here, and the format is the result's. */
#define FLOAT1(m, f, k, bits, u) \
  run(m##_##f##_##k, #m, "FixedToFP", bits, f, 1, choose_integers(bits, 130), RMODE | FZ | FZ16, FIXED_JSON(u, bits, 0, 7));
#define FLOAT(m, u)                                                                                      \
  FLOAT1(m, 16, w, 32, u) FLOAT1(m, 16, x, 64, u) FLOAT1(m, 16, e, 16, u)                                \
  FLOAT1(m, 32, w, 32, u) FLOAT1(m, 32, x, 64, u) FLOAT1(m, 32, e, 32, u)                                \
  FLOAT1(m, 64, w, 32, u) FLOAT1(m, 64, x, 64, u) FLOAT1(m, 64, e, 64, u)
#define WIDTH_w(f) 32
#define WIDTH_x(f) 64
#define WIDTH_e(f) f
#define EXPAND(M, ...) M(__VA_ARGS__)
#define FIXED_TO(m, u, n, f, k, bits) \
  run(m##_##f##_##k##_##n, #m " #" #n, "FPToFixed", f, bits, 1, choose(f, 1, 200), FZ | FZ16, FIXED_JSON(u, bits, n, 3));
#define FIXED_FROM(m, u, n, f, k, bits) \
  run(m##_##f##_##k##_##n, #m " #" #n, "FixedToFP", bits, f, 1, choose_integers(bits, 110), RMODE | FZ | FZ16, FIXED_JSON(u, bits, n, 7));
#define RUN_FIXED(n, f, k, i, r)                                                                         \
  EXPAND(FIXED_TO, fcvtzs, false, n, f, k, WIDTH_##k(f)) EXPAND(FIXED_TO, fcvtzu, true, n, f, k, WIDTH_##k(f)) \
  EXPAND(FIXED_FROM, scvtf, false, n, f, k, WIDTH_##k(f)) EXPAND(FIXED_FROM, ucvtf, true, n, f, k, WIDTH_##k(f))
#define CONVERT(insn, from, to, mode) \
  run(insn, #insn, "FPConvert", from, to, 1, choose_conversion(from, to, 400), RMODE | DN | FZ | FZ16 | AHP, "\"rounding\":" #mode ",");

/* Adds numbers around the ends of the target's range and halfway between its members. */
static int choose_conversion(int from, int to, int wanted) {
  int cases = choose(from, 1, wanted - 180);
  for (; cases < wanted; cases++) {
    int edge = (int)below(3);
    int exponent = edge == 0 ? bias(to) : edge == 1 ? -bias(to) - fraction_bits(to) / 2 : 0;
    u64 value = near_exponent(from, bias(from) + exponent, edge == 1 ? fraction_bits(to) / 2 + 2 : 2);
    int surplus = fraction_bits(from) - fraction_bits(to);
    if (surplus > 1 && below(2)) value = (value & ~mask(surplus)) | 1ull << (surplus - 1);
    if (surplus > 1 && below(3) == 0) value += below(3) - 1;
    operand[cases] = value & mask(from);
  }
  return cases;
}

static void arithmetic(void) {
  EVERY_FORMAT(ARITHMETIC, fadd, "FPAdd", 2, 600)
  EVERY_FORMAT(ARITHMETIC, fsub, "FPSub", 2, 400)
  EVERY_FORMAT(ARITHMETIC, fmul, "FPMul", 2, 600)
  EVERY_FORMAT(ARITHMETIC, fmulx, "FPMulX", 2, 160)
  EVERY_FORMAT(ARITHMETIC, fdiv, "FPDiv", 2, 600)
  EVERY_FORMAT(ARITHMETIC, fsqrt, "FPSqrt", 1, 400)
  EVERY_FORMAT(ARITHMETIC, fmadd, "FPMulAdd", 3, 1200)
  EVERY_FORMAT(ARITHMETIC, frecps, "FPRecipStepFused", 2, 400)
  EVERY_FORMAT(ARITHMETIC, frsqrts, "FPRSqrtStepFused", 2, 400)
}

static void others(void) {
  EVERY_FORMAT(QUIET, fneg, "FPNeg", 1, 80)
  EVERY_FORMAT(QUIET, fabs_, "FPAbs", 1, 80)
  EVERY_FORMAT(QUIET, fmax, "FPMax", 2, 240)
  EVERY_FORMAT(QUIET, fmin, "FPMin", 2, 240)
  EVERY_FORMAT(QUIET, fmaxnm, "FPMaxNum", 2, 240)
  EVERY_FORMAT(QUIET, fminnm, "FPMinNum", 2, 240)
  EVERY_FORMAT(QUIET, fcmeq, "FPCompareEQ", 2, 300)
  EVERY_FORMAT(QUIET, fcmge, "FPCompareGE", 2, 300)
  EVERY_FORMAT(QUIET, fcmgt, "FPCompareGT", 2, 160)
  EVERY_FORMAT(NZCV, fcmp, false)
  EVERY_FORMAT(NZCV, fcmpe, true)
  EVERY_FORMAT(ARITHMETIC, frecpe, "FPRecipEstimate", 1, 300)
  EVERY_FORMAT(ARITHMETIC, frsqrte, "FPRSqrtEstimate", 1, 300)
  EVERY_FORMAT(QUIET, frecpx, "FPRecpX", 1, 110)
  run(urecpe, "urecpe", "UnsignedRecipEstimate", 32, 32, 1, choose_integers(32, 1000), 0, "");
  run(ursqrte, "ursqrte", "UnsignedRSqrtEstimate", 32, 32, 1, choose_integers(32, 1000), 0, "");
}

static void conversions(void) {
  EVERY_FORMAT(ROUND, frintn, 0, false, 0)
  EVERY_FORMAT(ROUND, frintp, 1, false, 0)
  EVERY_FORMAT(ROUND, frintm, 2, false, 0)
  EVERY_FORMAT(ROUND, frintz, 3, false, 0)
  EVERY_FORMAT(ROUND, frinta, 4, false, 0)
  EVERY_FORMAT(ROUND, frintx, 7, true, RMODE)
  EVERY_FORMAT(ROUND, frinti, 7, false, RMODE)
  INT(fcvtns, 0, false) INT(fcvtps, 1, false) INT(fcvtms, 2, false) INT(fcvtzs, 3, false) INT(fcvtas, 4, false)
  INT(fcvtnu, 0, true) INT(fcvtpu, 1, true) INT(fcvtmu, 2, true) INT(fcvtzu, 3, true) INT(fcvtau, 4, true)
  FLOAT(scvtf, false) FLOAT(ucvtf, true)
  FIXED_FORMS(RUN_FIXED)
  CONVERT(fcvt_h_s, 16, 32, 7) CONVERT(fcvt_h_d, 16, 64, 7) CONVERT(fcvt_s_h, 32, 16, 7)
  CONVERT(fcvt_s_d, 32, 64, 7) CONVERT(fcvt_d_h, 64, 16, 7) CONVERT(fcvt_d_s, 64, 32, 7)
  CONVERT(fcvtxn, 64, 32, 5)
}

int main(int argc, char **argv) {
  const char *family = argc > 1 ? argv[1] : "";
  if (!strcmp(family, "arithmetic")) arithmetic();
  else if (!strcmp(family, "others")) others();
  else if (!strcmp(family, "conversions")) conversions();
  else {
    fprintf(stderr, "usage: oracle arithmetic|others|conversions\n");
    return 2;
  }
  return fflush(stdout) ? 1 : 0;
}
