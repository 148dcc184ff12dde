package collectors

import "time"

// A backOff spaces the tries of what others keep from being read: a lock goes,
// and nobody should have to wait for a minute behind it; but a server under a
// long lock must not be asked, and write an error into its log, every second.
type backOff struct {
	tries int // refused in a row
	until time.Time
}

// The first wait is doubled with each refusal, up to the longest.
const (
	firstBackOff   = 5 * time.Second
	longestBackOff = time.Minute
)

func (b *backOff) refused(now time.Time) {
	wait := firstBackOff << min(b.tries, 4)
	b.tries++
	b.until = now.Add(min(wait, longestBackOff))
}

func (b *backOff) over(now time.Time) bool { return !now.Before(b.until) }
