package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A pane is a real terminal with the real program in it.
type pane struct {
	t      *testing.T
	socket string
}

// patience is how long the screen may take to show something: the advisor
// alone searches for a minute, on a machine that tests keep busy.
const patience = 3 * time.Minute

func openPane(t *testing.T, size [2]string, command string) *pane {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Fatal("tmux is not installed: make deps installs it")
	}
	p := &pane{t, filepath.Join(t.TempDir(), "tmux")}
	t.Cleanup(func() { _ = p.command("kill-server").Run() })
	shell := command + `; echo "exit code $?"; sleep 600`
	p.tmux("new-session", "-d", "-x", size[0], "-y", size[1], shell)
	return p
}

func (p *pane) command(args ...string) *exec.Cmd {
	c := exec.Command("tmux", append([]string{"-f", "/dev/null", "-u", "-S", p.socket}, args...)...)
	c.Env = append(os.Environ(), "HOME="+filepath.Dir(p.socket), "XDG_STATE_HOME=", "LC_ALL=C.UTF-8")
	return c
}

func (p *pane) tmux(args ...string) string {
	p.t.Helper()
	out, err := p.command(args...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (p *pane) press(keys ...string) { p.tmux(append([]string{"send-keys"}, keys...)...) }

func (p *pane) screen() string { return p.tmux("capture-pane", "-p") }

// await waits until the screen shows one of the texts, and answers it.
func (p *pane) await(what string, texts ...string) string {
	p.t.Helper()
	end := time.Now().Add(patience)
	for {
		screen := p.screen()
		for _, text := range texts {
			if strings.Contains(screen, text) {
				return screen
			}
		}
		if strings.Contains(screen, "exit code") || time.Now().After(end) {
			p.t.Fatalf("%s: none of %q on the screen:\n%s", what, texts, screen)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// gone waits until the screen shows a text no more.
func (p *pane) gone(what, text string) {
	p.t.Helper()
	for end := time.Now().Add(patience); strings.Contains(p.screen(), text); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("%s: %q is still on the screen:\n%s", what, text, p.screen())
		}
	}
}

// fits checks that nothing is wider or higher than the terminal.
func (p *pane) fits(screen, title string) {
	p.t.Helper()
	if first, _, _ := strings.Cut(screen, "\n"); !strings.HasPrefix(first, " mltop") {
		p.t.Errorf("%s: the header scrolled away:\n%s", title, screen)
	}
}

// demoCommand runs the test binary as mltop.
func demoCommand(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "mltop")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	return link + " demo"
}

func TestTheDemoFromTheVerdictToTheUndoInATerminal(t *testing.T) {
	p := openPane(t, [2]string{"120", "40"}, demoCommand(t))
	p.fits(p.await("the first frame has a lit verdict", "■ "), "overview")
	p.await("the star route heads the list", "GET     /orders/{id}")
	p.press("4")
	p.await("the advisor has finished", "advice of")
	p.await("it has found the index", "Create index on order_items(order_id")
	p.press("a")
	preview := p.await("the preview", "Cancel")
	for _, want := range []string{"CREATE INDEX mltop_order_items_order_id", "DROP INDEX", "copy"} {
		if !strings.Contains(preview, want) {
			t.Errorf("the preview does not say %q:\n%s", want, preview)
		}
	}
	p.press("Enter") // the focus is on Cancel
	p.gone("Enter cancels", "Cancel")
	p.press("a")
	p.await("the preview again", "Cancel")
	p.press("y")
	p.await("the verdict stands", "faster")
	p.press("u")
	p.await("the undo's preview", "Cancel")
	p.press("y")
	p.await("it is undone", "undone")
	p.press("q")
	end := p.awaitEnd()
	if !strings.Contains(end, "exit code 0") || !strings.Contains(end, "attached") {
		t.Errorf("no receipt, or a wrong exit code:\n%s", end)
	}
}

// awaitEnd waits for the program to leave the terminal as it was.
func (p *pane) awaitEnd() string {
	p.t.Helper()
	end := time.Now().Add(patience)
	for time.Now().Before(end) {
		if s := p.screen(); strings.Contains(s, "exit code") {
			return s
		}
		time.Sleep(200 * time.Millisecond)
	}
	p.t.Fatalf("the program did not end:\n%s", p.screen())
	return ""
}

func TestTheEnterChainInASmallTerminal(t *testing.T) {
	p := openPane(t, [2]string{"80", "24"}, demoCommand(t))
	p.fits(p.await("the first frame has a lit verdict", "■ "), "overview")
	p.press("Enter")
	p.fits(p.await("Enter opens what the verdict speaks of", "› "), "route")
	p.press("Escape")
	p.await("Esc goes back", "Slowest", "System", "why")
	p.press("?")
	p.await("help", "quit")
	p.press("Escape")
	p.press("C-c")
	if end := p.awaitEnd(); !strings.Contains(end, "exit code 0") {
		t.Errorf("Ctrl+C: wrong exit code:\n%s", end)
	}
}

func TestASignalGivesTheTerminalBack(t *testing.T) {
	p := openPane(t, [2]string{"80", "24"}, demoCommand(t)+` & pid=$!; trap "kill -TERM $pid" USR1; wait $pid; wait $pid`)
	p.await("the first frame", "mltop")
	pid := strings.TrimSpace(p.tmux("display-message", "-p", "#{pane_pid}"))
	if out, err := exec.Command("kill", "-USR1", pid).CombinedOutput(); err != nil {
		t.Fatalf("signal: %v\n%s", err, out)
	}
	p.awaitEnd()
	if alt := strings.TrimSpace(p.tmux("display-message", "-p", "#{alternate_on}")); alt != "0" {
		t.Errorf("the alternate screen is still on: %s", alt)
	}
}
