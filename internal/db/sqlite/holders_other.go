//go:build !linux

package sqlite

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"mltop/internal/db"
)

// Holders lists the processes that have the database file open, but for this
// one, as lsof tells.
func (e *Engine) Holders(ctx context.Context) ([]db.Holder, error) {
	out, err := exec.CommandContext(ctx, "lsof", "-F", "pc", "--", e.path).Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && len(exit.Stderr) == 0) { // 1 with no words: nobody
		return nil, db.NotMeasuredf("lsof failed: %v", err)
	}
	return parseLsof(string(out)), nil
}

// WatchHolders answers a function that lists the holders again and again.
func (e *Engine) WatchHolders() func(context.Context) ([]db.Holder, error) { return e.Holders }

// parseLsof reads lines of p<pid> and c<command>.
func parseLsof(out string) []db.Holder {
	var list []db.Holder
	for _, line := range strings.Split(out, "\n") {
		switch {
		case strings.HasPrefix(line, "p"):
			if pid, err := strconv.Atoi(line[1:]); err == nil && pid != os.Getpid() {
				list = append(list, db.Holder{PID: pid})
			}
		case strings.HasPrefix(line, "c") && len(list) > 0:
			list[len(list)-1].Name, list[len(list)-1].Command = line[1:], line[1:]
		}
	}
	return list
}
