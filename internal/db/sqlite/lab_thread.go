package sqlite

import "runtime"

// A thread is one thread of the operating system, of low priority, on which
// all of a Lab's measuring runs: the deployment beside it goes first, and the
// processor time of a statement can be told from that of everything else.
// Rows are not copied on it: whoever holds the live file's lock must not be
// kept waiting for a processor.
type thread struct {
	work chan func()
	done chan struct{}
}

func newThread() *thread {
	t := &thread{make(chan func()), make(chan struct{})}
	go t.loop()
	return t
}

func (t *thread) loop() {
	// Never unlocked: Go ends the thread with its goroutine, so that its
	// priority stays with nobody.
	runtime.LockOSThread()
	stepBack()
	for f := range t.work {
		f()
		t.done <- struct{}{}
	}
}

// run waits until f has run on the thread.
func (t *thread) run(f func()) {
	t.work <- f
	<-t.done
}

func (t *thread) end() { close(t.work) }

// on answers what f answers on the Lab's thread.
func on[T any](l *Lab, f func() (T, error)) (answer T, err error) {
	l.thread.run(func() { answer, err = f() })
	return answer, err
}
