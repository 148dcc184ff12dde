package db

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// waitsWorthNaming: a younger transaction ends by itself before anybody has
	// read about it.
	waitsWorthNaming = time.Second
	// mostNamed are named of those in the way; the rest is counted.
	mostNamed = 3
)

// OlderTransactions names the open transactions that a change may have to wait
// for, the oldest first; "" for none.
func OlderTransactions(list []Session) string {
	var older []Session
	for _, s := range list {
		if s.Transaction > waitsWorthNaming {
			older = append(older, s)
		}
	}
	slices.SortStableFunc(older, func(a, b Session) int { return int(b.Transaction/time.Millisecond - a.Transaction/time.Millisecond) })
	var names []string
	for _, s := range older[:min(len(older), mostNamed)] {
		who := "pid " + s.ID
		if s.Prepared != nil {
			who = s.ID
		}
		names = append(names, who+" ("+strings.TrimPrefix(s.User+", open for ", ", ")+Age(s.Transaction.Seconds())+")")
	}
	text := strings.Join(names, ", ")
	if more := len(older) - mostNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Age is how long something has lasted, as people say it.
func Age(s float64) string {
	switch {
	case s < 1:
		return fmt.Sprintf("%.0f ms", s*1e3)
	case s < 120:
		return fmt.Sprintf("%.0f s", s)
	case s < 7200:
		return fmt.Sprintf("%.0f min", s/60)
	}
	return fmt.Sprintf("%.1f h", s/3600)
}
