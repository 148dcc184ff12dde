package gateway

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"testing"
	"time"
)

// answers has theirs answer each question, a line, with itself.
func answers(theirs net.Conn) {
	go io.Copy(theirs, theirs)
}

func TestAQuestionGoesOutWithTheReadOfItsAnswer(t *testing.T) {
	ours, theirs := quickPair(t)
	answers(theirs)
	ours.SetReadDeadline(time.Now().Add(patience))
	buffer := make([]byte, 100)
	for i := range 20_000 {
		question := "question " + strconv.Itoa(i)
		if !askWithRead(ours, []byte(question)) {
			t.Fatal("it has to be written")
		}
		n, err := ours.Read(buffer)
		if err != nil || string(buffer[:n]) != question {
			t.Fatalf("%s was answered %q, %v", question, buffer[:n], err)
		}
	}
}

func TestWhatComesUnaskedKeepsAQuestionFromGoingOut(t *testing.T) {
	for _, row := range []struct {
		name string
		do   func(theirs *net.TCPConn) error
	}{
		{"the other end has said something", func(theirs *net.TCPConn) error {
			_, err := theirs.Write([]byte("HTTP/1.1 408 Request Timeout\r\n\r\n"))
			return err
		}},
		{"the other end says no more", func(theirs *net.TCPConn) error { return theirs.CloseWrite() }},
	} {
		ours, theirs := quickPair(t)
		if err := row.do(theirs.(*net.TCPConn)); err != nil {
			t.Fatal(err)
		}
		eventually(t, row.name, func() bool { return !ours.(*quick).isQuiet() })
		askWithRead(ours, []byte("question"))
		if n, err := ours.Read(make([]byte, 100)); n != 0 || !errors.Is(err, errUnasked) {
			t.Errorf("%s: %d bytes were read, with the error %v", row.name, n, err)
		}
		ours.(*quick).CloseWrite()
		if got, err := io.ReadAll(theirs); len(got) > 0 || err != nil {
			t.Errorf("%s: it was asked %q, %v", row.name, got, err)
		}
	}
}

func TestALongQuestionGoesOutWhole(t *testing.T) {
	ours, theirs := quickPair(t)
	if err := errors.Join(ours.(*quick).SetWriteBuffer(4<<10), theirs.(*net.TCPConn).SetReadBuffer(4<<10)); err != nil {
		t.Fatal(err)
	}
	before := fill(t, ours)
	if _, err := io.CopyN(io.Discard, theirs, before); err != nil { // from here on there is room for a part
		t.Fatal(err)
	}
	question := bytes.Repeat([]byte("0123456789abcdef"), mostQuick/16)
	if askWithRead(ours, append(question, 'x')) || !askWithRead(ours, question) {
		t.Fatalf("%d bytes are to go out with a read, and not one more", mostQuick)
	}
	got := make(chan []byte, 1)
	go func() {
		asked := make([]byte, len(question))
		io.ReadFull(theirs, asked)
		theirs.Write([]byte("answer"))
		more, _ := io.ReadAll(theirs)
		got <- append(asked, more...)
	}()
	ours.SetDeadline(time.Now().Add(patience))
	buffer := make([]byte, 100)
	n, err := ours.Read(buffer)
	if err != nil || string(buffer[:n]) != "answer" {
		t.Errorf("the answer is %q, %v", buffer[:n], err)
	}
	ours.Close()
	if asked := <-got; !bytes.Equal(asked, question) {
		t.Errorf("%d bytes have arrived, and not the %d of the question", len(asked), len(question))
	}
}

// fill writes until there is no room, and answers how much that was.
func fill(t *testing.T, c net.Conn) int64 {
	t.Helper()
	c.SetWriteDeadline(time.Now().Add(time.Millisecond))
	defer c.SetWriteDeadline(time.Time{})
	for all := int64(0); ; {
		n, err := c.Write(make([]byte, 1<<10))
		if all += int64(n); errors.Is(err, os.ErrDeadlineExceeded) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAQuestionThatIsNotAnsweredEndsAsAnyRead(t *testing.T) {
	for _, row := range []struct {
		name string
		do   func(ours net.Conn)
		want error
	}{
		{"in time", func(ours net.Conn) { ours.SetReadDeadline(time.Now().Add(time.Millisecond)) }, os.ErrDeadlineExceeded},
		{"before it is closed", func(ours net.Conn) { go ours.Close() }, net.ErrClosed},
	} {
		ours, _ := quickPair(t)
		askWithRead(ours, []byte("question"))
		row.do(ours)
		if _, err := ours.Read(make([]byte, 100)); !errors.Is(err, row.want) {
			t.Errorf("not answered %s: the error is %v", row.name, err)
		}
	}
}
