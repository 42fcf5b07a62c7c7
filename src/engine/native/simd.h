// Vectors of 8 floats, the width of a panel, and where the machine has them of 16, as two panels side by side. Every
// operation rounds as its counterpart in ../kernels/simd.ts does in the relaxed build, so that results are the same.
// Builds for different vectors must not share the code of an inline function, so all of it is each build's own.
//
//   loadPanels(p, pitch)      8 floats from each panel, `pitch` floats from one to the next
//   loadQuads(p, stride)      4 floats from each of 2 or 4 rows; storeQuads puts them back
//   repeatQuad(p)             the same 4 floats in all quads
//   spread(p)                 2 or 4 floats, each in all lanes of a quad
//   splatInQuads<lane>()      in each quad one of its lanes, four times
//   fma(a, b, c)              a b + c, rounded once; fnma(a, b, c) is c - a b
//   lower(a, b)               `b` where it is the lower, else `a`, be that NaN: pmin of WebAssembly; higher likewise
//   nearest(a)                the nearest integer, ties to even
//   wherePositive(a, x)       `a` where `x` > 0, else 0
//   scaleByPower(a, n)        a 2^n, for whole n with which it stays normal
//   transpose4(from, .., to)  4 rows of 4 floats, turned over
#pragma once

#if defined(__AVX2__) && defined(__FMA__)
#include "simd-avx.h"
#elif defined(__aarch64__)
#include "simd-neon.h"
#else
#error "No vectors of this machine are known here: the WebAssembly kernels serve."
#endif

namespace {

#if HAS_F16
using Widest = F16;
#else
using Widest = F8;
#endif

/** Calls `body(index, V{})` along `count` floats, a multiple of 8: in the widest vectors, and a rest of 8 in F8. */
template <class Body>
inline void alongVectors(size_t count, Body body) {
  size_t i = 0;
  for (; i + Widest::lanes <= count; i += Widest::lanes) body(i, Widest{});
  for (; i < count; i += F8::lanes) body(i, F8{});
}

}  // namespace
