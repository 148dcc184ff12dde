//go:build deps

// Package deps keeps modules in go.mod until the code that uses them lands.
package deps

import (
	_ "github.com/DataDog/go-sqllexer"
	_ "github.com/aclements/go-moremath/stats"
	_ "github.com/charmbracelet/bubbles/key"
	_ "github.com/charmbracelet/bubbletea"
	_ "github.com/charmbracelet/lipgloss"
	_ "github.com/charmbracelet/x/ansi"
	_ "github.com/charmbracelet/x/exp/golden"
	_ "github.com/charmbracelet/x/exp/teatest"
	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jmoiron/sqlx"
	_ "github.com/mattn/go-runewidth"
	_ "github.com/mattn/go-sqlite3"
	_ "github.com/muesli/termenv"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/shirou/gopsutil/v3/cpu"
	_ "github.com/spf13/cobra"
	_ "github.com/sqlc-dev/meyer/parser"
	_ "go.uber.org/goleak"
	_ "go.yaml.in/yaml/v3"
	_ "golang.org/x/image/font"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/term"
)
