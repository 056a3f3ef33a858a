# SHA-256 by the SHA instructions of x64, for which .NET has no API. Sha256Code.cs holds the bytes that this file assembles to; a
# test assembles it anew and compares:
#
#     cc -c Sha256.s -o code.o && objcopy -O binary -j .text code.o code.bin
#
# `compress` takes whole blocks into a state, as section 6.2.2 of FIPS 180-4 has it. It takes one argument, in rdi, returns nothing, and
# changes no register that a callee must preserve by the System V convention; of those of Windows it changes rdi, rsi, xmm6 and xmm7, for which
# Windows has an entry of its own. The argument:
#
#     [rdi +  0]  the state, 8 x uint32: a ... h
#     [rdi +  8]  the blocks, 64 bytes each
#     [rdi + 16]  how many, at least 1
#     [rdi + 32]  room for two registers, 16-byte aligned
#
# The instructions want the state as (f, e, b, a) in xmm1 and (h, g, d, c) in xmm2, lowest lane first. Words of the schedule, four to a
# register, go round in xmm3 to xmm6: registers of a group of four rounds i are 3 + i mod 4.

        .intel_syntax noprefix
        .text

# Four rounds. Behind them the schedule is a group further: the words of i + 1 are finished, and those of i + 3 begun.
.macro  rounds  i, now, next, before
        .if \i < 4
        movdqu  xmm\now, [rsi + 16 * \i]
        pshufb  xmm\now, [rip + .Lbyte_order]
        .endif
        movdqa  xmm0, xmm\now
        paddd   xmm0, [rip + .Lconstants + 16 * \i]
        sha256rnds2 xmm2, xmm1, xmm0
        .if \i >= 3 && \i <= 14
        movdqa  xmm7, xmm\now
        palignr xmm7, xmm\before, 4
        paddd   xmm\next, xmm7
        sha256msg2 xmm\next, xmm\now
        .endif
        pshufd  xmm0, xmm0, 0x0e
        sha256rnds2 xmm1, xmm2, xmm0
        .if \i >= 1 && \i <= 12
        sha256msg1 xmm\before, xmm\now
        .endif
.endm

        .balign 64, 0xcc
compress:
        mov     rax, [rdi]
        mov     rsi, [rdi + 8]
        mov     rcx, [rdi + 16]
        movdqu  xmm1, [rax]
        movdqu  xmm2, [rax + 16]
        pshufd  xmm1, xmm1, 0xb1
        pshufd  xmm2, xmm2, 0x1b
        movdqa  xmm7, xmm1
        palignr xmm1, xmm2, 8
        pblendw xmm2, xmm7, 0xf0
        .balign 32
1:      movdqa  [rdi + 32], xmm1
        movdqa  [rdi + 48], xmm2
        rounds  0, 3, 4, 6
        rounds  1, 4, 5, 3
        rounds  2, 5, 6, 4
        rounds  3, 6, 3, 5
        rounds  4, 3, 4, 6
        rounds  5, 4, 5, 3
        rounds  6, 5, 6, 4
        rounds  7, 6, 3, 5
        rounds  8, 3, 4, 6
        rounds  9, 4, 5, 3
        rounds  10, 5, 6, 4
        rounds  11, 6, 3, 5
        rounds  12, 3, 4, 6
        rounds  13, 4, 5, 3
        rounds  14, 5, 6, 4
        rounds  15, 6, 3, 5
        paddd   xmm1, [rdi + 32]
        paddd   xmm2, [rdi + 48]
        add     rsi, 64
        dec     rcx
        jnz     1b
        pshufd  xmm1, xmm1, 0x1b
        pshufd  xmm2, xmm2, 0xb1
        movdqa  xmm7, xmm1
        pblendw xmm1, xmm2, 0xf0
        palignr xmm2, xmm7, 8
        movdqu  [rax], xmm1
        movdqu  [rax + 16], xmm2
        ret

# Windows: the argument in rcx, the entry's address in rdx; rdi, rsi, xmm6 and xmm7 are the caller's.
        .balign 64, 0xcc
windows:
        push    rdi
        push    rsi
        sub     rsp, 40
        movups  [rsp], xmm6
        movups  [rsp + 16], xmm7
        mov     rdi, rcx
        call    rdx
        movups  xmm6, [rsp]
        movups  xmm7, [rsp + 16]
        add     rsp, 40
        pop     rsi
        pop     rdi
        ret

# First 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2).
        .balign 64, 0xcc
.Lconstants:
        .long   0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5
        .long   0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174
        .long   0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da
        .long   0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967
        .long   0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85
        .long   0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070
        .long   0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3
        .long   0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2

# Words are big-endian.
.Lbyte_order:
        .byte   3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12
