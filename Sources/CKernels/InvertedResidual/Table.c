#include "InvertedResidual.h"

#include "Vectors/Dispatch.h"

DEFINE_KERNELS(inverted_residual)
