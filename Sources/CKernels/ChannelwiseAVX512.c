#if defined(__x86_64__)
#define GAZE_ISA_ID 2 /* GAZE_AVX512 */
#include "Vector.h"
#include "Channelwise.inc"
#include "VectorEnd.h"
#endif
