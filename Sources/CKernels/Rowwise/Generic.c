#define GAZE_ISA_ID 0 /* GAZE_GENERIC */
#include "Vectors/Vector.h"
#include "Rowwise.inc"
#include "Vectors/VectorEnd.h"
