/* poly.h - polynomials with a fixed order of operations. For *_isa.c files only.
 *
 * WI_HORNERn(x, c) = c[0] + x (c[1] + x (... + x c[n])), innermost first, one multiplication and one addition per
 * step. They are macros so that one definition serves every vector type. */
#ifndef WI_DIST_POLY_H
#define WI_DIST_POLY_H

#define WI_HORNER2(x, c) (((c)[2] * (x) + (c)[1]) * (x) + (c)[0])
#define WI_HORNER3(x, c) (WI_HORNER2(x, (c) + 1) * (x) + (c)[0])
#define WI_HORNER4(x, c) (WI_HORNER3(x, (c) + 1) * (x) + (c)[0])
#define WI_HORNER5(x, c) (WI_HORNER4(x, (c) + 1) * (x) + (c)[0])
#define WI_HORNER6(x, c) (WI_HORNER5(x, (c) + 1) * (x) + (c)[0])
#define WI_HORNER7(x, c) (WI_HORNER6(x, (c) + 1) * (x) + (c)[0])
#define WI_HORNER10(x, c) (((WI_HORNER7(x, (c) + 3) * (x) + (c)[2]) * (x) + (c)[1]) * (x) + (c)[0])

#endif
