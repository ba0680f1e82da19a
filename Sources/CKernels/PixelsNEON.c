#if defined(__aarch64__)
#define GAZE_ISA_ID 3
#include "Vector.h"
#include "Pixels.inc"
#include "VectorEnd.h"
#endif
