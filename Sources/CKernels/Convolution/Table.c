#include "Convolution.h"

#include "Vectors/Dispatch.h"

DEFINE_KERNELS(convolution)
