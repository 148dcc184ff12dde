package collectors

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

func TestSecretsDoNotStayInCommandLines(t *testing.T) {
	cases := map[string]struct {
		args []string
		want string
	}{
		"nothing to hide":          {[]string{"uvicorn", "main:app", "--port", "8000"}, "uvicorn main:app --port 8000"},
		"an option with =":         {[]string{"app", "--db-password=hunter2"}, "app --db-password=***"},
		"an option and its value":  {[]string{"app", "--token", "abc123", "-v"}, "app --token *** -v"},
		"user and password in URL": {[]string{"app", "postgres://joe:hunter2@h:5432/x"}, "app postgres://***@h:5432/x"},
		"a password with an @":     {[]string{"app", "mysql://joe:p@ss@h/x"}, "app mysql://***@h/x"},
		"a DSN":                    {[]string{"app", "host=h password='hunter 2' user=joe"}, "app host=h password=*** user=joe"},
		"a header":                 {[]string{"curl", "-H", "Authorization: Bearer abc.def"}, "curl -H Authorization: *** ***"},
		"a URL's query":            {[]string{"app", "http://h/x?api_key=hunter2&n=1"}, "app http://h/x?api_key=***&n=1"},
		"mysql's own":              {[]string{"/usr/bin/mysql", "-uroot", "-phunter2"}, "/usr/bin/mysql -uroot -p***"},
		"environment":              {[]string{"env", "AWS_SECRET_ACCESS_KEY=hunter2", "app"}, "env AWS_SECRET_ACCESS_KEY=*** app"},
		"no arguments":             {nil, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := MaskCommand(c.args); got != c.want || strings.Contains(got, "hunter") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func at(d time.Duration, cpu float64, start time.Time) *processReading {
	read := uint64(cpu * 1000)
	return &processReading{at: after(d), pid: 7, started: start, cpuSeconds: cpu, read: &read}
}

func TestProcessRates(t *testing.T) {
	p := processOf(at(0, 1, noon), at(2*time.Second, 2, noon), true, &Processes{})
	if number64(p.CPURatio) != 0.5 || number64(p.ReadPerSecond) != 500 || p.WritePerSecond != nil || !p.HoldsFile {
		t.Errorf("got CPU %g, read %g, write %v", number64(p.CPURatio), number64(p.ReadPerSecond), p.WritePerSecond)
	}
	p = processOf(at(0, 1, noon), at(2*time.Second, 2, after(time.Minute)), false, &Processes{})
	if p.CPURatio != nil || p.ReadPerSecond != nil {
		t.Errorf("another process under the same number: got CPU %g, want none yet", number64(p.CPURatio))
	}
}

func TestProcessesAreThoseThatHoldTheFileAndThoseNamed(t *testing.T) {
	calls := 0
	holders := func(context.Context) ([]db.Holder, error) {
		calls++
		return []db.Holder{{PID: os.Getpid()}, {PID: 1 << 30}}, errors.New("two processes could not be looked into")
	}
	c := NewProcesses(holders, []int{os.Getpid()})
	var s *Processes
	for range 2 {
		sections, err := c.Collect(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		s = sections[0].(*Processes)
		time.Sleep(20 * time.Millisecond)
	}
	if len(s.List) != 1 || calls != 1 {
		t.Fatalf("got %d processes after %d searches, want this one, searched for once", len(s.List), calls)
	}
	p := s.List[0]
	if p.PID != os.Getpid() || !p.HoldsFile || p.RSSBytes == 0 || p.Threads == 0 || p.CPURatio == nil || p.Command == "" {
		t.Errorf("got %+v, missing %v", p, s.Missing)
	}
	if s.Missing["holders"] == "" || s.Missing["pid 1073741824"] == "" {
		t.Errorf("got reasons %v, want one for the search and one for the process that is gone", s.Missing)
	}
}

func TestTheSQLiteThatAProcessMaps(t *testing.T) {
	maps := `7f10-7f20 r--p 0000 08:01 12 /usr/lib/python3/_sqlite3.cpython-311.so
7f20-7f30 r-xp 0000 08:01 13                     /usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6
`
	if got := sqliteInMaps(maps); got != "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6" {
		t.Errorf("got %q", got)
	}
	if got := sqliteInMaps("7f10-7f20 r--p 0000 00:00 0 \n"); got != "" {
		t.Errorf("a process with its own SQLite: got %q", got)
	}
	if got := versionInLibrary([]byte("junk\x003.9\x00\x003.40.1\x00more")); got != "3.40.1" {
		t.Errorf("got version %q, want 3.40.1", got)
	}
}

func TestOwnCost(t *testing.T) {
	n := uint64(10)
	self := NewSelf(func() uint64 { n += 5; return n })
	first, second := self(), self()
	if first.RSSBytes == 0 || first.Statements != 0 || second.Statements <= 0 {
		t.Errorf("got %+v then %+v, want memory, and statements from the second time on", first, second)
	}
	if got := ratePerMinute(sent{noon, 10}, sent{after(30 * time.Second), 16}); got != 12 {
		t.Errorf("got %g statements a minute, want 12", got)
	}
}
