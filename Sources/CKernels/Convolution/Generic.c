#define GAZE_ISA_ID 0 /* GAZE_GENERIC */
#include "Vectors/Vector.h"
#include "Convolution.inc"
#include "Vectors/VectorEnd.h"
