//go:build !linux

package collectors

import "errors"

// MemoryOf: only Linux tells of other processes' limits.
func MemoryOf(int, []string) (Room, error) {
	return Room{}, errors.New("the server's memory is only looked for on Linux")
}
