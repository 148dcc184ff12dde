package cache

import (
	"testing"

	"go.uber.org/goleak"
)

func TestAClosedCacheLeavesNothingRunning(t *testing.T) {
	before := goleak.IgnoreCurrent()
	r := Defaults()
	r.Redis.URL = "redis://127.0.0.1:1/0" // nobody is there
	c, err := New(r, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	q := asking("/")
	l := c.Look(q, noon)
	if why, _ := l.Fill.Take(answered(200, "Cache-Control: max-age=60")); why != "" {
		t.Fatal(why)
	}
	l.Fill.Keep([]byte("x"))
	if err := c.Follow(Defaults()); err != nil { // and without Redis
		t.Fatal(err)
	}
	c.Close()
	goleak.VerifyNone(t, before)
}
