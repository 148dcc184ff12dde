// Command dashboard compares what a dashboard costs: mltop beside btop and
// htop, each drawing once a second in a tmux pane of the same size, in turn,
// round by round, so that a drifting machine strikes all alike.
//
//	go run ./bench/dashboard -mltop bin/mltop -rounds 5 -seconds 15 app.db
//
// With -seconds 0 it measures first frames alone, which is quick, so that
// there can be many rounds.
//
// It prints for every tool the CPU it used (its whole process tree), the time
// to its first frame and what that and the start took of a processor, RssAnon
// and VmHWM: medians with minimum and maximum, and
// the ratios to each peer round by round. It judges nothing.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// A tool is a dashboard that can be started in a pane.
type tool struct {
	name string
	argv []string
	env  []string
}

// A reading is what one tool cost in one round.
type reading struct {
	cpu        float64 // of one core
	firstFrame time.Duration
	firstCPU   time.Duration // on a processor until then
	startUp    time.Duration // on a processor until the measured span began
	rssAnon    int64         // bytes, of the dashboard's own process
	vmHWM      int64         // bytes
}

// String leaves out what was not measured.
func (m reading) String() string {
	s := fmt.Sprintf("first frame %4d ms (%4.1f ms of cpu)", m.firstFrame.Milliseconds(), millis(m.firstCPU))
	if m.vmHWM == 0 {
		return s
	}
	return fmt.Sprintf("%s  cpu %5.2f %%  start-up %4d ms of cpu  RssAnon %5.1f MB  VmHWM %5.1f MB",
		s, 100*m.cpu, m.startUp.Milliseconds(), mb(m.rssAnon), mb(m.vmHWM))
}

func main() {
	mltop := flag.String("mltop", "bin/mltop", "the program under test")
	rounds := flag.Int("rounds", 5, "rounds")
	seconds := flag.Int("seconds", 15, "seconds measured in each round")
	idle := flag.Int("processes", 0, "idle processes to start beside, so that the machine has as many as a server")
	flag.Parse()
	stop, err := crowd(*idle)
	defer stop()
	if err == nil {
		err = compare(*mltop, flag.Args(), *rounds, time.Duration(*seconds)*time.Second)
	}
	if err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "bench dashboard:", err)
		os.Exit(1)
	}
}

func compare(mltop string, args []string, rounds int, span time.Duration) error {
	if _, err := exec.LookPath("tmux"); err != nil {
		return fmt.Errorf("tmux is needed to give each dashboard a terminal: %w", err)
	}
	dir, err := os.MkdirTemp("", "mltop-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tools, err := contestants(dir, mltop, args)
	if err != nil {
		return err
	}
	readings := make(map[string][]reading)
	for r := range rounds {
		for _, t := range tools {
			m, err := run(t, span)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			fmt.Printf("round %d  %-6s %s\n", r+1, t.name, m)
			readings[t.name] = append(readings[t.name], m)
		}
	}
	report(tools, readings)
	return nil
}

// contestants answers mltop and those of its peers that are installed, each
// set to draw once a second.
func contestants(dir, mltop string, args []string) ([]tool, error) {
	exe, err := filepath.Abs(mltop)
	if err != nil {
		return nil, err
	}
	tools := []tool{{name: "mltop", argv: append([]string{exe}, args...),
		env: []string{"XDG_STATE_HOME=" + dir, "XDG_CONFIG_HOME=" + filepath.Join(dir, "none")}}}
	if err := os.MkdirAll(filepath.Join(dir, "btop"), 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "btop", "btop.conf"), []byte("update_ms = 1000\n"), 0o600); err != nil {
		return nil, err
	}
	peers := []tool{
		{name: "btop", argv: []string{"btop", "--utf-force"}, env: []string{"XDG_CONFIG_HOME=" + dir}},
		{name: "htop", argv: []string{"htop", "-d", "10"}, env: []string{"HTOPRC=" + filepath.Join(dir, "htoprc")}},
	}
	for _, p := range peers {
		if _, err := exec.LookPath(p.argv[0]); err != nil {
			fmt.Printf("%s is not installed: left out (Debian: apt-get install %s)\n", p.name, p.name)
			continue
		}
		tools = append(tools, p)
	}
	return tools, nil
}

// crowd starts n idle processes; a bare machine has so few that listing them
// costs a peer nothing.
func crowd(n int) (stop func(), err error) {
	var started []*exec.Cmd
	stop = func() {
		for _, c := range started {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
		started = nil
	}
	for range n {
		c := exec.Command("sleep", "3600")
		if err := c.Start(); err != nil {
			return stop, err
		}
		started = append(started, c)
	}
	return stop, nil
}

func mb(bytes int64) float64 { return float64(bytes) / (1 << 20) }

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
