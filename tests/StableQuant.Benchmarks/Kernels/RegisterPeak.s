# The most that one core can multiply: products of bytes in loops that touch registers alone. RegisterPeakCode.cs holds the
# bytes that this file assembles to:
#
#     cc -c RegisterPeak.s -o code.o && objcopy -O binary -j .text code.o code.bin
#
# Each entry takes the number of its rounds in rdi, by the System V convention.

        .intel_syntax noprefix
        .text

# A round is 24 vpdpbusd of 64 products each; 24 sums are more than the latency of five cycles needs at two a cycle.
        .balign 64, 0xcc
dot_products:
        .irp    i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 28, 29, 30, 31
        vpternlogd zmm\i, zmm\i, zmm\i, 0xff
        .endr
        .balign 32
1:      .irp    i, 0, 4, 8, 12, 16, 20
        vpdpbusd zmm\i, zmm28, zmm30
        .endr
        .irp    i, 1, 5, 9, 13, 17, 21
        vpdpbusd zmm\i, zmm28, zmm31
        .endr
        .irp    i, 2, 6, 10, 14, 18, 22
        vpdpbusd zmm\i, zmm29, zmm30
        .endr
        .irp    i, 3, 7, 11, 15, 19, 23
        vpdpbusd zmm\i, zmm29, zmm31
        .endr
        dec     rdi
        jnz     1b
        vzeroupper
        ret

# A round is 4 tdpbusd of 16 x 16 x 64 products each.
        .balign 64, 0xcc
tile_products:
        ldtilecfg [rip + whole_tiles]
        .irp    i, 0, 1, 2, 3, 4, 5, 6, 7
        tilezero tmm\i
        .endr
        .balign 32
1:      tdpbusd tmm0, tmm4, tmm6
        tdpbusd tmm1, tmm4, tmm7
        tdpbusd tmm2, tmm5, tmm6
        tdpbusd tmm3, tmm5, tmm7
        dec     rdi
        jnz     1b
        tilerelease
        ret

# Palette 1; eight tiles of 16 rows of 64 bytes.
        .balign 64, 0xcc
whole_tiles:
        .byte   1
        .fill   15, 1, 0
        .fill   8, 2, 64
        .fill   8, 2, 0
        .fill   8, 1, 16
        .fill   8, 1, 0
