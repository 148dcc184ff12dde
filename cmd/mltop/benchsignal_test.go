package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"mltop/internal/loadtest"
	"mltop/internal/wire"
)

// startBench runs mltop bench as a process of its own.
func startBench(t *testing.T, home string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := exec.Command(self)
	c.Args = append([]string{"mltop", "bench"}, args...)
	c.Env = append(os.Environ(), "HOME="+home, "XDG_STATE_HOME=", "XDG_CONFIG_HOME=")
	c.Stdout = &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	return c, &out
}

// awaited is closed when the target has been asked.
func awaited(t *testing.T, answer http.HandlerFunc) (url string, asked chan struct{}) {
	asked = make(chan struct{}, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- struct{}{}:
		default:
		}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestCtrlCOnceGivesTheResultsSoFar(t *testing.T) {
	url, asked := awaited(t, func(http.ResponseWriter, *http.Request) {})
	c, out := startBench(t, t.TempDir(), url, "--rate", "100", "-d", "5m", "-o", "json")
	<-asked
	time.Sleep(500 * time.Millisecond)
	c.Process.Signal(os.Interrupt)
	err := c.Wait()
	var doc wire.Bench
	if jsonErr := json.Unmarshal(out.Bytes(), &doc); jsonErr != nil || c.ProcessState.ExitCode() != exitError {
		t.Fatalf("got %v, %v: %s", err, jsonErr, out)
	}
	if doc.Sent < 10 || doc.Stopped != "by a signal" || doc.ErrorCount != 0 || doc.Duration > 60 {
		t.Errorf("sent %d, stopped %q, errors %d after %.1f s", doc.Sent, doc.Stopped, doc.ErrorCount, doc.Duration)
	}
}

// The teardown takes longer than anybody waits.
func TestCtrlCTwiceEndsAtOnce(t *testing.T) {
	b := newBenchWorld(t)
	url, asked := awaited(t, func(http.ResponseWriter, *http.Request) {})
	file := b.file("s.yaml", "base: "+url+"\nrate: 50\nduration: 5m\nrequests: [{url: /}]\nteardown: [{command: exec sleep 20}]\n")
	c, out := startBench(t, b.home, file, "-o", "json")
	<-asked
	c.Process.Signal(os.Interrupt)
	time.Sleep(time.Second)
	began := time.Now()
	c.Process.Signal(os.Interrupt)
	c.Wait()
	if took := time.Since(began); took > 8*time.Second || c.ProcessState.ExitCode() != exitError || out.Len() > 0 {
		t.Errorf("exit %d after %v: %s", c.ProcessState.ExitCode(), took, out)
	}
}

// TestAGeneratorThatWasStoppedSaysSo: when the machine that sends sleeps, its
// clock goes on. All that was due is sent, late, and nobody blames the target.
func TestAGeneratorThatWasStoppedSaysSo(t *testing.T) {
	url, asked := awaited(t, func(http.ResponseWriter, *http.Request) {})
	c, out := startBench(t, t.TempDir(), url, "--rate", "100", "-d", "2s", "-o", "json")
	<-asked
	time.Sleep(300 * time.Millisecond)
	c.Process.Signal(syscall.SIGSTOP)
	time.Sleep(time.Second)
	c.Process.Signal(syscall.SIGCONT)
	err := c.Wait()
	var doc wire.Bench
	if jsonErr := json.Unmarshal(out.Bytes(), &doc); jsonErr != nil || err != nil {
		t.Fatalf("got %v, %v: %s", err, jsonErr, out)
	}
	if doc.Sent != 200 || doc.Dropped != 0 {
		t.Errorf("sent %d, dropped %d; want 200 and none", doc.Sent, doc.Dropped)
	}
	if *doc.SendLag.Max < 0.8 || *doc.Latency.Max < 0.8 || !doc.Generator.Saturated || doc.Analysis[0].Rule != "generator" {
		t.Errorf("send lag %.2f s, latency %.2f s, generator %+v, analysis %v", *doc.SendLag.Max, *doc.Latency.Max, doc.Generator, doc.Analysis)
	}
}

func TestKeysSteerALoadTest(t *testing.T) {
	url, _ := awaited(t, func(http.ResponseWriter, *http.Request) {})
	for _, c := range []struct {
		keys   string
		factor float64
		stops  bool
	}{
		{"+", 1.25, false}, {"++", 1.5625, false}, {"-", 0.8, false}, {" ", 0, false}, {"+ ", 0, false}, {"+  ", 1.25, false}, {" +", 1.25, false}, {"x", 1, false}, {"q", 1, true}, {"\x03", 1, true},
	} {
		p, err := loadtest.Quick(url, loadtest.QuickOptions{Rate: 10, Duration: time.Minute, Connections: 1, Timeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		r, err := loadtest.New(context.Background(), p, loadtest.Config{Gate: &loadtest.Gate{}})
		if err != nil {
			t.Fatal(err)
		}
		interrupted := false
		steer(r, strings.NewReader(c.keys), func() { interrupted = true; r.Stop("by a signal") })
		if got := r.Status(); got.Factor != c.factor && c.keys != "x" || got.Stopping != c.stops || interrupted != (c.keys == "\x03") {
			t.Errorf("keys %q: factor %v, stopping %v; want %v, %v", c.keys, got.Factor, got.Stopping, c.factor, c.stops)
		}
	}
}
