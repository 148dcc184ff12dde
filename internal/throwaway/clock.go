package throwaway

import (
	"fmt"
	"path/filepath"
)

// skewed is a command whose clock is ahead of ours. What waits does so by the
// clock that cannot be set, which is left alone.
func (p program) skewed(argv []string) ([]string, error) {
	if p.ahead == 0 {
		return argv, nil
	}
	found, err := filepath.Glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("start %s with another clock: no libfaketime here: apt-get install faketime", p.name)
	}
	return append([]string{"/usr/bin/env", "LD_PRELOAD=" + found[0], "DONT_FAKE_MONOTONIC=1", fmt.Sprintf("FAKETIME=%+ds", int(p.ahead.Seconds()))}, argv...), nil
}
