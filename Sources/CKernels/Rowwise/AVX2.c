#if defined(__x86_64__)
#define GAZE_ISA_ID 1 /* GAZE_AVX2 */
#include "Vectors/Vector.h"
#include "Rowwise.inc"
#include "Vectors/VectorEnd.h"
#endif
