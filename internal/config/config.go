// Package config reads mltop's configuration file and knows where
// configuration and state lie. The file is read and never written.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"mltop/internal/pattern"
)

// A Config is what the file may say. An empty field says nothing.
type Config struct {
	Interval     Duration            `yaml:"interval"`
	Timeout      Duration            `yaml:"timeout"`
	Duration     Duration            `yaml:"duration"`
	MaxBlock     Duration            `yaml:"max_block"`
	Budget       Bytes               `yaml:"budget"`
	Theme        Theme               `yaml:"theme"`
	Color        Color               `yaml:"color"`
	Graph        Graph               `yaml:"graph"`
	Plain        *bool               `yaml:"plain"`
	ShowLiterals *bool               `yaml:"show_literals"`
	ReadOnly     *bool               `yaml:"read_only"`
	Thresholds   Thresholds          `yaml:"thresholds"`
	Keys         map[string][]string `yaml:"keys"`
	Targets      []Target            `yaml:"targets"`
}

// Thresholds separate OK, WARN and CRIT.
type Thresholds struct {
	P95               Duration `yaml:"p95"`
	Errors            Ratio    `yaml:"errors"`
	RequestsPerSecond Number   `yaml:"requests_per_second"`
	CPU               Ratio    `yaml:"cpu"`
	Memory            Ratio    `yaml:"memory"`
	DiskFree          Ratio    `yaml:"disk_free"`
}

// A Target is what the file says of one deployment. Path may be a pattern as
// in a shell.
type Target struct {
	Path           string     `yaml:"path"`
	Name           string     `yaml:"name"`
	Production     *bool      `yaml:"production"`
	ReadOnly       *bool      `yaml:"read_only"`
	Queries        []string   `yaml:"queries"`
	QueryLog       string     `yaml:"query_log"`
	RequestTable   string     `yaml:"request_table"`
	RequestColumns string     `yaml:"request_columns"`
	GroupBy        string     `yaml:"group_by"`
	ServerMemory   Bytes      `yaml:"server_memory"`
	Thresholds     Thresholds `yaml:"thresholds"`
}

// Load reads the file at path. A file that is not there is an empty
// configuration unless it was asked for by name.
func Load(path string, asked bool) (Config, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !asked {
		return Config{}, nil
	}
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(text)
	if err != nil {
		return Config{}, fmt.Errorf("configuration %s: %w", path, err)
	}
	return c, nil
}

// Parse reads a configuration. An error names the line.
func Parse(text []byte) (Config, error) {
	var c Config
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, plainError(err)
	}
	if err := d.Decode(&Config{}); !errors.Is(err, io.EOF) {
		return Config{}, errors.New("holds more than one document")
	}
	return c, c.check()
}

func (c Config) check() error {
	for i, t := range c.Targets {
		if t.Path == "" {
			return fmt.Errorf("target %d has no path", i+1)
		}
	}
	return nil
}

// yaml's words for an unknown key name a Go type, which is no help to a user.
var unknownField = pattern.Late(`field (\S+) not found in type config\.(\w+)`)

func plainError(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n  ")
	text = unknownField().ReplaceAllStringFunc(text, func(s string) string {
		m := unknownField().FindStringSubmatch(s)
		return "unknown key " + m[1] + within(m[2])
	})
	return errors.New(strings.ReplaceAll(text, "\n  ", "; "))
}

func within(typ string) string {
	if typ == "Config" {
		return ""
	}
	return " in " + strings.ToLower(typ)
}
