package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

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
	for range 20 {
		<-asked
	}
	c.Process.Signal(os.Interrupt)
	err := c.Wait()
	var doc wire.Bench
	if jsonErr := json.Unmarshal(out.Bytes(), &doc); jsonErr != nil || c.ProcessState.ExitCode() != exitError {
		t.Fatalf("got %v, %v: %s", err, jsonErr, out)
	}
	if doc.Sent < 10 || doc.Stopped != "by a signal" || doc.ErrorCount != 0 || doc.Duration > 290 {
		t.Errorf("sent %d, stopped %q, errors %d after %.1f s", doc.Sent, doc.Stopped, doc.ErrorCount, doc.Duration)
	}
}

// The teardown takes longer than anybody waits, and has started a process of
// its own: neither outlives the second Ctrl+C.
func TestCtrlCTwiceEndsAtOnceAndLeavesNothingBehind(t *testing.T) {
	b := newBenchWorld(t)
	url, asked := awaited(t, func(http.ResponseWriter, *http.Request) {})
	pids := filepath.Join(b.home, "pids")
	file := b.file("s.yaml", "base: "+url+"\nrate: 50\nduration: 10m\nrequests: [{url: /}]\nteardown: [{command: \"sleep 900 & echo $$ $! > "+pids+".new; mv "+pids+".new "+pids+"; sleep 900\"}]\n")
	c, out := startBench(t, b.home, file, "-o", "json")
	<-asked
	c.Process.Signal(os.Interrupt)
	var shell, child int
	eventually(t, "the teardown has begun", func() bool {
		text, err := os.ReadFile(pids)
		n, _ := fmt.Sscan(string(text), &shell, &child)
		return err == nil && n == 2
	})
	c.Process.Signal(os.Interrupt)
	c.Wait() // the teardown alone would take a quarter of an hour: the test's own limit
	if c.ProcessState.ExitCode() != exitError || out.Len() > 0 {
		t.Errorf("exit %d: %s", c.ProcessState.ExitCode(), out)
	}
	for _, pid := range []int{shell, child} {
		eventually(t, fmt.Sprintf("process %d of the teardown has ended", pid), func() bool { return ended(strconv.Itoa(pid)) != "" })
	}
}

// eventually waits for something to become so, as long as a busy machine may
// need.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after a minute still not: %s", what)
		}
	}
}

func TestACommandOfTheSetupMayLeaveAServerRunning(t *testing.T) {
	var c benchCommands
	pid := 0
	file := filepath.Join(t.TempDir(), "pid")
	if err := c.run(context.Background(), "sleep 900 & echo $! > "+file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if n, _ := fmt.Sscan(string(text), &pid); err != nil || n != 1 {
		t.Fatalf("%v: %q", err, text)
	}
	if ended(strconv.Itoa(pid)) != "" {
		t.Error("it has ended with the command that started it")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}

func TestACommandThatTalksWithoutEndIsCutToItsLastWords(t *testing.T) {
	var c benchCommands
	err := c.run(context.Background(), "yes nonsense | head -c 3000000; echo the reason; exit 7")
	if err == nil || !strings.Contains(err.Error(), "the reason") || !strings.Contains(err.Error(), "exit status 7") || len(err.Error()) > 2*mostWords {
		t.Errorf("got %.300q", fmt.Sprint(err))
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
