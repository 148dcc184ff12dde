package main

import (
	"context"
	"database/sql"
	"fmt"
	"os/exec"

	"github.com/go-sql-driver/mysql"

	"mltop/internal/throwaway"
)

func mariadb(ctx context.Context, o options) (*contest, error) {
	// A cached thread would be taken for one that was there before its tool. The
	// redo log has the size that it has where nobody says one: a smaller one
	// makes the server flush in waves, whoever watches.
	s, err := throwaway.MariaDB(throwaway.MariaDBOptions{PerformanceSchema: true, Password: "bench", Settings: map[string]string{"innodb-buffer-pool-size": "128M", "innodb-log-file-size": "96M", "thread-cache-size": "0"}})
	if err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(s.MariaDBConfig(""))
	if err != nil {
		return nil, err
	}
	d := sql.OpenDB(connector)
	if err := openBank(ctx, d); err != nil {
		return nil, fmt.Errorf("make the accounts: %w", err)
	}
	d.Close()
	if connector, err = mysql.NewConnector(s.MariaDBConfig("bank")); err != nil {
		return nil, err
	}
	d = sql.OpenDB(connector)
	d.SetMaxIdleConns(clients)
	c := &contest{name: "MariaDB", pid: s.PID(), load: bank(d), stop: s.Stop}
	c.mltop = &tool{name: "mltop", argv: []string{o.mltop, s.MariaDBURL("bank")}, env: []string{"HOME=" + o.dir, "XDG_STATE_HOME=" + o.dir}, keys: []string{"5"}}
	if _, err := exec.LookPath("innotop"); err != nil {
		fmt.Println("  innotop is not here (apt-get install innotop): mltop alone")
		return c, nil //nolint:nilerr // it is printed
	}
	c.peer = &tool{name: "innotop", argv: []string{"innotop", "--socket", s.Socket, "--user", "root", "--password", "bench", "--delay", "1", "--mode", "A", "--skipcentral"}, env: []string{"HOME=" + o.dir}}
	return c, nil
}

func openBank(ctx context.Context, d *sql.DB) error {
	d.SetMaxOpenConns(1) // USE stays with the connection
	for _, statement := range []string{
		"CREATE DATABASE bank", "USE bank",
		"CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL, filler CHAR(84) NOT NULL DEFAULT '')",
		"CREATE TABLE tellers (id INT PRIMARY KEY, balance INT NOT NULL)",
		"CREATE TABLE branches (id INT PRIMARY KEY, balance INT NOT NULL)",
		"CREATE TABLE history (account INT, delta INT, at DATETIME)",
		fmt.Sprintf("INSERT INTO accounts SELECT seq, 0, '' FROM seq_1_to_%d", accounts),
		"INSERT INTO tellers SELECT seq, 0 FROM seq_1_to_10",
		"INSERT INTO branches VALUES (1, 0)",
	} {
		if _, err := d.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
