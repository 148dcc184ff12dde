package units

import (
	"math"
	"testing"
	"time"
)

func TestNumbersForPeople(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct{ name, got, want string }{
		{"a second and more has two decimals", Seconds(1.214), "1.21 s"},
		{"milliseconds", Seconds(0.84), "840 ms"},
		{"one decimal below ten", Seconds(0.0031), "3.1 ms"},
		{"a whole number below ten keeps its decimal, so that columns do not jump", Seconds(0.003), "3.0 ms"},
		{"microseconds", Seconds(0.00004), "40 µs"},
		{"nanoseconds", Seconds(4e-8), "40 ns"},
		{"just under a second stays in milliseconds", Seconds(0.9994), "999 ms"},
		{"just under a second that would be written as a thousand moves up", Seconds(0.9996), "1.00 s"},
		{"ten seconds", Seconds(12.34), "12 s"},
		{"two minutes", Seconds(125), "2.1 min"},
		{"just under an hour", Seconds(3598), "1.0 h"},
		{"an hour and a half", Seconds(5400), "1.5 h"},
		{"days", Seconds(3 * 86400), "3 d"},
		{"a log of whole milliseconds says 0", Seconds(0), "<1 ms"},
		{"a time that was not measured is a dash", Seconds(nan), "–"},
		{"a negative time is no time", Seconds(-1), "–"},
		{"a difference", Signed(3.8e-6), "+3.8 µs"},
		{"a gain", Signed(-0.02), "-20 ms"},
		{"a difference that cannot be measured", Signed(0), "±0"},
		{"a difference that was not measured", Signed(nan), "–"},

		{"bytes", Bytes(0), "0 B"},
		{"just under a thousand bytes moves up", Bytes(999.7), "1.0 kB"},
		{"megabytes", Bytes(412e6), "412 MB"},
		{"more than a terabyte", Bytes(2.5e15), "2.5 PB"},
		{"bytes a second", BytesPerSecond(2.14e6), "2.1 MB/s"},
		{"no bytes a second were measured", BytesPerSecond(inf), "–"},

		{"five per cent", Percent(0.05), "5.0 %"},
		{"ten per cent", Percent(0.0996), "10 %"},
		{"nothing of it", Percent(0), "0.0 %"},
		{"not measured", Percent(nan), "–"},

		{"a rate", PerSecond(118.2), "118 /s"},
		{"a rare thing is counted by the minute", PerSecond(1.0 / 60), "1 /min"},
		{"never", PerSecond(0), "0 /s"},
		{"thousands", SI(1204), "1.2k"},
		{"just under a million", SI(999_600), "1.0M"},
		{"a debt", SI(-1500), "-1.5k"},
		{"more than there are prefixes", SI(1e19), "1000P"},
		{"a rounded ten has no decimal", Digits(9.96), "10"},
		{"a measured number near a whole one keeps its column", Digits(7.97), "8.0"},
		{"a whole number", Digits(8), "8"},
		{"a factor", Times(31.2), "31×"},
		{"a small factor", Times(3.02), "3×"},
		{"a change for the more", Change(1.05), "+5.0 %"},
		{"a change for the less", Change(0.7), "-30.0 %"},
		{"no change", Change(1), "+0.0 %"},
		{"ten times as much again is still a percentage", Change(11), "+1000.0 %"},
		{"above that a factor is read more easily", Change(12.4), "12×"},
		{"a change beyond all measure", Change(79384.78), "79k×"},
		{"nearly nothing is left, and it is said how much", Change(1 / 79384.78), "79k× less"},
		{"nothing is left", Change(0), "-100.0 %"},
		{"a change that was not measured", Change(nan), "–"},

		{"thousands are set apart", Whole(1204331), "1,204,331"},
		{"a negative number keeps its sign", Whole(-123456), "-123,456"},
		{"one", Plural(1, "call"), "1 call"},
		{"many", Plural(1204, "call"), "1,204 calls"},
		{"a word in x", Plural(2, "index"), "2 indexes"},
		{"a word in y", Plural(3, "entry"), "3 entries"},
		{"a word in ay", Plural(2, "day"), "2 days"},
		{"a word in ey", Plural(2, "key"), "2 keys"},
		{"a minute and a half ago", Ago(90 * time.Second), "90 s"},
		{"yesterday", Ago(30 * time.Hour), "30 h"},
		{"a factor that was reckoned", Reckoned(5462), "more than 1,000×"},
		{"one of hundreds", Reckoned(344), "about 300×"},
		{"one just below the most", Reckoned(999), "about 1,000×"},
		{"a small one", Reckoned(3.4), "about 3×"},
		{"hardly any", Reckoned(1.26), "about 1.3×"},
		{"of nothing that is left", Reckoned(math.Inf(1)), "more than 1,000×"},
		{"of nothing by nothing", Reckoned(math.NaN()), "–"},
		{"a transaction of a moment", Lasting(40 * time.Millisecond), "40 ms"},
		{"one of minutes", Lasting(3 * time.Minute), "3 min"},
		{"noughts go from a sentence", Brief("1.00 s"), "1 s"},
		{"a digit stays", Brief("1.50 s"), "1.5 s"},
		{"a whole number stays", Brief("100 ms"), "100 ms"},
		{"nothing was measured", Or(nil, PerSecond), "–"},
		{"a clock that went back", Ago(-time.Second), "now"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q want %q", c.name, c.got, c.want)
		}
	}
}

func TestOneCallIsNotCalls(t *testing.T) {
	for v, want := range map[float64]string{1: "1 call an hour", 0.5: "0.5 calls an hour", 2: "2 calls an hour", 12_000: "12k calls an hour"} {
		if got := CallsAnHour(v); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
}
