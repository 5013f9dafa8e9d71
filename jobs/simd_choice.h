// The instruction set that CNCI_SIMD asks for, and that all ranks give the same bits.
#pragma once

#include "engine/mpi.h"

namespace cnci::jobs {

/// Forces the target named by the environment variable CNCI_SIMD (scalar, sse4, avx2, avx512); does
/// nothing where it is unset or empty. Throws UsageError where this processor has no such target.
void choose_simd_target();

/// Collective: choose_simd_target on every rank. Throws UsageError on all of them where it fails on
/// one, engine::Error where their processors would give different bits.
void choose_simd_target(const engine::Mpi& mpi);

}  // namespace cnci::jobs
