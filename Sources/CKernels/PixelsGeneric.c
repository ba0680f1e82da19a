#define GAZE_ISA_ID 0
#include "Vector.h"
#include "Pixels.inc"
#include "VectorEnd.h"
