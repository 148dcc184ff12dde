package cache

import (
	"bytes"
	"testing"
	"time"
)

func anEntry() *Entry {
	return &Entry{
		Status: 200, Reason: "OK", Head: []byte("A: b\r\nC: d\r\n"), Body: []byte("body"), id: ID{"http", "a", "/", "q", "/"},
		key: Key{1, 2}, received: noon, until: noon.Add(time.Hour), lifetime: time.Minute, explicit: true,
	}
}

func TestWhatIsDamagedIsNotRead(t *testing.T) {
	e := anEntry()
	n := newNode(e.id)
	n.until, n.vary = noon.Add(time.Hour), []string{"foo"}
	uri := e.id.key()
	read := func(b []byte) (ok bool) {
		_, err := decodeEntry(b, e.key)
		_, err2 := decodeNode(b, uri)
		return err == nil || err2 == nil
	}
	for name, whole := range map[string][]byte{"entry": e.encode(), "node": n.encode()} {
		if !read(whole) {
			t.Fatalf("%s: it is not read as it was written", name)
		}
		for i := range whole {
			if read(whole[:i]) {
				t.Errorf("%s: its first %d bytes are read", name, i)
			}
			for _, flip := range []byte{1, 0x80} {
				other := bytes.Clone(whole)
				other[i] ^= flip
				if read(other) {
					t.Errorf("%s: it is read with byte %d changed by %d", name, i, flip)
				}
			}
		}
		if read(append(bytes.Clone(whole), 0)) {
			t.Errorf("%s: it is read with a byte behind it", name)
		}
	}
}

// Whoever writes to Redis may know the sum.
func TestWhatWouldEndAHeadEarlyIsNotRead(t *testing.T) {
	for _, row := range []struct {
		name string
		bad  func(*Entry)
		want bool
	}{
		{"as it was", func(*Entry) {}, true},
		{"a head that ends", func(e *Entry) { e.Head = []byte("A: b\r\n\r\nHTTP/1.1 200 OK\r\n") }, false},
		{"a head without its end", func(e *Entry) { e.Head = []byte("A: b\r\nC: d") }, false},
		{"a line without a colon", func(e *Entry) { e.Head = []byte("A: b\r\nC\r\n") }, false},
		{"a line without a name", func(e *Entry) { e.Head = []byte(": b\r\n") }, false},
		{"a CR in a value", func(e *Entry) { e.Head = []byte("A: b\rC: d\r\n") }, false},
		{"a space in a name", func(e *Entry) { e.Head = []byte("A : b\r\n") }, false},
		{"a length of its own", func(e *Entry) { e.Head = []byte("Content-Length: 99\r\n") }, false},
		{"chunks", func(e *Entry) { e.Head = []byte("transfer-encoding: chunked\r\n") }, false},
		{"a reason on two lines", func(e *Entry) { e.Reason = "OK\r\nSet-Cookie: a=b" }, false},
		{"a status that is none", func(e *Entry) { e.Status = 99 }, false},
		{"a part", func(e *Entry) { e.Status = 206 }, false},
		{"another key", func(e *Entry) { e.key = Key{3} }, false},
	} {
		e := anEntry()
		row.bad(e)
		if _, err := decodeEntry(e.encode(), Key{1, 2}); (err == nil) != row.want {
			t.Errorf("%s: read is %v, want %v", row.name, err == nil, row.want)
		}
	}
}

func TestAnotherClockMakesNothingYounger(t *testing.T) {
	for _, ahead := range []time.Duration{-time.Minute, 0, time.Hour} {
		e := anEntry()
		e.received, e.until = noon.Add(ahead), noon.Add(ahead+time.Hour)
		e.cameBefore(noon)
		later := noon.Add(50 * time.Second)
		if want := max(0, -ahead) + 50*time.Second; e.Age(later) != want || e.until.After(noon.Add(time.Hour)) {
			t.Errorf("%v ahead: after 50s it is %v old, kept until %v; want %v, and an hour at most", ahead, e.Age(later), e.until, want)
		}
	}
}

func TestARedisThatFailsAgainAndAgainIsLeftAloneForLonger(t *testing.T) {
	pause := time.Duration(0)
	for i, row := range []struct{ used, want time.Duration }{
		{0, leastPause}, {time.Second, 2 * leastPause}, {time.Second, 4 * leastPause}, {time.Hour, leastPause}, {0, 2 * leastPause},
	} {
		if pause = pauseAfter(pause, row.used); pause != row.want {
			t.Errorf("%d: after %v of use the pause is %v, want %v", i, row.used, pause, row.want)
		}
	}
	for range 20 {
		pause = pauseAfter(pause, 0)
	}
	if pause != mostPause {
		t.Errorf("the longest pause is %v, want %v", pause, mostPause)
	}
}
