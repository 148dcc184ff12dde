package gateway

import (
	"bytes"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// quickPair are two ends of which ours is quick.
func quickPair(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	raw, theirs := linked(t)
	return quicken(raw), theirs
}

func TestAQuickConnectionCarriesEveryByteBothWays(t *testing.T) {
	for _, row := range []struct {
		name string
		size int
	}{{"one byte", 1}, {"a head", 300}, {"as much as goes quickly", 64 << 10}, {"more than a socket holds", 16 << 20}} {
		t.Run(row.name, func(t *testing.T) {
			ours, theirs := quickPair(t)
			sent := bytes.Repeat([]byte("0123456789abcde"), row.size/15+1)[:row.size]
			go io.Copy(theirs, theirs) // an echo
			go func() {
				for at := 0; at < len(sent); at += 60_000 {
					ours.Write(sent[at:min(at+60_000, len(sent))])
				}
			}()
			got := make([]byte, row.size)
			ours.SetReadDeadline(time.Now().Add(patience))
			if _, err := io.ReadFull(ours, got); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("of %d bytes what came back is another text, with the error %v", row.size, err)
			}
		})
	}
}

func TestAQuickConnectionEndsAsAnyOther(t *testing.T) {
	buffer := make([]byte, 10)
	for _, row := range []struct {
		name string
		do   func(ours, theirs net.Conn) error
		want func(error) bool
	}{
		{"the other end has closed", func(ours, theirs net.Conn) error {
			theirs.Close()
			_, err := ours.Read(buffer)
			return err
		}, func(err error) bool { return err == io.EOF }}, //nolint:errorlint // an end as it comes
		{"the other end has broken it off", func(ours, theirs net.Conn) error {
			theirs.(*net.TCPConn).SetLinger(0)
			theirs.Close()
			_, err := ours.Read(buffer)
			return err
		}, func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
		{"nothing comes in time", func(ours, _ net.Conn) error {
			ours.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
			_, err := ours.Read(buffer)
			return err
		}, isTimeout},
		{"it is closed here while it waits", func(ours, _ net.Conn) error {
			time.AfterFunc(10*time.Millisecond, func() { ours.Close() })
			_, err := ours.Read(buffer)
			return err
		}, func(err error) bool { return errors.Is(err, net.ErrClosed) }},
		{"nobody reads what is written", func(ours, _ net.Conn) error {
			ours.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
			part, written := make([]byte, 60_000), 0
			for {
				n, err := ours.Write(part)
				written += n
				if err != nil {
					if n == len(part) || written == 0 {
						t.Errorf("with the error %d bytes of a part count as written, %d in all", n, written)
					}
					return err
				}
			}
		}, isTimeout},
		{"writing where nobody is", func(ours, theirs net.Conn) error {
			theirs.(*net.TCPConn).SetLinger(0)
			theirs.Close()
			ours.Read(buffer)
			_, err := ours.Write(buffer)
			return err
		}, func(err error) bool { return errors.Is(err, syscall.EPIPE) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			ours, theirs := quickPair(t)
			if err := row.do(ours, theirs); !row.want(err) {
				t.Errorf("the error is %v (%T)", err, err)
			}
		})
	}
}
