//go:build cgo && linux

package sqlite

/*
#include <stdlib.h>

// SQLite's memory comes from the C library. glibc gives every thread that
// asks a heap of its own and gives none of them back; the Go runtime moves
// calls between many threads. One heap for all must be asked for before the
// runtime starts the first of them. Other C libraries have one anyway.
#ifdef __GLIBC__
#include <malloc.h>
__attribute__((constructor)) static void heap_share(void) { mallopt(M_ARENA_MAX, 1); }
static void heap_release(void) { malloc_trim(0); }
#else
static void heap_release(void) {}
#endif
*/
import "C"

// releaseHeap gives the memory of what was closed back to the system; what a
// Lab used would else be held for good.
func releaseHeap() { C.heap_release() }
