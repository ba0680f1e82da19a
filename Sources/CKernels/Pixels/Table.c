#include "Pixels.h"

#include "Vectors/Dispatch.h"

DEFINE_KERNELS(pixel)
