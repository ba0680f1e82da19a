#if defined(__aarch64__)
#define GAZE_ISA_ID 3 /* GAZE_NEON */
#include "Vectors/Vector.h"
#include "Rowwise.inc"
#include "Vectors/VectorEnd.h"
#endif
