// Package terminal runs a program in a tmux of its own and looks at what it
// shows: for pictures, for contests, and for tests that want a real terminal.
package terminal

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// A Terminal is a tmux server with one pane. It is used by one goroutine.
type Terminal struct {
	socket string
	dir    string
	guard  *guard
}

// Start runs a command line in a new terminal of w × h cells. The pane stays
// when the command ends, so that what it left behind can be read.
func Start(w, h int, env []string, argv ...string) (*Terminal, error) {
	dir, err := os.MkdirTemp("", "mltop-terminal-")
	if err != nil {
		return nil, fmt.Errorf("start a terminal: %w", err)
	}
	t := &Terminal{socket: dir + "/tmux", dir: dir}
	if t.guard, err = newGuard(t); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	// set-option comes before the command starts: its end must not end the server.
	args := []string{"start-server", ";", "set-option", "-g", "remain-on-exit", "on", ";", "set-option", "-g", "status", "off", ";",
		"new-session", "-d", "-x", strconv.Itoa(w), "-y", strconv.Itoa(h), "env", "TERM=xterm-256color", "COLORTERM=truecolor", "LC_ALL=C.UTF-8"}
	if _, err := t.tmux(append(append(args, env...), argv...)...); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Close ends what still runs in the terminal, by SIGHUP as a closed window
// does, and the terminal.
func (t *Terminal) Close() {
	_, _ = t.tmux("kill-server") // it may have ended by itself
	t.guard.end()
	_ = os.RemoveAll(t.dir) // a folder that stays in /tmp is no reason to fail
}

// Press presses keys, named as tmux names them: "Enter", "a", "C-c".
func (t *Terminal) Press(keys ...string) error {
	_, err := t.tmux(append([]string{"send-keys", "--"}, keys...)...)
	return err
}

// Screen is what is shown, line by line.
func (t *Terminal) Screen() (string, error) { return t.tmux("capture-pane", "-p") }

// Colours is what is shown, with the escapes that colour it.
func (t *Terminal) Colours() (string, error) { return t.tmux("capture-pane", "-p", "-e") }

// PID is the process that runs in the terminal.
func (t *Terminal) PID() (int, error) {
	out, err := t.tmux("display-message", "-p", "#{pane_pid}")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(out))
}

// Flag is a fact about the pane: "alternate_on", "pane_dead",
// "pane_dead_status", "cursor_flag", "mouse_any_flag", "pane_tty".
func (t *Terminal) Flag(name string) (string, error) {
	out, err := t.tmux("display-message", "-p", "#{"+name+"}")
	return strings.TrimSpace(out), err
}

// look is how often a screen that is waited for is looked at.
const look = 100 * time.Millisecond

// Wait waits until all texts are on the screen.
func (t *Terminal) Wait(patience time.Duration, texts ...string) (string, error) {
	missing := ""
	screen, err := t.Until(patience, look, func(screen string) bool {
		missing = ""
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				missing = text
			}
		}
		return missing == ""
	})
	if err != nil {
		return screen, fmt.Errorf("%q: %w", missing, err)
	}
	return screen, nil
}

// Until looks at the screen, every so often, until it is ready.
func (t *Terminal) Until(patience, every time.Duration, ready func(screen string) bool) (string, error) {
	for began := time.Now(); ; time.Sleep(every) {
		screen, err := t.Screen()
		switch {
		case err != nil:
			return "", err
		case ready(screen):
			return screen, nil
		case time.Since(began) > patience:
			return screen, fmt.Errorf("waited %s; the screen is\n%s", patience, screen)
		}
	}
}

func (t *Terminal) tmux(args ...string) (string, error) {
	c := exec.Command("tmux", append([]string{"-u", "-S", t.socket, "-f", os.DevNull}, args...)...)
	c.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TMUX=")
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("tmux %s: %w: %s", args[0], err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}
