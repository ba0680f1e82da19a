#if defined(__x86_64__)
#define GAZE_ISA_ID 2 /* GAZE_AVX512 */
#include "Vectors/Vector.h"
#include "Rowwise.inc"
#include "Vectors/VectorEnd.h"
#endif
