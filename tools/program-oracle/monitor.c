/*
 * Runs the random programs of packages/cpu/test/programs on QEMU's machine virt, many in one process: gives each to the supervisor, which
 * is the same code as under our CPU, and collects what it leaves. No part of it is seen by a program.
 *
 * QEMU loads this at 0x40080000, the supervisor's image at SUPERVISOR and the batch at BATCH. The batch is struct batch, the memory that
 * programs find, and for each program two words (where its code goes, how many words it has), the words, and the frame. The result is for
 * each program two words (entries of the log, pairs), the frame, the log, and pairs of offset and word; it is written to the file that
 * the host names, through semihosting.
 */
#include <stdint.h>

typedef uint32_t u32;
typedef uint64_t u64;

#define VIRTUAL 0xffff800000000000ul
#define SUPERVISOR (VIRTUAL + 0x40200000)
#define BATCH (VIRTUAL + 0x44000000)
#define RESULT (VIRTUAL + 0x60000000)
enum { FRAME = 0x6000, CODE = 0x8000, FRAME_BYTES = 0x400, COUNT = 0x138, FINISHED = 0x168, LOG = 0x400, ENTRY = 32 };

struct batch { u64 programs, memory_words, enter, mair, tcr, sctlr, cpacr, vbar; u32 memory[]; };

extern void run(u64 enter);
extern char finished[];

static u64 table0[512] __attribute__((aligned(4096)));
static u64 table1[512] __attribute__((aligned(4096)));
static u64 identity[512] __attribute__((aligned(4096)));

static u64 semihost(u64 operation, void *block) {
  register u64 x0 asm("x0") = operation;
  register void *x1 asm("x1") = block;
  asm volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
  return x0;
}

static void copy(u32 *to, const u32 *from, u64 words) {
  for (u64 i = 0; i < words; i++) to[i] = from[i];
}

#define WRITE(name, value) asm volatile("msr " name ", %0" ::"r"((u64)(value)))

/* The interrupt controller's part for one CPU: SGI 0 and the virtual timer. Runs with the MMU off. [GIC] 12. */
static void enable_interrupts(void) {
  volatile u32 *distributor = (u32 *)0x08000000, *redistributor = (u32 *)0x080a0000;
  distributor[0] = 0x12; /* ARE, group 1 */
  redistributor[0x14 / 4] = 0;
  while (redistributor[0x14 / 4] & 4) {}
  volatile u32 *private = redistributor + 0x10000 / 4;
  private[0x80 / 4] = 0xffffffff;
  private[0x100 / 4] = 1u << 27 | 1;
  WRITE("S3_0_C12_C12_5", 7); /* ICC_SRE_EL1 */
  asm volatile("isb");
  WRITE("S3_0_C4_C6_0", 0xff); /* ICC_PMR_EL1 */
  WRITE("S3_0_C12_C12_7", 1);  /* ICC_IGRPEN1_EL1 */
}

/* Called with the MMU off, so with addresses as they are linked minus VIRTUAL. */
void start(void) {
  const struct batch *batch = (struct batch *)(BATCH - VIRTUAL);
  enable_interrupts();
  /* RAM in the upper half, where no program looks, and for a moment where it is. */
  u64 *upper = table0, *level1 = table1, *lower = identity;
  upper[0x100] = (u64)level1 | 3;
  lower[0] = (u64)level1 | 3;
  level1[1] = 0x40000701;
  WRITE("mair_el1", batch->mair);
  WRITE("tcr_el1", batch->tcr & ~(1ul << 23)); /* both halves */
  WRITE("ttbr0_el1", lower);
  WRITE("ttbr1_el1", upper);
  WRITE("vbar_el1", batch->vbar);
  WRITE("cpacr_el1", batch->cpacr);
  asm volatile("dsb sy; isb; tlbi vmalle1; dsb sy; isb");
  WRITE("sctlr_el1", batch->sctlr);
  asm volatile("isb");
}

void run_all(void) {
  const struct batch *batch = (struct batch *)BATCH;
  WRITE("ttbr0_el1", SUPERVISOR - VIRTUAL);
  asm volatile("isb; tlbi vmalle1; dsb sy; isb");
  u32 *frame = (u32 *)(SUPERVISOR + FRAME), *memory = (u32 *)(SUPERVISOR + CODE), *to = (u32 *)RESULT;
  const u32 *from = batch->memory + batch->memory_words;
  copy(memory, batch->memory, batch->memory_words);
  for (u64 n = 0; n < batch->programs; n++) {
    u32 slot = from[0], words = from[1];
    from += 2;
    copy(memory + slot, from, words);
    from += words;
    copy(frame, from, FRAME_BYTES / 4);
    from += FRAME_BYTES / 4;
    *(u64 *)(frame + FINISHED / 4) = (u64)finished;
    asm volatile("dsb sy; ic iallu; dsb sy; isb");
    run(batch->enter);
    u32 entries = frame[COUNT / 4];
    u32 *head = to;
    to += 2;
    copy(to, frame, FRAME_BYTES / 4);
    to += FRAME_BYTES / 4;
    copy(to, frame + LOG / 4, entries * ENTRY / 4);
    to += entries * ENTRY / 4;
    u32 pairs = 0;
    for (u64 i = 0; i < batch->memory_words; i++) {
      if (memory[i] == batch->memory[i] && i - slot >= words) continue;
      *to++ = i * 4;
      *to++ = memory[i];
      memory[i] = batch->memory[i];
      pairs++;
    }
    head[0] = entries;
    head[1] = pairs;
  }
  static char name[] = "result.bin";
  u64 file = semihost(1, (u64[]){(u64)name, 5, sizeof name - 1});
  semihost(5, (u64[]){file, RESULT, (u64)((char *)to - (char *)RESULT)});
  semihost(2, (u64[]){file});
  semihost(0x18, (u64[]){0x20026, 0});
}

asm(".section .text.first, \"ax\"\n"
    "  ldr x0, =stack\n"
    "  ldr x1, =0xffff800000000000\n"
    "  sub x0, x0, x1\n"
    "  mov sp, x0\n"
    "  bl start\n"
    "  ldr x0, =stack\n"
    "  mov sp, x0\n"
    "  ldr x0, =run_all\n"
    "  br x0\n"
    ".global run, finished\n"
    "run:\n"
    "  stp x19, x20, [sp, #-96]!\n"
    "  stp x21, x22, [sp, #16]\n"
    "  stp x23, x24, [sp, #32]\n"
    "  stp x25, x26, [sp, #48]\n"
    "  stp x27, x28, [sp, #64]\n"
    "  stp x29, x30, [sp, #80]\n"
    "  mov x1, sp\n"
    "  adr x2, saved\n"
    "  str x1, [x2]\n"
    "  br x0\n"
    "finished:\n"
    "  adr x2, saved\n"
    "  ldr x1, [x2]\n"
    "  mov sp, x1\n"
    "  ldp x21, x22, [sp, #16]\n"
    "  ldp x23, x24, [sp, #32]\n"
    "  ldp x25, x26, [sp, #48]\n"
    "  ldp x27, x28, [sp, #64]\n"
    "  ldp x29, x30, [sp, #80]\n"
    "  ldp x19, x20, [sp], #96\n"
    "  ret\n"
    ".align 3\n"
    "saved: .quad 0\n"
    ".bss\n"
    ".align 4\n"
    ".space 65536\n"
    "stack: .space 16\n"
    ".text\n");
