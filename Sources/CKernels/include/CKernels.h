/// SIMD kernels with run-time dispatch: what Swift cannot do, since it compiles a module for one processor only.
///
/// Each family of kernels has a folder: a template (`Convolution/Convolution.inc` and its parts), compiled once for
/// each instruction set by a file of its own (`Convolution/AVX512.c`, ...), and the lookup of its tables of functions
/// (`Convolution/Table.c`). Layouts are those of Autodiff: images NHWC, filters HWIO, depthwise filters HWC, all
/// float32.
#pragma once

#include "Channelwise.h"
#include "Convolution.h"
#include "InstructionSet.h"
#include "InvertedResidual.h"
#include "Linear.h"
#include "Pixels.h"
#include "Rowwise.h"
#include "Spin.h"
