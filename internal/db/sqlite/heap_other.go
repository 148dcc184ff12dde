//go:build !cgo || !linux

package sqlite

// shareHeap and releaseHeap are glibc's need alone.
func shareHeap()   {}
func releaseHeap() {}
