#if defined(__x86_64__)
#define GAZE_ISA_ID 2
#include "Vector.h"
#include "Pixels.inc"
#include "VectorEnd.h"
#endif
