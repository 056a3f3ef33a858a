// Sums of products of u8 inputs and s8 weights on Arm64: by sdot (the dot product extension), by usmmla (I8MM), for which .NET 10 has no
// API, and by smull and smlal (NEON). Arm64Code.cs holds the bytes that this file assembles to; a test assembles it anew and compares:
//
//     aarch64-linux-gnu-as Arm64.s -o code.o && aarch64-linux-gnu-objcopy -O binary -j .text code.o code.bin
//
// A tile is 6 rows, without the dot product 2, times one panel of 16 outputs. All entries take
//
//     x0  inputs of the first row, u8
//     x1  bytes from one row to the next
//     x2  weights of the panel, s8
//     x3  groups of 4 inputs, at least 1
//     x4  receives the sums, int32 [rows][16]
//     x5  bytes from one row's sums to the next row's
//
// return nothing, call nothing and read no byte behind a row's or a panel's last. Sums are of inputs less 128.
//
// Loops are written for processors that work in order, too: what is loaded, or summed, is used some instructions later.

        .arch   armv8.2-a+dotprod+i8mm
        .text

// A callee keeps the lower halves of v8 to v15. Rows are at x0, x6, x7, x9, x10, x11, each plus x12.
.macro  enter
        stp     d8, d9, [sp, #-64]!
        stp     d10, d11, [sp, #16]
        stp     d12, d13, [sp, #32]
        stp     d14, d15, [sp, #48]
        add     x6, x0, x1
        add     x7, x6, x1
        add     x9, x7, x1
        add     x10, x9, x1
        add     x11, x10, x1
        mov     x12, #0
        lsr     x13, x3, #2
.endm

.macro  leave
        ldp     d10, d11, [sp, #16]
        ldp     d12, d13, [sp, #32]
        ldp     d14, d15, [sp, #48]
        ldp     d8, d9, [sp], #64
        ret
.endm

// Six rows' inputs, in as many registers of a size: q, d or s.
.macro  inputs  size
        ldr     \size\()0, [x0, x12]
        ldr     \size\()1, [x6, x12]
        ldr     \size\()2, [x7, x12]
        ldr     \size\()3, [x9, x12]
        ldr     \size\()4, [x10, x12]
        ldr     \size\()5, [x11, x12]
.endm

// Inputs less 128, as signed bytes.
.macro  less128 row
        eor     v\row\().16b, v\row\().16b, v6.16b
.endm
.macro  signed
        movi    v6.16b, #0x80
        less128 0
        less128 1
        less128 2
        less128 3
        less128 4
        less128 5
.endm

// Four outputs of six rows: four inputs of each, by their place among the row's sixteen, times weights of one register.
.macro  dots    weights, place, a, b, c, d, e, f
        sdot    v\a\().4s, v\weights\().16b, v0.4b[\place]
        sdot    v\b\().4s, v\weights\().16b, v1.4b[\place]
        sdot    v\c\().4s, v\weights\().16b, v2.4b[\place]
        sdot    v\d\().4s, v\weights\().16b, v3.4b[\place]
        sdot    v\e\().4s, v\weights\().16b, v4.4b[\place]
        sdot    v\f\().4s, v\weights\().16b, v5.4b[\place]
.endm

// The first four outputs, the next and so on. The register that is free is loaded with what comes next.
.macro  dots0   weights, place
        dots    \weights, \place, 8, 12, 16, 20, 24, 28
.endm
.macro  dots1   weights, place
        dots    \weights, \place, 9, 13, 17, 21, 25, 29
.endm
.macro  dots2   weights, place
        dots    \weights, \place, 10, 14, 18, 22, 26, 30
.endm
.macro  dots3   weights, place
        dots    \weights, \place, 11, 15, 19, 23, 27, 31
.endm

.macro  group   place, next
        ldr     q6, [x2, #(\place * 64 + 16)]
        dots0   7, \place
        ldr     q7, [x2, #(\place * 64 + 32)]
        dots1   6, \place
        ldr     q6, [x2, #(\place * 64 + 48)]
        dots2   7, \place
        .ifnb   \next
        ldr     q7, [x2, #(\next * 64)]
        .endif
        dots3   6, \place
.endm

// One row's sums, from four registers.
.macro  row     a, b, c, d
        stp     q\a, q\b, [x4]
        stp     q\c, q\d, [x4, #32]
        add     x4, x4, x5
.endm

// By sdot: 24 registers of sums, v8 to v31. Weights are a panel as it lies in the file: for each group 16 outputs x 4 inputs.
        .balign 64
dot_product:
        enter
        .irp    i, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        movi    v\i\().4s, #0
        .endr
        cbz     x13, 2f
1:      inputs  q
        ldr     q7, [x2]
        signed
        group   0, 1
        group   1, 2
        group   2, 3
        group   3
        add     x12, x12, #16
        add     x2, x2, #256
        subs    x13, x13, #1
        b.ne    1b
2:      ands    x13, x3, #3
        b.eq    4f
3:      inputs  s
        ldr     q7, [x2]
        signed
        group   0
        add     x12, x12, #4
        add     x2, x2, #64
        subs    x13, x13, #1
        b.ne    3b
4:      row     8, 9, 10, 11
        row     12, 13, 14, 15
        row     16, 17, 18, 19
        row     20, 21, 22, 23
        row     24, 25, 26, 27
        row     28, 29, 30, 31
        leave

// Two rows of eight inputs, or of sixteen in two registers. What lies in v6 and v7 is free again.
.macro  pair    size, first, second, into
        ldr     \size\()6, [\first, x12]
        ldr     \size\()7, [\second, x12]
        zip1    v\into\().2d, v6.2d, v7.2d
.endm
.macro  pairs   first, second, into, next
        pair    q, \first, \second, \into
        zip2    v\next\().2d, v6.2d, v7.2d
.endm

// Two outputs of three pairs of rows, eight inputs.
.macro  squares weights, x, y, z, a, b, c
        usmmla  v\a\().4s, v\x\().16b, v\weights\().16b
        usmmla  v\b\().4s, v\y\().16b, v\weights\().16b
        usmmla  v\c\().4s, v\z\().16b, v\weights\().16b
.endm

// All outputs; what comes next is loaded while the others are multiplied.
.macro  eight   at, x, y, z, next
        ldr     q7, [x2, #(\at + 16)]
        squares 6, \x, \y, \z, 8, 16, 24
        ldr     q6, [x2, #(\at + 32)]
        squares 7, \x, \y, \z, 9, 17, 25
        ldr     q7, [x2, #(\at + 48)]
        squares 6, \x, \y, \z, 10, 18, 26
        ldr     q6, [x2, #(\at + 64)]
        squares 7, \x, \y, \z, 11, 19, 27
        ldr     q7, [x2, #(\at + 80)]
        squares 6, \x, \y, \z, 12, 20, 28
        ldr     q6, [x2, #(\at + 96)]
        squares 7, \x, \y, \z, 13, 21, 29
        ldr     q7, [x2, #(\at + 112)]
        squares 6, \x, \y, \z, 14, 22, 30
        .ifnb   \next
        ldr     q6, [x2, #\next]
        .endif
        squares 7, \x, \y, \z, 15, 23, 31
.endm

// Sums of two rows: a register has two outputs of one, then of the other.
.macro  rows2   a, b, c, d, e, f, g, h
        trn1    v0.2d, v\a\().2d, v\b\().2d
        trn1    v1.2d, v\c\().2d, v\d\().2d
        trn1    v2.2d, v\e\().2d, v\f\().2d
        trn1    v3.2d, v\g\().2d, v\h\().2d
        row     0, 1, 2, 3
        trn2    v4.2d, v\a\().2d, v\b\().2d
        trn2    v5.2d, v\c\().2d, v\d\().2d
        trn2    v6.2d, v\e\().2d, v\f\().2d
        trn2    v7.2d, v\g\().2d, v\h\().2d
        row     4, 5, 6, 7
.endm

// The sums of the first two rows, as they begin.
.macro  copy    a, b, c, d, e, f, g, h
        mov     v\a\().16b, v8.16b
        mov     v\b\().16b, v9.16b
        mov     v\c\().16b, v10.16b
        mov     v\d\().16b, v11.16b
        mov     v\e\().16b, v12.16b
        mov     v\f\().16b, v13.16b
        mov     v\g\().16b, v14.16b
        mov     v\h\().16b, v15.16b
.endm

// By usmmla, whose operands are two rows of eight: 24 registers of sums, v8 to v31. Weights are a panel as ArmI8mmMicroKernel packs it: where the sums of 16 outputs
// begin, int32; then for each two groups, the last one filled up with zeros, 8 pairs of outputs x 8 inputs.
        .balign 64
matrix_multiply:
        enter
        .irp    i, 8, 9, 10, 11, 12, 13, 14, 15
        ld1r    {v\i\().2d}, [x2], #8
        .endr
        copy    16, 17, 18, 19, 20, 21, 22, 23
        copy    24, 25, 26, 27, 28, 29, 30, 31
        cbz     x13, 2f
1:      pairs   x0, x6, 0, 3
        pairs   x7, x9, 1, 4
        pairs   x10, x11, 2, 5
        ldr     q6, [x2]
        eight   0, 0, 1, 2, 128
        eight   128, 3, 4, 5
        add     x12, x12, #16
        add     x2, x2, #256
        subs    x13, x13, #1
        b.ne    1b
2:      tbz     x3, #1, 3f
        pair    d, x0, x6, 0
        pair    d, x7, x9, 1
        pair    d, x10, x11, 2
        ldr     q6, [x2]
        eight   0, 0, 1, 2
        add     x12, x12, #8
        add     x2, x2, #128
3:      tbz     x3, #0, 4f
        pair    s, x0, x6, 0
        pair    s, x7, x9, 1
        pair    s, x10, x11, 2
        ldr     q6, [x2]
        eight   0, 0, 1, 2
4:      rows2   8, 9, 10, 11, 12, 13, 14, 15
        rows2   16, 17, 18, 19, 20, 21, 22, 23
        rows2   24, 25, 26, 27, 28, 29, 30, 31
        leave

// Eight outputs of two rows, two groups: v8 and v10 have the first row's, v9 and v11 the second's. Products of two inputs are added in int16,
// which is exact: inputs less 128 are -128 ... 127, weights -127 ... 127, and 2 x 128 x 127 is 32512. Then neighbours are added in int32.
.macro  products at, next
        smull   v0.8h, v14.8b, v8.8b
        smull   v2.8h, v14.8b, v9.8b
        smull2  v1.8h, v14.16b, v8.16b
        smull2  v3.8h, v14.16b, v9.16b
        ldr     q14, [x2, #(\at + 64)]
        smull   v4.8h, v15.8b, v8.8b
        smull   v6.8h, v15.8b, v9.8b
        smull2  v5.8h, v15.16b, v8.16b
        smull2  v7.8h, v15.16b, v9.16b
        ldr     q15, [x2, #(\at + 80)]
        smlal   v0.8h, v14.8b, v10.8b
        smlal   v2.8h, v14.8b, v11.8b
        smlal2  v1.8h, v14.16b, v10.16b
        smlal2  v3.8h, v14.16b, v11.16b
        .ifnb   \next
        ldr     q14, [x2, #\next]
        .endif
        smlal   v4.8h, v15.8b, v10.8b
        smlal   v6.8h, v15.8b, v11.8b
        smlal2  v5.8h, v15.16b, v10.16b
        smlal2  v7.8h, v15.16b, v11.16b
        .ifnb   \next
        ldr     q15, [x2, #(\next + 16)]
        .endif
.endm

// Two sums of each output: of its inputs 0 and 1, 2 and 3.
.macro  add_pairs a, b, c, d, e, f, g, h
        sadalp  v\a\().4s, v0.8h
        sadalp  v\b\().4s, v1.8h
        sadalp  v\c\().4s, v2.8h
        sadalp  v\d\().4s, v3.8h
        sadalp  v\e\().4s, v4.8h
        sadalp  v\f\().4s, v5.8h
        sadalp  v\g\().4s, v6.8h
        sadalp  v\h\().4s, v7.8h
.endm
.macro  first_outputs
        add_pairs 16, 17, 24, 25, 18, 19, 26, 27
.endm
.macro  last_outputs
        add_pairs 20, 21, 28, 29, 22, 23, 30, 31
.endm

// The same of one group.
.macro  products_of_one at
        ldr     q14, [x2, #\at]
        ldr     q15, [x2, #(\at + 16)]
        smull   v0.8h, v14.8b, v8.8b
        smull2  v1.8h, v14.16b, v8.16b
        smull   v2.8h, v14.8b, v9.8b
        smull2  v3.8h, v14.16b, v9.16b
        smull   v4.8h, v15.8b, v8.8b
        smull2  v5.8h, v15.16b, v8.16b
        smull   v6.8h, v15.8b, v9.8b
        smull2  v7.8h, v15.16b, v9.16b
.endm

// Four inputs of each row, by their place among sixteen, for each output.
.macro  repeat  first, second, place
        dup     v\first\().4s, v12.s[\place]
        dup     v\second\().4s, v13.s[\place]
.endm

.macro  join    into, lower, upper
        addp    v\into\().4s, v\lower\().4s, v\upper\().4s
.endm

// By smull and smlal: two rows, 16 registers of sums, v16 to v31. Weights are a panel as it lies in the file.
        .balign 64
multiply_long:
        enter
        .irp    i, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        movi    v\i\().4s, #0
        .endr
        cbz     x13, 2f
1:      ldr     q12, [x0, x12]
        ldr     q13, [x6, x12]
        movi    v0.16b, #0x80
        ldr     q14, [x2]
        eor     v12.16b, v12.16b, v0.16b
        eor     v13.16b, v13.16b, v0.16b
        ldr     q15, [x2, #16]
        repeat  8, 9, 0
        repeat  10, 11, 1
        products 0, 32
        first_outputs
        products 32, 128
        last_outputs
        repeat  8, 9, 2
        repeat  10, 11, 3
        products 128, 160
        first_outputs
        products 160
        last_outputs
        add     x12, x12, #16
        add     x2, x2, #256
        subs    x13, x13, #1
        b.ne    1b
2:      ands    x13, x3, #3
        b.eq    4f
3:      ldr     s12, [x0, x12]
        ldr     s13, [x6, x12]
        movi    v0.16b, #0x80
        eor     v12.16b, v12.16b, v0.16b
        eor     v13.16b, v13.16b, v0.16b
        repeat  8, 9, 0
        products_of_one 0
        first_outputs
        products_of_one 32
        last_outputs
        add     x12, x12, #4
        add     x2, x2, #64
        subs    x13, x13, #1
        b.ne    3b
4:      join    0, 16, 17
        join    1, 18, 19
        join    2, 20, 21
        join    3, 22, 23
        row     0, 1, 2, 3
        join    4, 24, 25
        join    5, 26, 27
        join    6, 28, 29
        join    7, 30, 31
        row     4, 5, 6, 7
        leave
