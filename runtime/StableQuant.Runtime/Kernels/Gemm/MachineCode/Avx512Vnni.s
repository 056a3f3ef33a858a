# Sums of products of u8 inputs and packed s8 weights by vpdpbusd on zmm registers (AVX512-VNNI), for which .NET 10 has no
# API. Avx512VnniCode.cs holds the bytes that this file assembles to; a test assembles it anew and compares:
#
#     cc -c Avx512Vnni.s -o code.o && objcopy -O binary -j .text code.o code.bin
#
# A tile is so many rows times so many panels of 16 outputs. Each entry takes one argument, in rdi, returns nothing, and
# changes no register that a callee must preserve by the System V convention (Windows has an entry of its own, below):
#
#     [rdi +  0]  inputs of the first row, u8
#     [rdi +  8]  bytes from one row to the next
#     [rdi + 16]  weights of the first panel, s8: for each group of 4 inputs, 16 outputs x 4 inputs
#     [rdi + 24]  bytes from one panel to the next
#     [rdi + 32]  groups of 4 inputs, at least 1
#     [rdi + 40]  receives the sums, int32 [rows][panels][16], 64-byte aligned
#     [rdi + 48]  bounds of the first row: how many terms come before its own, int32; 0 where the input keeps no outliers
#     [rdi + 56]  bytes from there to the bound behind its own
#     [rdi + 64]  bytes from one row's bounds to the next row's
#     [rdi + 72]  the terms, 12 bytes each
#     [rdi + 80]  bytes before the weights from which the first row's terms count theirs
#     [rdi + 88]  bytes by which that is more for each next row
#
# A term is three int32: the magnitudes of a group's four inputs, u8, of which all but one are 0; 0, or -1 where they are
# negative; and how many bytes lie before the group's weights.
#
# A group costs one load a panel, one broadcast a row and rows x panels vpdpbusd, whose sums stay in registers throughout.
# Then come the terms, row by row, one group's weights times one value: how many there are is known so early that a branch
# which is predicted wrong costs next to nothing while the sums of the last groups are still on their way.

        .intel_syntax noprefix
        .text

# Reads the arguments. Rows are addressed in threes: rows 0, 1, 2 from rax, 3, 4, 5 from rdx, 6, 7, 8 from r11, 9, 10, 11
# from r9, each plus 0, 1 or 2 strides (rcx).
.macro  enter
        mov     rax, [rdi]
        mov     rcx, [rdi + 8]
        mov     rsi, [rdi + 16]
        mov     r8, [rdi + 24]
        mov     r10, [rdi + 32]
        lea     r9, [rcx + rcx * 2]
        lea     rdx, [rax + r9]
        lea     r11, [rdx + r9]
        add     r9, r11
.endm

.macro  clear   registers:vararg
        .irp    i, \registers
        vpxord  zmm\i, zmm\i, zmm\i
        .endr
.endm

# One row of a group: its four inputs in every lane, times the weights of up to four panels.
.macro  row4    address, a, b, c, d
        vpbroadcastd zmm31, dword ptr [\address]
        vpdpbusd zmm\a, zmm31, zmm27
        vpdpbusd zmm\b, zmm31, zmm28
        vpdpbusd zmm\c, zmm31, zmm29
        vpdpbusd zmm\d, zmm31, zmm30
.endm

.macro  row3    address, a, b, c
        vpbroadcastd zmm31, dword ptr [\address]
        vpdpbusd zmm\a, zmm31, zmm27
        vpdpbusd zmm\b, zmm31, zmm28
        vpdpbusd zmm\c, zmm31, zmm29
.endm

.macro  row2    address, a, b
        vpbroadcastd zmm31, dword ptr [\address]
        vpdpbusd zmm\a, zmm31, zmm27
        vpdpbusd zmm\b, zmm31, zmm28
.endm

.macro  row1    address, a
        vpbroadcastd zmm31, dword ptr [\address]
        vpdpbusd zmm\a, zmm31, zmm27
.endm

# To the next group: 4 inputs of each row, 64 bytes of each panel.
.macro  next    loop
        add     rax, 4
        add     rdx, 4
        add     r11, 4
        add     r9, 4
        add     rsi, 64
        dec     r10
        jnz     \loop
.endm

# The terms of all rows: from here to leave_with, each row has a macro of its own.
.macro  terms
        mov     rdx, [rdi + 48]
        test    rdx, rdx
        jz      9f
        mov     r11, [rdi + 72]
        mov     rsi, [rdi + 16]
        sub     rsi, [rdi + 80]
.endm

# The next row's terms: the first one's address in rax, their number in r10; none is a jump ahead.
.macro  find_terms
        mov     rcx, [rdi + 56]
        movsxd  rax, dword ptr [rdx]
        movsxd  r10, dword ptr [rdx + rcx]
        add     rdx, [rdi + 64]
        sub     r10, rax
        jz      8f
        lea     rax, [rax + rax * 2]
        lea     rax, [r11 + rax * 4]
.endm

# One term: its magnitude in zmm31, its sign in zmm30 or, with four panels, zmm26, its weights' address in rcx.
.macro  term    sign
        vpbroadcastd zmm31, dword ptr [rax]
        vpbroadcastd zmm\sign, dword ptr [rax + 4]
        movsxd  rcx, dword ptr [rax + 8]
        add     rcx, rsi
        add     rax, 12
.endm

# Weights, negated where the sign is -1: none is -128.
.macro  signed  register, sign, address:vararg
        vpxord  zmm\register, zmm\sign, [\address]
        vpsubb  zmm\register, zmm\register, zmm\sign
.endm

.macro  next_term loop
        dec     r10
        jnz     \loop
8:      sub     rsi, [rdi + 88]
.endm

.macro  terms4  a, b, c, d
        find_terms
7:      term    26
        signed  27, 26, rcx
        signed  28, 26, rcx + r8
        signed  29, 26, rcx + r8 * 2
        signed  30, 26, rcx + r9
        vpdpbusd zmm\a, zmm31, zmm27
        vpdpbusd zmm\b, zmm31, zmm28
        vpdpbusd zmm\c, zmm31, zmm29
        vpdpbusd zmm\d, zmm31, zmm30
        next_term 7b
.endm

.macro  terms3  a, b, c
        find_terms
7:      term    30
        signed  27, 30, rcx
        signed  28, 30, rcx + r8
        signed  29, 30, rcx + r8 * 2
        vpdpbusd zmm\a, zmm31, zmm27
        vpdpbusd zmm\b, zmm31, zmm28
        vpdpbusd zmm\c, zmm31, zmm29
        next_term 7b
.endm

.macro  terms2  a, b
        find_terms
7:      term    30
        signed  27, 30, rcx
        signed  28, 30, rcx + r8
        vpdpbusd zmm\a, zmm31, zmm27
        vpdpbusd zmm\b, zmm31, zmm28
        next_term 7b
.endm

.macro  terms1  a
        find_terms
7:      term    30
        signed  27, 30, rcx
        vpdpbusd zmm\a, zmm31, zmm27
        next_term 7b
.endm

.macro  leave_with registers:vararg
9:      mov     rax, [rdi + 40]
        .irp    i, \registers
        vmovdqa64 [rax + 64 * \i], zmm\i
        .endr
        vzeroupper
        ret
.endm

# 6 rows x 4 panels.
        .balign 64, 0xcc
tile6x4:
        enter
        lea     r9, [r8 + r8 * 2]
        clear   0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23
1:      vmovdqu64 zmm27, [rsi]
        vmovdqu64 zmm28, [rsi + r8]
        vmovdqu64 zmm29, [rsi + r8 * 2]
        vmovdqu64 zmm30, [rsi + r9]
        row4    rax, 0, 1, 2, 3
        row4    rax+rcx, 4, 5, 6, 7
        row4    rax+rcx*2, 8, 9, 10, 11
        row4    rdx, 12, 13, 14, 15
        row4    rdx+rcx, 16, 17, 18, 19
        row4    rdx+rcx*2, 20, 21, 22, 23
        add     rax, 4
        add     rdx, 4
        add     rsi, 64
        dec     r10
        jnz     1b
        terms
        terms4  0, 1, 2, 3
        terms4  4, 5, 6, 7
        terms4  8, 9, 10, 11
        terms4  12, 13, 14, 15
        terms4  16, 17, 18, 19
        terms4  20, 21, 22, 23
        leave_with 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23

# 3 rows x 4 panels: the last rows of a block.
        .balign 64, 0xcc
tile3x4:
        enter
        lea     r9, [r8 + r8 * 2]
        clear   0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
1:      vmovdqu64 zmm27, [rsi]
        vmovdqu64 zmm28, [rsi + r8]
        vmovdqu64 zmm29, [rsi + r8 * 2]
        vmovdqu64 zmm30, [rsi + r9]
        row4    rax, 0, 1, 2, 3
        row4    rax+rcx, 4, 5, 6, 7
        row4    rax+rcx*2, 8, 9, 10, 11
        add     rax, 4
        add     rsi, 64
        dec     r10
        jnz     1b
        terms
        terms4  0, 1, 2, 3
        terms4  4, 5, 6, 7
        terms4  8, 9, 10, 11
        leave_with 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11

# 9 rows x 3 panels.
        .balign 64, 0xcc
tile9x3:
        enter
        clear   0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26
1:      vmovdqu64 zmm27, [rsi]
        vmovdqu64 zmm28, [rsi + r8]
        vmovdqu64 zmm29, [rsi + r8 * 2]
        row3    rax, 0, 1, 2
        row3    rax+rcx, 3, 4, 5
        row3    rax+rcx*2, 6, 7, 8
        row3    rdx, 9, 10, 11
        row3    rdx+rcx, 12, 13, 14
        row3    rdx+rcx*2, 15, 16, 17
        row3    r11, 18, 19, 20
        row3    r11+rcx, 21, 22, 23
        row3    r11+rcx*2, 24, 25, 26
        next    1b
        terms
        terms3  0, 1, 2
        terms3  3, 4, 5
        terms3  6, 7, 8
        terms3  9, 10, 11
        terms3  12, 13, 14
        terms3  15, 16, 17
        terms3  18, 19, 20
        terms3  21, 22, 23
        terms3  24, 25, 26
        leave_with 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26

# 12 rows x 2 panels.
        .balign 64, 0xcc
tile12x2:
        enter
        clear   0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23
1:      vmovdqu64 zmm27, [rsi]
        vmovdqu64 zmm28, [rsi + r8]
        row2    rax, 0, 1
        row2    rax+rcx, 2, 3
        row2    rax+rcx*2, 4, 5
        row2    rdx, 6, 7
        row2    rdx+rcx, 8, 9
        row2    rdx+rcx*2, 10, 11
        row2    r11, 12, 13
        row2    r11+rcx, 14, 15
        row2    r11+rcx*2, 16, 17
        row2    r9, 18, 19
        row2    r9+rcx, 20, 21
        row2    r9+rcx*2, 22, 23
        next    1b
        terms
        terms2  0, 1
        terms2  2, 3
        terms2  4, 5
        terms2  6, 7
        terms2  8, 9
        terms2  10, 11
        terms2  12, 13
        terms2  14, 15
        terms2  16, 17
        terms2  18, 19
        terms2  20, 21
        terms2  22, 23
        leave_with 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23

# 12 rows x 1 panel.
        .balign 64, 0xcc
tile12x1:
        enter
        clear   0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
1:      vmovdqu64 zmm27, [rsi]
        row1    rax, 0
        row1    rax+rcx, 1
        row1    rax+rcx*2, 2
        row1    rdx, 3
        row1    rdx+rcx, 4
        row1    rdx+rcx*2, 5
        row1    r11, 6
        row1    r11+rcx, 7
        row1    r11+rcx*2, 8
        row1    r9, 9
        row1    r9+rcx, 10
        row1    r9+rcx*2, 11
        next    1b
        terms
        terms1  0
        terms1  1
        terms1  2
        terms1  3
        terms1  4
        terms1  5
        terms1  6
        terms1  7
        terms1  8
        terms1  9
        terms1  10
        terms1  11
        leave_with 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11

# Windows: the argument in rcx, the tile's address in rdx; rdi, rsi and xmm6 to xmm15 are the caller's.
        .balign 64, 0xcc
windows:
        push    rdi
        push    rsi
        sub     rsp, 168
        .irp    i, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        vmovaps [rsp + 16 * (\i - 6)], xmm\i
        .endr
        mov     rdi, rcx
        call    rdx
        .irp    i, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        vmovaps xmm\i, [rsp + 16 * (\i - 6)]
        .endr
        add     rsp, 168
        pop     rsi
        pop     rdi
        ret

# Which register states the operating system saves (XCR0), in eax.
        .balign 64, 0xcc
saved_states:
        xor     ecx, ecx
        xgetbv
        ret
