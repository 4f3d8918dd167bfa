/** The guest that runs when no kernel is given: a program of ours that says what it runs on and tries the edges of its machine. */

import { assemble } from '@armvisor/cpu'
import { encodeImageHeader, imageHeaderBytes } from '../boot/image.ts'
import { memoryMap } from '../machine/memory-map.ts'

/** What the program is told of its VM. */
export interface EmbeddedGuestOptions {
  /** log2 of the IPA space. */
  readonly ipaBits: number
  /** Size of the page that lies at the end of the IPA space. */
  readonly pageBytes: number
}

/** Page size 4K, which the program does not mind, and "anywhere in memory". [BOOT] "flags" */
const imageFlags = 0b1010

/** The program as an arm64 Image. It finds the devices of the `virt` machine where they are, without a device tree. */
export function embeddedGuest({ ipaBits, pageBytes }: EmbeddedGuestOptions): Uint8Array {
  const { bytes } = assemble(program, {
    base: BigInt(memoryMap.ram.base + imageHeaderBytes),
    symbols: {
      IPA_BITS: ipaBits,
      IPA_END: 2n ** BigInt(ipaBits),
      LAST_PAGE: 2n ** BigInt(ipaBits) - BigInt(pageBytes),
      LAST_WORD: 2n ** BigInt(ipaBits) - 8n,
      UART: memoryMap.uart.base,
      GICD: memoryMap.gicDist.base,
      GICR: memoryMap.gicRedist.base,
    },
  })
  const imageBytes = imageHeaderBytes + bytes.length
  const image = new Uint8Array(imageBytes)
  image.set(encodeImageHeader({ textOffset: 0, imageBytes, flags: imageFlags }))
  image.set(bytes, imageHeaderBytes)
  return image
}

/** Text in the program: `say` prints what follows the call. */
const say = (text: string): string => `bl say\n .asciz ${JSON.stringify(text)}\n .align 2`
/** A line with a system register. */
const showRegister = (name: string): string =>
  `${say(`${name.padEnd(18)}`)}\n mrs x0, ${name.toLowerCase()}\n bl sayHex\n ${say('\n')}`
/** The vector table of EL1: aborts and interrupts come from EL1 with its own stack pointer, entries 4 and 5. [ARM] D1.3.1.3 */
const vectorTable = Array.from(
  { length: 16 },
  (_, entry) => `.align 7\n b ${entry === 4 ? 'onSync' : entry === 5 ? 'onIrq' : 'onOther'}`,
).join('\n')

/**
 * The MMU stays off, so addresses are IPAs and all data accesses must be aligned.
 *
 * x19 the UART; x20 ESR, x21 FAR of an abort; x24 INTID, x25 number of timer interrupts, x26 ticks between them;
 * x28 not 0 while an abort is expected.
 */
const program = `
    adr   x0, stackEnd
    mov   sp, x0
    ldr   x19, uart
    adr   x0, vectors
    msr   vbar_el1, x0
    isb
    mov   x25, #0
    mov   x28, #0

    ${say('\narmvisor embedded guest\n\n')}
    ${showRegister('MIDR_EL1')}
    ${showRegister('ID_AA64PFR0_EL1')}
    ${showRegister('ID_AA64MMFR0_EL1')}
    ${showRegister('ID_AA64ISAR0_EL1')}
    ${say('CurrentEL         EL')}
    mrs   x0, currentel
    lsr   x0, x0, #2
    bl    sayDecimal
    ${say('\nCNTFRQ_EL0        ')}
    mrs   x0, cntfrq_el0
    bl    sayDecimal
    ${say(' Hz\nIPA space         ')}
    mov   x0, #IPA_BITS
    bl    sayDecimal
    ${say(' bits\n\nlast page         ')}

// The last page below the end of the IPA space is memory: its first and last words keep what is written.
    ldr   x1, lastPage
    ldr   x2, lastWord
    ldr   x3, pattern
    mvn   x4, x3
    str   x3, [x1]
    str   x4, [x2]
    dsb   sy
    ldr   x5, [x1]
    ldr   x6, [x2]
    cmp   x5, x3
    ccmp  x6, x4, #0, eq
    cset  x22, eq
    mov   x0, x1
    bl    sayHex
    cbz   x22, lastPageBroken
    ${say(' written and read back\n')}
    b     beyond
lastPageBroken:
    ${say(' does not keep what is written\n')}

// The first byte beyond it is no address of this VM.
beyond:
    ldr   x1, ipaEnd
    mov   x20, #0
    mov   x28, #1
    ldr   x0, [x1]
    isb
    mov   x28, #0
    ${say('beyond it         ')}
    ldr   x0, ipaEnd
    bl    sayHex
    cbnz  x20, aborted
    ${say(' no abort\n')}
    b     interrupts
aborted:
    and   x1, x20, #0x3f
    cmp   x1, #0x10
    b.eq  externalAbort
    cmp   x1, #0x03
    b.ls  addressSize
    ${say(' abort')}
    b     syndrome
externalAbort:
    ${say(' external abort')}
    b     syndrome
addressSize:
    ${say(' address size fault')}
syndrome:
    ${say('\n  ESR_EL1         ')}
    mov   x0, x20
    bl    sayHex
    ${say('\n  FAR_EL1         ')}
    mov   x0, x21
    bl    sayHex
    ${say('\n')}

// GICv3: affinity routing and group 1 in the distributor, the redistributor awake, PPI 27 in group 1 and enabled.
interrupts:
    ldr   x1, gicd
    mov   w0, #0x12
    str   w0, [x1]
gicdPending:
    ldr   w0, [x1]
    tbnz  w0, #31, gicdPending
    ldr   x1, gicr
    ldr   w0, [x1, #0x14]
    and   w0, w0, #0xfffffffd
    str   w0, [x1, #0x14]
gicrAsleep:
    ldr   w0, [x1, #0x14]
    tbnz  w0, #2, gicrAsleep
    add   x1, x1, #16, lsl #12
    mov   w0, #-1
    str   w0, [x1, #0x80]
    mov   w0, #0x80
    strb  w0, [x1, #0x41b]
    mov   w0, #0x08000000
    str   w0, [x1, #0x100]
    mov   x0, #7
    msr   icc_sre_el1, x0
    isb
    mov   x0, #0xff
    msr   icc_pmr_el1, x0
    mov   x0, #1
    msr   icc_igrpen1_el1, x0
    isb

// The virtual timer, every 10 ms. WFI wakes for a masked interrupt too, so none can be lost between the test and the wait.
    mrs   x26, cntfrq_el0
    mov   x0, #100
    udiv  x26, x26, x0
    msr   cntv_tval_el0, x26
    mov   x0, #1
    msr   cntv_ctl_el0, x0
    isb
nextInterrupt:
    mov   x27, x25
wait:
    wfi
    msr   daifclr, #2
    isb
    msr   daifset, #2
    cmp   x25, x27
    b.eq  wait
    ${say('timer interrupt   ')}
    mov   x0, x25
    bl    sayDecimal
    ${say(', INTID ')}
    mov   x0, x24
    bl    sayDecimal
    ${say('\n')}
    cmp   x25, #3
    b.lt  nextInterrupt

    ${say('\npower off\n')}
    mov   w0, #0x84000000
    movk  w0, #8
    hvc   #0
    ${say('PSCI SYSTEM_OFF came back\n')}
    b     stop

// An abort where one is expected: keep the syndrome, skip the instruction.
onSync:
    cbz   x28, onOther
    mrs   x20, esr_el1
    mrs   x21, far_el1
    mrs   x22, elr_el1
    add   x22, x22, #4
    msr   elr_el1, x22
    eret

// Interrupts are open for one instruction only, where x0 is free. 1020 and above are no interrupts.
onIrq:
    mrs   x0, icc_iar1_el1
    cmp   x0, #1020
    b.hs  irqDone
    mov   x24, x0
    add   x25, x25, #1
    msr   cntv_tval_el0, x26
    cmp   x25, #3
    b.lt  irqEnd
    msr   cntv_ctl_el0, xzr
irqEnd:
    isb
    msr   icc_eoir1_el1, x0
irqDone:
    eret

onOther:
    ${say('\nunexpected exception\n')}
    ${showRegister('ESR_EL1')}
    ${showRegister('ELR_EL1')}
    ${showRegister('FAR_EL1')}
stop:
    wfi
    b     stop

// Prints the text that follows the call, and returns behind it. Lines end with CR and LF, as terminals want them.
say:
    ldrb  w0, [x30], #1
    cbz   w0, sayDone
    cmp   w0, #10
    b.ne  sayByte
    mov   w1, #13
    str   w1, [x19]
sayByte:
    str   w0, [x19]
    b     say
sayDone:
    add   x30, x30, #3
    and   x30, x30, #0xfffffffffffffffc
    ret

// Prints x0 with 16 digits.
sayHex:
    mov   w1, #48
    str   w1, [x19]
    mov   w1, #120
    str   w1, [x19]
    mov   w2, #60
hexDigit:
    lsr   x1, x0, x2
    and   x1, x1, #15
    add   x3, x1, #48
    add   x4, x1, #87
    cmp   x1, #10
    csel  x1, x3, x4, lo
    str   w1, [x19]
    subs  w2, w2, #4
    b.ge  hexDigit
    ret

// Prints x0 in decimal.
sayDecimal:
    adr   x1, digitsEnd
    mov   x2, x1
    mov   x3, #10
decimalDigit:
    udiv  x4, x0, x3
    msub  x5, x4, x3, x0
    add   w5, w5, #48
    strb  w5, [x1, #-1]!
    mov   x0, x4
    cbnz  x0, decimalDigit
decimalPrint:
    ldrb  w5, [x1], #1
    str   w5, [x19]
    cmp   x1, x2
    b.ne  decimalPrint
    ret

    .align 3
uart:     .quad UART
gicd:     .quad GICD
gicr:     .quad GICR
ipaEnd:   .quad IPA_END
lastPage: .quad LAST_PAGE
lastWord: .quad LAST_WORD
pattern:  .quad 0x0123456789abcdef
digits:   .space 24
digitsEnd:
    .align 4
    .space 1024
stackEnd:

    .align 11
vectors:
${vectorTable}
    .align 7
`
