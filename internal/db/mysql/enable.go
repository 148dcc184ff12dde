package mysql

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"mltop/internal/db"
)

// slowEnough is the time in seconds from which a statement is logged: short
// enough for what makes a page slow, and some entries a second at most.
const slowEnough = 0.1

// EnableStatements offers the slow log where nothing counts statements. The
// performance schema, which counts all, needs a restart.
func (e *Engine) EnableStatements(ctx context.Context) (db.StatementOffer, error) {
	var on bool
	var v map[string]string
	err := e.read(ctx, "statements", func(c *conn) error {
		_, err := e.slowSource(ctx, c)
		if on = err == nil; on {
			return nil
		}
		v, err = c.variables(ctx, "slow_query_log_file", "datadir", "log_output")
		return err
	})
	if err != nil || on || e.server.PerfOn {
		return db.StatementOffer{}, err
	}
	settings, err := e.Settings(ctx)
	if err != nil {
		return db.StatementOffer{}, err
	}
	return e.slowLogOffer(settings, e.target.local() && canList(v), slowFile(v)), nil
}

// canList reports that the folder of the slow log may be looked into from
// here.
func canList(v map[string]string) bool {
	_, err := os.ReadDir(filepath.Dir(slowFile(v)))
	return err == nil
}

// slowFile is where the server writes its slow log.
func slowFile(v map[string]string) string {
	path := v["slow_query_log_file"]
	if !filepath.IsAbs(path) {
		path = filepath.Join(v["datadir"], path)
	}
	return path
}

// slowLogOffer switches the log on last, when it is known where it goes and
// what goes into it.
func (e *Engine) slowLogOffer(settings []db.Setting, byFile bool, path string) db.StatementOffer {
	o := db.StatementOffer{
		Title:  fmt.Sprintf("Have the server log its statements of %.1f s and more", slowEnough),
		Brings: fmt.Sprintf("the slow log shows every statement of %.1f s and more, with its real constants", slowEnough),
		Costs:  "a line written for each slow statement; sessions that are open keep the limit they have; with performance_schema = ON in the option file and a restart, all statements are counted instead",
	}
	where, stays := "TABLE", "the rows of mysql.slow_log"
	if byFile {
		where, stays = "FILE", "the file "+path
	}
	o.Costs += "; the undo ends the log and leaves what was written, constants and all: " + stays
	for _, want := range []struct{ name, value string }{{"log_output", where}, {"long_query_time", strconv.FormatFloat(slowEnough, 'f', 6, 64)}, {"slow_query_log", "ON"}} {
		for _, s := range settings {
			if s.Name == want.name && !suffices(s, want.value) {
				o.Change = append(o.Change, e.SetSetting(s, want.value))
			}
		}
	}
	return o
}

// suffices reports that a setting need not be changed: it says so already, or
// logs even more.
func suffices(s db.Setting, value string) bool {
	if s.Name == "long_query_time" {
		n := number(s.Value)
		return n != nil && *n <= slowEnough
	}
	return settingState(s.Value) == settingState(value)
}
