package mysql

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mltop/internal/db"
)

// SettingLines writes a setting as the lines of the option file.
func (Dialect) SettingLines(now db.Setting, value string) string {
	return "[mysqld]\n" + optionLine(now.Name, value)
}

// ServerProcess answers what the server says of itself: its machine's name,
// and the process that its pid file names, where that can be read from here.
func (e *Engine) ServerProcess(ctx context.Context) (db.ServerProcess, error) {
	p := db.ServerProcess{Names: []string{"mariadbd", "mysqld"}}
	err := e.read(ctx, "process", func(c *conn) error {
		v, err := c.variables(ctx, "hostname", "pid_file", "datadir")
		if err != nil {
			return err
		}
		p.Host, p.PID = v["hostname"], pidIn(v["pid_file"], v["datadir"])
		return nil
	})
	return p, err
}

// pidIn is 0 where the file is not to be read here.
func pidIn(file, datadir string) int {
	if !filepath.IsAbs(file) {
		file = filepath.Join(datadir, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}
