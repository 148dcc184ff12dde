package rowlog

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

func blockOf(writer string, number int64, paths ...string) *block {
	b := &block{writer: writer, number: number}
	for i, p := range paths {
		r := row{at: time.Unix(1_700_000_000+number, int64(i)), took: time.Millisecond, status: 200, sent: 5}
		r.texts[textMethod], r.texts[textPath] = "GET", p
		b.rows = append(b.rows, r)
	}
	return b
}

func opened(t *testing.T, path string, most int64) *spill {
	t.Helper()
	s, err := openSpill(path, most)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.file.Close() })
	return s
}

// drained takes all blocks out, and answers their first paths.
func drained(t *testing.T, s *spill) (paths []string) {
	t.Helper()
	for {
		b, size, ok, err := s.next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return paths
		}
		paths = append(paths, b.rows[0].texts[textPath])
		if err := s.done(&b, size); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASpillFileKeepsBlocksInOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spill")
	s := opened(t, path, 1<<20)
	want := blockOf("w", 1, "/a", "/b")
	for _, b := range []*block{want, blockOf("w", 2, "/c")} {
		if err := s.add(b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := openSpill(path, 1<<20); !errors.Is(err, errSpillHeld) {
		t.Errorf("a second gateway gets %v, want that another one has it", err)
	}
	s.file.Close()
	s = opened(t, path, 1<<20)
	if got, _, ok, err := s.next(); !ok || err != nil || !reflect.DeepEqual(got, *want) {
		t.Errorf("got %+v, %v, %v, want %+v", got, ok, err, want)
	}
	if got := s.rows.Load(); got != 3 {
		t.Errorf("%d rows wait, want 3", got)
	}
	if got := drained(t, s); !reflect.DeepEqual(got, []string{"/a", "/c"}) {
		t.Errorf("got %v", got)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Errorf("when all is written the file has %d bytes, want 0 (%v)", info.Size(), err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty spill file is left: %v", err)
	}
}

func TestWhatACrashLeavesOfASpillFile(t *testing.T) {
	for _, row := range []struct {
		name  string
		spoil func(text []byte, first int) []byte
		want  []string
	}{
		{"the last frame is cut", func(text []byte, _ int) []byte { return text[:len(text)-3] }, []string{"/a"}},
		{"only its length is there", func(text []byte, first int) []byte { return text[:first+2] }, []string{"/a"}},
		{"its room is there, empty", func(text []byte, first int) []byte {
			clear(text[first:])
			return text
		}, []string{"/a"}},
		{"a byte of it is another", func(text []byte, first int) []byte {
			text[len(text)-2] ^= 1
			return text
		}, []string{"/a"}},
		{"its length is absurd", func(text []byte, first int) []byte {
			text[first+3] = 0xff
			return text
		}, []string{"/a"}},
		{"nothing is wrong", func(text []byte, _ int) []byte { return text }, []string{"/a", "/b"}},
	} {
		path := filepath.Join(t.TempDir(), "spill")
		s := opened(t, path, 1<<20)
		s.add(blockOf("w", 1, "/a"))
		first := int(s.end.Load())
		s.add(blockOf("w", 2, "/b"))
		s.file.Close()
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, row.spoil(text, first), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		s = opened(t, path, 1<<20)
		if err := s.add(blockOf("w", 3, "/new")); err != nil {
			t.Fatal(err)
		}
		if got, want := drained(t, s), append(row.want, "/new"); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", row.name, got, want)
		}
	}
}

func TestASpillFileHasABound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spill")
	s := opened(t, path, 100)
	var err error
	for i := int64(1); err == nil && i < 100; i++ {
		err = s.add(blockOf("w", i, "/a"))
	}
	info, err2 := os.Stat(path)
	if !errors.Is(err, errSpillFull) || err2 != nil || info.Size() > 100 || info.Size() == 0 {
		t.Errorf("it has %d bytes, and said %v; want at most 100, and that it is full", info.Size(), err)
	}
}

func FuzzBlock(f *testing.F) {
	f.Add(string(blockOf("w", 7, "/a", "/b").append(nil)))
	f.Add("\x01w")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := parseBlock(text)
		if err != nil {
			return
		}
		again, err := parseBlock(string(b.append(nil)))
		if err != nil || !reflect.DeepEqual(b, again) {
			t.Errorf("%+v became %+v, %v", b, again, err)
		}
	})
}
