#if defined(__aarch64__)
#define GAZE_ISA_ID 3 /* GAZE_NEON */
#include "Vector.h"
#include "InvertedResidual.inc"
#include "VectorEnd.h"
#endif
