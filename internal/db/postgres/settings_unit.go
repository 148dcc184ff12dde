package postgres

import (
	"fmt"
	"strconv"
	"strings"
)

// unitStep is a unit that SHOW writes, and how many of the smallest of its
// kind it is.
type unitStep struct {
	name string
	size int64
}

// Both tables are those of PostgreSQL's documentation, chapter 20.1.1, the
// greatest first.
func memoryUnits() []unitStep {
	return []unitStep{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"kB", 1 << 10}, {"B", 1}}
}

func timeUnits() []unitStep {
	return []unitStep{{"d", 86_400_000}, {"h", 3_600_000}, {"min", 60_000}, {"s", 1000}, {"ms", 1}}
}

// withUnit writes a number of pg_settings, which is in the setting's base unit
// ("16384" in "8kB"), as SHOW writes the same value: "128MB". What is no
// number, zero or below has no unit there either: -1 is a word, not a size.
func withUnit(number, base string) string {
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || base == "" {
		return number
	}
	name := strings.TrimLeft(base, "0123456789")
	times, err := strconv.ParseInt(strings.TrimSuffix(base, name), 10, 64)
	if err != nil {
		times = 1
	}
	for _, units := range [][]unitStep{memoryUnits(), timeUnits()} {
		for _, u := range units {
			if u.name == name {
				return inGreatest(n*times*u.size, units)
			}
		}
	}
	return number + base
}

// inGreatest writes an amount in the greatest unit in which it is whole.
func inGreatest(amount int64, units []unitStep) string {
	for _, u := range units {
		if amount%u.size == 0 {
			return fmt.Sprintf("%d%s", amount/u.size, u.name)
		}
	}
	return strconv.FormatInt(amount, 10)
}
