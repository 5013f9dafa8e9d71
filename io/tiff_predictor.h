// Undoes what TIFF's predictors did to the rows of a block (TIFF 6.0, section 14, and Technical
// Note 3), with SIMD chosen at run time: sums along a row in registers of 16 bytes, by doubling
// distances, and the bytes of floating-point numbers put together again. Same bits as libtiff.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace cnci::io {

/// Rows of a block, each of `row_bytes` bytes (a multiple of samples * sample_bytes): pixels of
/// `samples` samples of `sample_bytes` bytes. There is no requirement on alignment.
struct SampleRows {
  std::span<std::byte> bytes;
  std::size_t row_bytes = 0;
  std::size_t sample_bytes = 1;
  std::size_t samples = 1;
};

/// Reverses the bytes of every sample of 2, 4 or 8 bytes.
void swap_sample_bytes(const SampleRows& rows);

/// Predictor 2: every sample of 1, 2, 4 or 8 bytes, in the machine's byte order, becomes the sum,
/// modulo its size, of itself and all those of the pixels to its left. Swap bytes before.
void undo_horizontal_predictor(const SampleRows& rows);

/// Predictor 3, samples of 4 or 8 bytes: the bytes of a row are summed as by predictor 2 with
/// samples of one byte; they are the most significant bytes of all numbers of the row, then the
/// next ones. The numbers come out in the machine's byte order, whatever that of the file. `row` is
/// memory that is used again from call to call.
void undo_floating_point_predictor(const SampleRows& rows, std::vector<std::byte>& row);

}  // namespace cnci::io
