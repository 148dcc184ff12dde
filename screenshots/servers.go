package main

import (
	"time"

	"mltop/screenshots/render"
)

// queue is the demo's second scene: behind the undo of the first one somebody
// forgets a transaction, and others wait for it.
func queue() []shot {
	return []shot{
		{keys: []string{"4"}, wait: []string{"advice of", "declined"}},
		{keys: []string{"a"}, wait: []string{"[ Cancel ]"}},
		{keys: []string{"y"}, wait: []string{"applied:"}},
		{keys: []string{"u"}, wait: []string{"[ Cancel ]"}},
		{keys: []string{"y"}, wait: []string{"○ undone"}},
		{keys: []string{"1"}, wait: []string{"wait for session"}},
		{keys: []string{"Enter"}, wait: []string{"■ idle in transaction", "└", "throws away"}, rest: 8 * time.Second},
		{name: "sessions", keys: []string{"v"}, wait: []string{"SET price_cents"}},
	}
}

// counters are a server's own, beside their mean.
func counters() []shot {
	return []shot{{name: "database", keys: []string{"5"}, wait: []string{"× mean", "innodb_buffer_pool_size", "totals of the last"}, rest: 40 * time.Second}}
}

// tellServers shows the demo on throw-away servers.
func tellServers(into, program string) error {
	err := tell(counters(), into, render.Dark(), nil, program, "--theme", "dark", "demo", "--engine", "mariadb")
	if err != nil {
		return err
	}
	return tell(queue(), into, render.Dark(), nil, program, "--theme", "dark", "demo", "--engine", "postgres")
}
