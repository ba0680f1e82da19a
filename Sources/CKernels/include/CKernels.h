/// SIMD kernels with run-time dispatch: what Swift cannot do, since it compiles a module for one processor only.
///
/// Each family of kernels is one template (`Dense.inc`, `Channelwise.inc`), compiled once for each instruction set by a
/// file of its own (`DenseAVX512.c`, ...) and reached through a table of functions. Layouts are those of Autodiff:
/// images NHWC, filters HWIO, depthwise filters HWC, all float32.
#pragma once

#include "Channelwise.h"
#include "Convolution.h"
#include "InstructionSet.h"
#include "InvertedResidual.h"
#include "Linear.h"
#include "Pixels.h"
#include "Spin.h"
