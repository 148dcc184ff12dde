package serverlog

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mltop/internal/sqltext"
)

// plain is a log with a statement a line, behind its time.
type plain struct{ visit func(*Entry) }

func (p plain) Line(line []byte) {
	at, sql, ok := bytes.Cut(line, []byte(" "))
	if t, err := time.Parse(time.RFC3339, string(at)); ok && err == nil {
		p.visit(&Entry{At: t, Seconds: 1, SQL: sql})
	}
}

func (plain) Idle([]byte) {}
func (plain) Begin(bool)  {}

func (plain) Time(line []byte) time.Time {
	at, _, _ := bytes.Cut(line, []byte(" "))
	t, _ := time.Parse(time.RFC3339, string(at))
	return t
}

func plainLog(path string) *Log {
	return NewLog(path, Dialect{Quotes: sqltext.Exact, Lexis: NewLexis(LexisOptions{Texts: "'"})}, nil, func(visit func(*Entry)) Parser { return plain{visit} })
}

const line = "2024-01-01T00:00:00Z SELECT 1 FROM t\n"

// Whatever becomes of a file between two looks, each of its lines counts once.
func TestEachLineOfALogThatIsTurnedCountsOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	put := func(flag int, text string) {
		t.Helper()
		f, err := os.OpenFile(path, flag|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(text)
		}
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	away := func() {
		if err := os.Rename(path, path+".1"); err != nil {
			t.Fatal(err)
		}
	}
	l := plainLog(path)
	defer l.Close()
	for _, step := range []struct {
		name string
		do   func()
		more int
	}{
		{"at first", func() { put(0, line) }, 1},
		{"when nothing was written", func() {}, 0},
		{"when it grew by a line and a half", func() { put(os.O_APPEND, line+line[:9]) }, 1},
		{"when the other half came", func() { put(os.O_APPEND, line[9:]) }, 1},
		{"when it was emptied", func() { put(os.O_TRUNC, line) }, 1},
		{"when it was emptied and is longer than before", func() { put(os.O_TRUNC, strings.Replace(line, "SELECT 1", "SELECT 22", 1)+line+line) }, 3},
		{"when it grew, was moved away, and there is another", func() { put(os.O_APPEND, line+line); away(); put(0, line) }, 3},
		{"when it grew, was moved away, and there is none yet", func() { put(os.O_APPEND, line); away() }, 1},
		{"when there is another at last", func() { put(0, line) }, 1},
	} {
		before := calls(l)
		step.do()
		if err := l.Read(); err != nil || calls(l)-before != step.more {
			t.Errorf("%s: got %d more, %v; want %d", step.name, calls(l)-before, err, step.more)
		}
	}
}

func calls(l *Log) (n int) {
	for _, s := range l.Totals("").List {
		n += int(*s.Calls)
	}
	return n
}

func TestALogGoesOnInAnotherFileWithItsSums(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.log"), filepath.Join(dir, "b.log")
	for path, text := range map[string]string{a: line, b: line + line} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := plainLog(a)
	defer l.Close()
	if err := l.Read(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a, []byte(line+line+line), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Move(b); err != nil || calls(l) != 5 {
		t.Errorf("got %d calls, %v; want the three of the first file and the two of the second", calls(l), err)
	}
}

func TestWhatIsNoFileIsRefused(t *testing.T) {
	if err := plainLog(t.TempDir()).Read(); err == nil {
		t.Error("a folder was read")
	}
}

// From a time on nothing is missed, and little is read too much.
func TestAPlaceInALogIsFoundByItsTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	var b bytes.Buffer
	const hours = 200
	for i := range hours * 60 {
		fmt.Fprintf(&b, "%s SELECT '%s'\n", start.Add(time.Duration(i)*time.Minute).Format(time.RFC3339), strings.Repeat("x", 1000))
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, from := range []int{0, 1, 30, 150, 199} {
		at := start.Add(time.Duration(from) * time.Hour)
		l := plainLog(path)
		l.skip = func(e *Entry) bool { return e.At.Before(at) }
		p, err := l.ReadPast(t.Context(), at, func(int64, int64) {})
		l.Close()
		if err != nil || p.Entries != (hours-from)*60 || !p.First.Equal(at) {
			t.Errorf("from hour %d: got %+v, %v; want %d entries", from, p, err, (hours-from)*60)
		}
		if most := p.Bytes*int64(hours-from)/hours + 2<<20; p.Bytes-p.From > most {
			t.Errorf("from hour %d: %d bytes are read, want %d at most", from, p.Bytes-p.From, most)
		}
	}
}

func TestACommentAloneIsNoStatement(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	if err := os.WriteFile(path, []byte(line+"2024-01-01T00:00:00Z -- ping\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := plainLog(path)
	defer l.Close()
	if p, err := l.ReadPast(t.Context(), time.Time{}, func(int64, int64) {}); err != nil || p.Entries != 1 {
		t.Errorf("got %d entries, %v; want the statement", p.Entries, err)
	}
}

func TestWhatIsRememberedOfALogIsBounded(t *testing.T) {
	ts := plainLog("").sums
	for i := range maxTemplates + 50 {
		ts.Add(&Entry{SQL: fmt.Appendf(nil, "SELECT a%d FROM t", i)})
	}
	if ts.count() != maxTemplates || ts.evicted != 50 {
		t.Errorf("got %d templates and %v evicted", ts.count(), ts.evicted)
	}
	var lines Lines
	longest := 0
	text := strings.Repeat("x", 3<<20) + ";\nshort\n"
	if _, err := lines.Read(strings.NewReader(text), func(line []byte) { longest = max(longest, len(line)) }); err != nil || longest > MaxText || cap(lines.half) > 2*MaxText {
		t.Errorf("a line of %d bytes, %d kept, %v", longest, cap(lines.half), err)
	}
}

func TestACallThatStandsForManyCountsAsMany(t *testing.T) {
	l := plainLog("")
	l.Count(&Entry{SQL: []byte("SELECT 1"), Seconds: 2, Weight: 10})
	l.Count(&Entry{SQL: []byte("SELECT 2"), Seconds: 1, Goes: true})
	got := l.Totals("")
	if s := got.List[0]; *s.Calls != 10 || s.Seconds != 21 || *s.MaxSeconds != 2 || s.Rows != nil {
		t.Errorf("got %v calls, %v s, %v at most, rows %v; want 10, 21, 2, not known", *s.Calls, s.Seconds, *s.MaxSeconds, s.Rows)
	}
	if !got.Since.IsZero() {
		t.Errorf("since %v, though no entry says a time", got.Since)
	}
}
