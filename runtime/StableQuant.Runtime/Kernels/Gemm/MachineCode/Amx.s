# Sums of products of u8 inputs and packed s8 weights by tdpbusd on tiles (AMX-INT8), for which .NET has no API. AmxCode.cs
# holds the bytes that this file assembles to; a test assembles it anew and compares:
#
#     cc -c Amx.s -o code.o && objcopy -O binary -j .text code.o code.bin
#
# 16 groups of a panel, 64 bytes each, are a tile of weights as they lie; 64 inputs of up to 16 rows are a tile of inputs. The
# sums of 32 rows x 2 panels are four tiles:
#
#                weights 6   weights 7
#     inputs 4   sums 0      sums 1
#     inputs 5   sums 2      sums 3
#
# Where the tiles' sizes are configured (`configure`) the upper ones have up to 16 rows and the lower ones what is left of 32.
# Each entry takes one argument, in rdi, returns nothing, and changes no register that a callee must preserve by the System V
# convention; of those of Windows it changes rdi and rsi alone, for which Windows has an entry of its own. The argument:
#
#     [rdi +  0]  inputs of the first row, u8
#     [rdi +  8]  bytes from one row to the next
#     [rdi + 16]  weights of the first panel, s8: for each group of 4 inputs, 16 outputs x 4 inputs
#     [rdi + 24]  bytes from one panel to the next
#     [rdi + 32]  steps of 16 groups, or of as many as there are where these are fewer; at least 1
#     [rdi + 40]  the sums, int32 [rows][panels][16], 64-byte aligned
#     [rdi + 48]  where groups are left behind the last whole 16: the last 64 inputs of each row, those that were multiplied
#                 already being 0; 64 bytes a row. Else 0
#     [rdi + 56]  and the weights of the first panel's last 16 groups
#     [rdi + 64]  terms, 16 bytes each
#     [rdi + 72]  how many
#     [rdi + 80]  whether a tile goes on with the sums of the call before, or begins with 0
#     [rdi + 88]  whether its sums are stored
#
# So a tile may take several calls, between which the caller does something else: tdpbusd has a unit of its own, and the processor goes on with
# what comes behind it.
#
# A term is four int32: the magnitudes of a group's four inputs, u8, of which all but one are 0; 0, or -1 where they are
# negative; how many bytes the group's weights lie behind the panel's first; and the row, times 64.

        .intel_syntax noprefix
        .text

# One step of 16 groups: inputs from rax and rdx, weights from rsi and r8. The rows' inputs serve many panels and stay in the first-level
# cache; weights go by, and are loaded with the hint that they need no place there: a quarter more speed than without.
.macro  multiply lower, second, row_bytes
        tileloadd tmm4, [rax + \row_bytes]
        tileloaddt1 tmm6, [rsi + r11]
        tdpbusd tmm0, tmm4, tmm6
        .if \second
        tileloaddt1 tmm7, [r8 + r11]
        tdpbusd tmm1, tmm4, tmm7
        .endif
        .if \lower
        tileloadd tmm5, [rdx + \row_bytes]
        tdpbusd tmm2, tmm5, tmm6
        .if \second
        tdpbusd tmm3, tmm5, tmm7
        .endif
        .endif
.endm

# An instruction for each tile of sums: those of the first row lie at r9, rows are r11 bytes apart.
.macro  each_sum instruction, lower, second
        \instruction 0, 0
        .if \second
        \instruction 1, 64
        .endif
        .if \lower
        \instruction 2, 1024+1024*\second
        .if \second
        \instruction 3, 2112
        .endif
        .endif
.endm

.macro  zero    sum, offset
        tilezero tmm\sum
.endm

.macro  store   sum, offset
        tilestored [r9 + r11 + \offset], tmm\sum
.endm

# Up to 16 or 32 rows x 1 or 2 panels.
.macro  tile    lower, second
        mov     rax, [rdi]
        mov     rcx, [rdi + 8]
        mov     rsi, [rdi + 16]
        mov     r8, [rdi + 24]
        mov     r10, [rdi + 32]
        mov     r11d, 64
        add     r8, rsi
        .if \lower
        mov     rdx, rcx
        shl     rdx, 4
        add     rdx, rax
        .endif
        cmp     qword ptr [rdi + 80], 0
        jne     1f
        each_sum zero, \lower, \second
        .balign 32
1:      multiply \lower, \second, rcx
        add     rdx, 64
        add     rax, 64
        add     rsi, 1024
        add     r8, 1024
        dec     r10
        jnz     1b
        cmp     qword ptr [rdi + 88], 0
        je      3f

        # What groups are left: the panel's last 16, of which the inputs hide those that were multiplied already.
        mov     rax, [rdi + 48]
        test    rax, rax
        jz      2f
        mov     rsi, [rdi + 56]
        mov     r8, [rdi + 24]
        add     r8, rsi
        .if \lower
        lea     rdx, [rax + 1024]
        .endif
        multiply \lower, \second, r11

2:      mov     r9, [rdi + 40]
        mov     r11d, 64 + 64 * \second
        each_sum store, \lower, \second
3:      ret
.endm

# Adds terms to the sums of a tile: any number of them, and nothing to predict but the last.
.macro  terms   second
        mov     rsi, [rdi + 16]
        mov     r8, [rdi + 24]
        mov     rax, [rdi + 40]
        mov     rcx, [rdi + 64]
        mov     r10, [rdi + 72]
        add     r8, rsi
        .balign 32
1:      movsxd  rdx, dword ptr [rcx + 8]
        movsxd  r11, dword ptr [rcx + 12]
        vpbroadcastd zmm20, dword ptr [rcx]
        vpbroadcastd zmm21, dword ptr [rcx + 4]
        vmovdqa64 zmm16, [rax + r11 * (1 + \second)]
        vpxord  zmm18, zmm21, [rsi + rdx]
        vpsubb  zmm18, zmm18, zmm21
        vpdpbusd zmm16, zmm20, zmm18
        vmovdqa64 [rax + r11 * (1 + \second)], zmm16
        .if \second
        vmovdqa64 zmm17, [rax + r11 * 2 + 64]
        vpxord  zmm19, zmm21, [r8 + rdx]
        vpsubb  zmm19, zmm19, zmm21
        vpdpbusd zmm17, zmm20, zmm19
        vmovdqa64 [rax + r11 * 2 + 64], zmm17
        .endif
        add     rcx, 16
        dec     r10
        jnz     1b
        vzeroupper
        ret
.endm

        .balign 64, 0xcc
tile32x2:
        tile    1, 1

        .balign 64, 0xcc
tile32x1:
        tile    1, 0

        .balign 64, 0xcc
tile16x2:
        tile    0, 1

        .balign 64, 0xcc
tile16x1:
        tile    0, 0

        .balign 64, 0xcc
terms2:
        terms   1

        .balign 64, 0xcc
terms1:
        terms   0

# Sets the sizes of the tiles: rdi points to 64 bytes of configuration.
        .balign 64, 0xcc
configure:
        ldtilecfg [rdi]
        ret

# Gives the tiles back, so that the processor need not keep them: rdi is not read.
        .balign 64, 0xcc
release:
        tilerelease
        ret

# Windows: the argument in rcx, the entry's address in rdx; rdi and rsi are the caller's.
        .balign 64, 0xcc
windows:
        push    rdi
        push    rsi
        mov     rdi, rcx
        sub     rsp, 8
        call    rdx
        add     rsp, 8
        pop     rsi
        pop     rdi
        ret

# Which register states the operating system saves (XCR0), in eax.
        .balign 64, 0xcc
saved_states:
        xor     ecx, ecx
        xgetbv
        ret
