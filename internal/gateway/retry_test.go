package gateway

import (
	"fmt"
	"testing"
)

func TestWhatMayNotBeSentTwiceIsNot(t *testing.T) {
	// It takes the request, and closes without an answer.
	up := newRaw(t, "")
	up.once = true
	cfg := before(up.url())
	_, address := started(t, cfg)
	for method, want := range map[string]int{"POST": 1, "GET": 3} {
		was := len(up.all())
		res, _ := ask(t, address, method+" / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
		if got := len(up.all()) - was; res.StatusCode != 502 || got != want {
			t.Errorf("%s: status %d after %d attempts, want 502 after %d", method, res.StatusCode, got, want)
		}
	}
}

func TestRetriesHaveABudget(t *testing.T) {
	r := &route{share: 200}
	r.budget.Store(2 * oneRetry)
	got := ""
	for range 4 {
		got += fmt.Sprint(r.spend(), " ")
	}
	for range 10 {
		r.earn()
	}
	got += fmt.Sprint(r.spend(), " ", r.spend(), " ", r.spend())
	if want := "true true false false true true false"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
