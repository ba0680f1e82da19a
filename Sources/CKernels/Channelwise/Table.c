#include "Channelwise.h"

#include "Vectors/Dispatch.h"

DEFINE_KERNELS(channelwise)
