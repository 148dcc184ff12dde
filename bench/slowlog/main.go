// Command slowlog compares how mltop reads a slow log of MariaDB with
// pt-query-digest: megabytes a second, memory, and whether each finds as many
// statements as there are.
//
//	go run ./bench/slowlog -megabytes 200 -rounds 3
//
// Both run in turn, each in a process of its own. The peer is far slower and
// gets a shorter log of the same making, so that a round ends; rates compare.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"mltop/bench/measure"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
)

// kinds is how many statements the logs really hold.
const kinds = 208

// entryBytes is about what one entry of the made log takes.
const entryBytes = 370

func main() {
	megabytes := flag.Int("megabytes", 200, "size of mltop's log")
	peer := flag.Int("peer-megabytes", 10, "size of the peer's log")
	rounds := flag.Int("rounds", 3, "rounds")
	read := flag.String("read", "", "the process that is timed: only read this log")
	flag.Parse()
	var err error
	if *read != "" {
		err = readLog(*read)
	} else {
		err = run(*megabytes, *peer, *rounds)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench slowlog:", err)
		os.Exit(1)
	}
}

// readLog prints how many statements a log holds, and our private memory.
func readLog(path string) error {
	totals, err := mysql.DigestFile(path)
	if err != nil {
		return err
	}
	private, _, err := measure.Memory(os.Getpid())
	fmt.Println(len(totals.List), private)
	return err
}

func run(megabytes, peerMegabytes, rounds int) error {
	dir, err := os.MkdirTemp("", "mltop-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ours, theirs := filepath.Join(dir, "slow.log"), filepath.Join(dir, "peer.log")
	for path, n := range map[string]int{ours: megabytes, theirs: peerMegabytes} {
		if err := makeLog(path, n<<20/entryBytes); err != nil {
			return err
		}
	}
	return contest(ours, theirs, rounds)
}

func makeLog(path string, entries int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(f)
	if err := dbtest.WriteSlowLog(b, entries, kinds); err != nil {
		f.Close()
		return err
	}
	if err := b.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
