package ui

import (
	"context"
	"io"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// heard tells when the first frame was drawn.
type heard struct{ drawn chan struct{} }

func (h heard) Write(b []byte) (int, error) {
	select {
	case h.drawn <- struct{}{}:
	default:
	}
	return len(b), nil
}

// Two handlers of one signal once waited for each other, now and then: the
// screen froze and the terminal was never given back.
func TestASignalAlwaysEndsTheDashboard(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		for i := range 8 {
			ctx, stop := signal.NotifyContext(context.Background(), sig)
			f := newFake()
			f.waiting = true
			out := heard{make(chan struct{}, 1)}
			in, typing := io.Pipe()
			ended := make(chan error, 1)
			go func() {
				_, err := Run(ctx, New(f, Target{Name: "shop"}, Options{Theme: ThemeDark}), in, out)
				ended <- err
			}()
			<-out.drawn
			if err := syscall.Kill(syscall.Getpid(), sig); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("%v: %v", sig, err)
				}
			case <-time.After(time.Minute):
				t.Fatalf("%v, time %d: the dashboard goes on", sig, i+1)
			}
			typing.Close()
			stop()
		}
	}
}
