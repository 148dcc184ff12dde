package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"mltop/internal/wire"
)

// TestALoadTestIsSteeredOnATerminal is a user at a real terminal, with a real
// test of a server of this process.
func TestALoadTestIsSteeredOnATerminal(t *testing.T) {
	for _, size := range [][2]string{{"80", "24"}, {"120", "40"}} {
		t.Run(size[0]+"x"+size[1], func(t *testing.T) {
			var asked atomic.Int64
			url, _ := awaited(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
			results := filepath.Join(t.TempDir(), "result")
			p := openPane(t, size, program(t, "mltop")+" bench "+url+" --rate 40 -d 30m --threshold 'error_ratio < 1%' -w "+results)
			p.fits(p.await("the screen", "error_ratio < 1%"), "screen")
			p.await("what is asked for", "40 /s")
			p.press("+")
			p.await("the rate is higher", "1.25×")
			p.await("it is asked for", "50 /s")
			p.press("Space")
			p.await("it pauses", "PAUSED")
			p.await("nothing is asked for", "asked     0 /s")
			p.await("all is answered", "in flight     0")
			at := asked.Load()
			before := seconds(t, p.screen())
			p.await("the time of the test goes on", fmt.Sprintf("%02d:%02d of", (before+2)/60, (before+2)%60), fmt.Sprintf("%02d:%02d of", (before+3)/60, (before+3)%60))
			if now := asked.Load(); now > at+2 { // one may have been on its way; a hundred were due
				t.Errorf("%d requests came in the pause", now-at)
			}
			p.press("Space")
			eventually(t, "requests come again", func() bool { return asked.Load() > at+10 })
			p.press("q")
			p.await("q asks", "stop the test?")
			p.press("Escape")
			p.gone("Esc goes on", "stop the test?")
			p.press("q")
			p.await("q asks again", "stop the test?")
			p.press("y")
			end := p.awaitEnd()
			if !strings.Contains(end, "exit code 1") || !strings.Contains(end, "stopped by a key: these are the results so far") {
				t.Errorf("got\n%s", end)
			}
			if text, err := os.ReadFile(results); err != nil || !strings.Contains(string(text), "latency, from when due") {
				t.Errorf("the results were not kept: %v: %s", err, text)
			}
		})
	}
}

var clockOnScreen = regexp.MustCompile(`(\d\d):(\d\d) of `)

// seconds of the test that the screen says are over.
func seconds(t *testing.T, screen string) int {
	t.Helper()
	m := clockOnScreen.FindStringSubmatch(screen)
	if m == nil {
		t.Fatalf("no clock on the screen:\n%s", screen)
	}
	minutes, _ := strconv.Atoi(m[1])
	s, _ := strconv.Atoi(m[2])
	return 60*minutes + s
}

// TestCtrlCOnTheScreen: the first one gives the results, the second one the
// terminal at once.
func TestCtrlCOnTheScreen(t *testing.T) {
	b := newBenchWorld(t)
	url, _ := awaited(t, func(http.ResponseWriter, *http.Request) {})
	p := openPane(t, [2]string{"100", "30"}, program(t, "mltop")+" bench "+url+" --rate 20 -d 30m --no-keep -w "+filepath.Join(b.home, "out"))
	p.await("the screen", "20 /s")
	p.press("C-c")
	if end := p.awaitEnd(); !strings.Contains(end, "exit code 1") || !strings.Contains(end, "stopped by a signal") {
		t.Errorf("once: got\n%s", end)
	}
	file := b.file("s.yaml", "base: "+url+"\nrate: 20\nduration: 30m\nrequests: [{url: /}]\nteardown: [{command: sleep 900}]\n")
	p = openPane(t, [2]string{"100", "30"}, program(t, "mltop")+" bench "+file)
	p.await("the screen", "20 /s")
	p.press("C-c")
	p.await("it cleans up", "teardown")
	p.press("C-c")
	if end := p.awaitEnd(); !strings.Contains(end, "exit code 1") || strings.Contains(end, "latency, from when due") {
		t.Errorf("twice: got\n%s", end)
	}
	if alt := p.flag("alternate_on"); alt != "0" {
		t.Errorf("the alternate screen is still on: %s", alt)
	}
}

// TestAFormOfOutputIsWithoutTheScreen: who asks for JSON on a terminal gets
// it, with a line of progress.
func TestAFormOfOutputIsWithoutTheScreen(t *testing.T) {
	url, _ := awaited(t, func(http.ResponseWriter, *http.Request) {})
	out := filepath.Join(t.TempDir(), "out.json")
	for _, args := range []string{"-o json -w " + out, "--no-view -w " + out + ".txt"} {
		p := openPane(t, [2]string{"100", "30"}, program(t, "mltop")+" bench "+url+" --rate 20 -d 4s --no-keep "+args)
		p.await("the line of progress", "in flight · P50")
		if alt := p.flag("alternate_on"); alt != "0" {
			t.Errorf("%s: there is a screen", args)
		}
		if end := p.awaitEnd(); !strings.Contains(end, "exit code 0") {
			t.Errorf("%s: got\n%s", args, end)
		}
	}
	text, err := os.ReadFile(out)
	var doc wire.Bench
	if err != nil || json.Unmarshal(text, &doc) != nil || doc.Sent != 80 {
		t.Errorf("%v: sent %d, want 80", err, doc.Sent)
	}
}
