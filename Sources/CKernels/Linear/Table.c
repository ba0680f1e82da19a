#include "Linear.h"

#include "Vectors/Dispatch.h"

DEFINE_KERNELS(linear)
