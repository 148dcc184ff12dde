package main

import (
	"fmt"
	"mltop/screenshots/terminal"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A pane is a real terminal with the real program in it.
type pane struct {
	t *testing.T
	*terminal.Terminal
}

// patience is how long the screen may take to show something: the advisor
// alone searches for a minute, on a machine that tests keep busy.
const patience = 3 * time.Minute

// look is how often a screen that is waited for is looked at.
const look = 200 * time.Millisecond

// openPane runs a shell's command line, and keeps what it leaves behind.
func openPane(t *testing.T, size [2]string, command string) *pane {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Fatal("tmux is not installed: make deps installs it")
	}
	var w, h int
	if _, err := fmt.Sscan(size[0]+" "+size[1], &w, &h); err != nil {
		t.Fatal(err)
	}
	env := []string{"HOME=" + t.TempDir(), "XDG_STATE_HOME="}
	term, err := terminal.Start(w, h, env, "bash", "-c", command+`; echo "exit code $?"; sleep 600`)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(term.Close)
	return &pane{t, term}
}

func (p *pane) press(keys ...string) {
	p.t.Helper()
	if err := p.Press(keys...); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pane) screen() string {
	p.t.Helper()
	screen, err := p.Screen()
	if err != nil {
		p.t.Fatal(err)
	}
	return screen
}

// await waits until the screen shows one of the texts, and answers it.
func (p *pane) await(what string, texts ...string) string {
	p.t.Helper()
	shown := func(screen string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(screen, text) })
	}
	screen, err := p.Until(patience, look, func(screen string) bool { return shown(screen) || hasEnded(screen) })
	if err != nil || !shown(screen) {
		p.t.Fatalf("%s: none of %q on the screen: %v\n%s", what, texts, err, screen)
	}
	return screen
}

func hasEnded(screen string) bool { return strings.Contains(screen, "exit code") }

// gone waits until the screen shows a text no more.
func (p *pane) gone(what, text string) {
	p.t.Helper()
	if _, err := p.Until(patience, look, func(screen string) bool { return !strings.Contains(screen, text) }); err != nil {
		p.t.Fatalf("%s: %q is still on the screen: %v", what, text, err)
	}
}

// fits checks that nothing is wider or higher than the terminal.
func (p *pane) fits(screen, title string) {
	p.t.Helper()
	if first, _, _ := strings.Cut(screen, "\n"); !strings.HasPrefix(first, " mltop") {
		p.t.Errorf("%s: the header scrolled away:\n%s", title, screen)
	}
}

func demoCommand(t *testing.T) string { return program(t, "mltop") + " demo" }

// TestTheFourKeyChainInATerminal walks from the verdict to the proof and back
// in two sizes, on one sample deployment: two users, one after the other.
func TestTheFourKeyChainInATerminal(t *testing.T) {
	t.Parallel()
	d := startSampleAt(t, 1)
	command := program(t, "mltop") + " " + d.server.Ready.Database + " --query-log " + d.server.Ready.QueryLog
	for _, size := range [][2]string{{"120", "40"}, {"80", "24"}} {
		t.Run(size[0]+"x"+size[1], func(t *testing.T) {
			p := openPane(t, size, command)
			p.toTheCard()
			p.refuseOnce()
			p.applyAndUndo()
			p.press("q")
			end := p.awaitEnd()
			for _, want := range []string{"exit code 0", "attached", "GET /orders/{id}"} {
				if !strings.Contains(end, want) {
					t.Errorf("the receipt does not say %q:\n%s", want, end)
				}
			}
		})
	}
}

// toTheCard presses Enter three times: verdict, route, statement, card.
func (p *pane) toTheCard() {
	p.t.Helper()
	p.fits(p.await("the first frame has a lit verdict", "■ GET /orders/{id}"), "overview")
	p.press("Enter")
	p.fits(p.await("Enter opens the route of the verdict", "› GET /orders/{id}", "‹ GET /orders/{id}"), "route")
	p.await("the route lists its statements", "FROM order_items i")
	p.press("Enter")
	p.await("Enter opens the statement", "Plan now")
	p.fits(p.await("its plan has the scan lit", "■ scan"), "statement")
	p.await("the advisor has found the index", "Create index on order_items(order_id")
	p.press("Enter")
	p.fits(p.await("Enter opens the card", "evidence"), "card")
}

// refuseOnce opens the preview and leaves it by Enter: the focus is on Cancel.
func (p *pane) refuseOnce() {
	p.t.Helper()
	preview := p.open("a", "CREATE INDEX mltop_order_items_order_id")
	p.fits(preview, "preview")
	p.press("Enter")
	p.gone("Enter cancels", "[ Cancel ]")
}

// applyAndUndo looks at the marker and the verdict on the overview.
func (p *pane) applyAndUndo() {
	p.t.Helper()
	p.open("a", "CREATE INDEX mltop_order_items_order_id")
	p.press("y")
	p.await("it is applied", "not enough calls", "× faster")
	p.press("1")
	p.await("the chart has a marker", "▲")
	p.fits(p.await("the verdict stands", "p < 0.001"), "verdict")
	p.open("u", "DROP INDEX mltop_order_items_order_id")
	p.press("y")
	p.await("it is undone", "undone")
	p.gone("the dialog is closed", "[ Cancel ]")
}

// open presses a key that opens a preview, as often as a user would: while
// the application holds the lock there is none, and the dashboard says so.
func (p *pane) open(key, text string) string {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		p.press(key)
		for range 25 {
			if s := p.screen(); strings.Contains(s, "[ Cancel ]") && strings.Contains(s, text) {
				return s
			}
			time.Sleep(200 * time.Millisecond)
		}
	}
	p.t.Fatalf("%s opens no preview of %q:\n%s", key, text, p.screen())
	return ""
}

// awaitEnd waits for the program to leave the terminal as it was.
func (p *pane) awaitEnd() string {
	p.t.Helper()
	screen, err := p.Until(patience, look, hasEnded)
	if err != nil {
		p.t.Fatalf("the program did not end: %v", err)
	}
	return screen
}

func TestTheDemoInASmallTerminal(t *testing.T) {
	p := openPane(t, [2]string{"80", "24"}, demoCommand(t))
	p.fits(p.await("the first frame has a lit verdict", "■ "), "overview")
	p.press("Enter")
	p.fits(p.await("Enter opens what the verdict speaks of", "› "), "route")
	p.press("Escape")
	p.await("Esc goes back", "Slowest", "System", "why")
	p.press("?")
	p.await("help", "type to search")
	p.press("Escape")
	p.gone("Esc closes the help", "type to search")
	p.press("C-c")
	if end := p.awaitEnd(); !strings.Contains(end, "exit code 0") {
		t.Errorf("Ctrl+C: wrong exit code:\n%s", end)
	}
}

// TestTheAutoplayPlaysToItsEndAndAKeyTakesOver lets the demo press its own
// keys; the last one quits. In the second run a key stops it at once.
func TestTheAutoplayPlaysToItsEnd(t *testing.T) {
	t.Parallel()
	p := openPane(t, [2]string{"120", "40"}, demoCommand(t)+" --autoplay")
	p.await("the first caption", "Enter asks why")
	p.await("the statement", "Plan now")
	p.await("the preview", "[ Cancel ]")
	p.await("the change", "look at the line")
	p.await("the verdict", "× faster")
	p.await("the undo", "the line climbs back")
	end := p.awaitEnd()
	if !strings.Contains(end, "exit code 0") || !strings.Contains(end, "attached") {
		t.Errorf("no receipt, or a wrong exit code:\n%s", end)
	}
}

func TestAnyKeyTakesOverFromTheAutoplay(t *testing.T) {
	p := openPane(t, [2]string{"80", "24"}, demoCommand(t)+" --autoplay")
	p.await("the first caption", "any key takes over")
	p.press("3")
	p.await("the key does what it does", "› Queries", "3 Queries", "fingerprint", "SELECT")
	p.gone("the captions are gone", "any key takes over")
	p.press("q")
	if end := p.awaitEnd(); !strings.Contains(end, "exit code 0") {
		t.Errorf("wrong exit code:\n%s", end)
	}
}

func TestASignalGivesTheTerminalBack(t *testing.T) {
	p := openPane(t, [2]string{"80", "24"}, demoCommand(t)+` & pid=$!; trap "kill -TERM $pid" USR1; wait $pid; wait $pid`)
	p.await("the first frame", "mltop")
	pid, err := p.PID()
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGUSR1); err != nil {
		t.Fatalf("signal: %v", err)
	}
	p.awaitEnd()
	if alt := p.flag("alternate_on"); alt != "0" {
		t.Errorf("the alternate screen is still on: %s", alt)
	}
}
