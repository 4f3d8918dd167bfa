/*
 * Runs single A64 instructions from given states and reports the states they leave, for packages/cpu/test/isa.
 *
 * Works by signal frames, on an Arm machine or under qemu-aarch64: each case's instructions lie in a page of BRK instructions, the
 * handler of one case's signal stores what that case left and returns into the next case's state. Linux restores everything from the
 * frame, so exactly the case's instructions run between two signals.
 *
 * Standard input:  struct header, then struct question until the end. Standard output: for each question a struct answer and then
 * `changes` pairs of u32, offset in the window and new value. All little-endian; recorder and tests share the layout.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

typedef uint32_t u32;
typedef uint64_t u64;

enum { PAGE = 4096, WINDOW = 2 * PAGE };

struct header { u64 code_va, window_va; u32 window[WINDOW / 4]; };
struct question { u32 count, slot, words[2], nzcv, fpcr, fpsr, unused; u64 x[31], sp, v[64]; };
struct answer { u32 signal, changes; u64 address, pc; u32 nzcv, fpsr; u64 x[31], sp, v[64]; };

static struct header header;
static struct question question;
static u32 *code;
static u32 *window;
static int is_running;

static void give(const void *bytes, size_t size) {
  if (fwrite(bytes, size, 1, stdout) != 1) abort();
}

static struct fpsimd_context *fpsimd(ucontext_t *context) {
  struct _aarch64_ctx *head = (struct _aarch64_ctx *)context->uc_mcontext.__reserved;
  while (head->magic != FPSIMD_MAGIC) {
    if (head->magic == 0) abort();
    head = (struct _aarch64_ctx *)((char *)head + head->size);
  }
  return (struct fpsimd_context *)head;
}

static void answer_from(int signal, siginfo_t *info, ucontext_t *context) {
  mcontext_t *m = &context->uc_mcontext;
  struct fpsimd_context *fp = fpsimd(context);
  struct answer answer = {.signal = signal, .address = (u64)info->si_addr, .pc = m->pc, .nzcv = m->pstate & 0xf0000000, .fpsr = fp->fpsr};
  static u32 changes[WINDOW / 4][2];
  memcpy(answer.x, m->regs, sizeof answer.x);
  answer.sp = m->sp;
  memcpy(answer.v, fp->vregs, sizeof answer.v);
  if (memcmp(window, header.window, WINDOW) != 0) {
    for (u32 i = 0; i < WINDOW / 4; i++) {
      if (window[i] == header.window[i]) continue;
      changes[answer.changes][0] = i * 4;
      changes[answer.changes++][1] = window[i];
    }
    memcpy(window, header.window, WINDOW);
  }
  give(&answer, sizeof answer);
  if (answer.changes) give(changes, answer.changes * 8);
}

static void question_into(ucontext_t *context) {
  mcontext_t *m = &context->uc_mcontext;
  struct fpsimd_context *fp = fpsimd(context);
  memcpy(code + question.slot, question.words, question.count * 4);
  __builtin___clear_cache((char *)code, (char *)code + PAGE);
  memcpy(m->regs, question.x, sizeof question.x);
  m->sp = question.sp;
  m->pc = (u64)(code + question.slot);
  m->pstate = question.nzcv;
  fp->fpsr = question.fpsr;
  fp->fpcr = question.fpcr;
  memcpy(fp->vregs, question.v, sizeof question.v);
}

static void handler(int signal, siginfo_t *info, void *context) {
  if (is_running) {
    answer_from(signal, info, context);
    for (u32 i = 0; i < question.count; i++) code[question.slot + i] = 0xd4200000;
  }
  is_running = 1;
  if (fread(&question, sizeof question, 1, stdin) != 1) {
    fflush(stdout);
    _exit(0);
  }
  question_into(context);
}

static u32 *map(u64 va, size_t size, int protection) {
  void *at = mmap((void *)va, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (at != (void *)va) {
    perror("mmap");
    exit(1);
  }
  return at;
}

int main(void) {
  static char stack[1 << 16], in[1 << 20], out[1 << 20];
  setvbuf(stdin, in, _IOFBF, sizeof in);
  setvbuf(stdout, out, _IOFBF, sizeof out);
  if (fread(&header, sizeof header, 1, stdin) != 1) return 1;
  code = map(header.code_va, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
  window = map(header.window_va, WINDOW, PROT_READ | PROT_WRITE);
  for (u32 i = 0; i < PAGE / 4; i++) code[i] = 0xd4200000;
  memcpy(window, header.window, WINDOW);
  sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigfillset(&action.sa_mask);
  const int signals[] = {SIGTRAP, SIGSEGV, SIGBUS, SIGILL};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
  asm volatile("brk #0" ::: "memory");
  return 1;
}
