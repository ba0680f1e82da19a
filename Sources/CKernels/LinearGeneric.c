#define GAZE_ISA_ID 0 /* GAZE_GENERIC */
#include "Vector.h"
#include "Linear.inc"
#include "VectorEnd.h"
