package mysql

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// clientGroups are the groups of an option file that a client reads.
func clientGroups() map[string]bool {
	return map[string]bool{"client": true, "client-server": true, "client-mariadb": true, "mysql": true, "mltop": true}
}

// parseOptionFile reads the groups of a client from ~/.my.cnf; a later line
// wins. Names come with dashes (dev.mysql.com/doc/refman/8.4/en/option-files.html).
func parseOptionFile(r io.Reader) (map[string]string, error) {
	out := map[string]string{}
	groups, in := clientGroups(), false
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || line[0] == '#' || line[0] == ';' || line[0] == '!':
		case line[0] == '[':
			in = groups[strings.ToLower(strings.Trim(line, "[] \t"))]
		case in:
			name, value, _ := strings.Cut(line, "=")
			out[strings.ReplaceAll(strings.TrimSpace(name), "_", "-")] = optionValue(strings.TrimSpace(value))
		}
	}
	return out, lines.Err()
}

// optionValue takes quotes and escapes away, and a comment behind the value.
func optionValue(v string) string {
	if len(v) >= 2 && (v[0] == '"' || v[0] == '\'') {
		if end := strings.LastIndexByte(v, v[0]); end > 0 {
			return unescapeOption(v[1:end])
		}
	}
	if i := strings.Index(v, " #"); i >= 0 {
		v = strings.TrimSpace(v[:i])
	}
	return unescapeOption(v)
}

func unescapeOption(v string) string {
	return strings.NewReplacer(`\\`, `\`, `\s`, " ", `\t`, "\t", `\n`, "\n", `\r`, "\r", `\b`, "\b", `\"`, `"`, `\'`, `'`).Replace(v)
}

// readOptionFile reads the user's own file. One that everybody may write is
// not believed, as the server's own clients do not.
func readOptionFile(home string) (map[string]string, error) {
	path := filepath.Join(home, ".my.cnf")
	info, err := os.Stat(path)
	if home == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if info.Mode().Perm()&0o002 != 0 {
		return nil, fmt.Errorf("read %s: everybody may write it: chmod 600 it", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close()
	return parseOptionFile(f)
}

// fill takes what the address does not say from the option file. Its password
// belongs to its user alone.
func (t *target) fill(options map[string]string) error {
	mine := t.user == "" || options["user"] == "" || t.user == options["user"]
	t.user = or(t.user, options["user"])
	if p, ok := options["password"]; ok && mine && !t.hasPassword {
		t.password, t.hasPassword = p, true
	}
	if t.host == "" && t.socket == "" {
		t.host, t.port, t.socket = options["host"], or(t.port, options["port"]), options["socket"]
	}
	t.database = or(t.database, options["database"])
	t.ca = or(t.ca, options["ssl-ca"])
	if m, ok := options["ssl-mode"]; ok && t.tls == tlsUnset {
		mode, err := readTLSMode(m)
		if err != nil {
			return fmt.Errorf("~/.my.cnf: %w", err)
		}
		t.tls = mode
	}
	return nil
}

// resolve completes a target: the password of a file, then of the
// environment, then the option file; then the usual socket.
func resolve(t target, o Options) (target, error) {
	if o.PasswordFile != "" {
		text, err := os.ReadFile(o.PasswordFile)
		if err != nil {
			return t, fmt.Errorf("read the password file: %w", err)
		}
		t.password, t.hasPassword = strings.TrimRight(string(text), "\r\n"), true
	}
	if o.Password != "" && !t.hasPassword {
		t.password, t.hasPassword = o.Password, true
	}
	options, err := readOptionFile(o.Home)
	if err != nil {
		return t, err
	}
	if err := t.fill(options); err != nil {
		return t, err
	}
	if t.host == "" && t.socket == "" {
		t.socket = usualSocket()
	}
	return t, nil
}

// usualSocket is where distributions put the server's socket; "" when it is
// at none of these places.
func usualSocket() string {
	for _, path := range []string{"/run/mysqld/mysqld.sock", "/var/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"} {
		if info, err := os.Stat(path); err == nil && info.Mode()&fs.ModeSocket != 0 {
			return path
		}
	}
	return ""
}
