//go:build !linux

package loadtest

import "time"

func steady() {}

func rest(d time.Duration) { time.Sleep(d) }
