//go:build linux

package sqlite

import (
	"os/exec"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

func TestWhichProcessesAreLookedIntoAgain(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		p     seenProcess
		whole bool
		want  bool
	}{
		"one that was there at the start":             {seenProcess{}, false, false},
		"the same when all are looked into":           {seenProcess{}, true, true},
		"one that has just begun":                     {seenProcess{first: now.Add(-time.Second)}, false, true},
		"one that began a minute ago":                 {seenProcess{first: now.Add(-time.Minute)}, false, false},
		"one that opens and closes it for each query": {seenProcess{once: true}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.p.due(now, c.whole); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestALookIntoEveryProcessComesWhenItIsCheap(t *testing.T) {
	for name, c := range map[string]struct {
		ago, took time.Duration
		want      bool
	}{
		"a small machine, after ten seconds": {10 * time.Second, time.Millisecond, true},
		"a small machine, too soon":          {5 * time.Second, time.Millisecond, false},
		"a busy machine, after ten seconds":  {10 * time.Second, 20 * time.Millisecond, false},
		"a busy machine, after a minute":     {time.Minute, 20 * time.Millisecond, true},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			w := holderWatch{seen: map[int]*seenProcess{}, wholeAt: now.Add(-c.ago), took: c.took}
			if got := w.begin(fileKey{}, now); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if !w.begin(fileKey{1, 2}, now) {
				t.Error("another file has taken the path: got no look into every process")
			}
		})
	}
}

// Without a whole look a newcomer is found, and one that has closed the file
// is no holder any more.
func TestHoldersThatComeAndGoAreSeenWithoutAWholeLook(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 10)
	e := open(t, path)
	watch := e.WatchHolders()
	if list, err := watch(background()); len(list) != 0 || err != nil {
		t.Fatalf("nobody yet: got %+v, %v", list, err)
	}
	cmd := exec.Command("sh", "-c", `exec 3<"$1"; echo open; read line; exec 3<&-; echo closed; read line`, "sh", path)
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	word := make([]byte, 16)
	for _, want := range []int{1, 0} {
		n, err := out.Read(word)
		if err != nil {
			t.Fatal(err)
		}
		list, err := watch(background())
		if err != nil || len(list) != want {
			t.Errorf("the process says %q: got %+v, %v, want %d holders", word[:n], list, err, want)
		}
		if _, err := in.Write([]byte("\n")); err != nil {
			t.Fatal(err)
		}
	}
}
