#include "Rowwise.h"

#include "Vectors/Dispatch.h"

DEFINE_KERNELS(rowwise)
