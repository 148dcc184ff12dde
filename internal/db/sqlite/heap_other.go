//go:build !cgo || !linux

package sqlite

// releaseHeap is glibc's need alone.
func releaseHeap() {}
