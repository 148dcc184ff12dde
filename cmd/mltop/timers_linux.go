//go:build cgo && linux

package main

/*
#include <string.h>
#include <sys/prctl.h>

// The Go runtime's watchdog sleeps 20 µs at a time while anything runs, which
// wakes a processor up to ten thousand times a second of work: a fifth of what
// a dashboard costs. Its thread, like every other, takes over from the first one
// by how much a sleep may be late, so that must be set before the runtime starts
// it. A millisecond is nothing for whoever draws once a second.
//
// Whoever keeps to instants has the kernel's own value: the load test, the
// gateway, and what mltop starts itself as for the demo (hidden verbs), which
// would else inherit ours. Only glibc hands the arguments to a constructor.
enum { LAZY = 1000000, PUNCTUAL = 50000 }; // nanoseconds

#ifdef __GLIBC__
__attribute__((constructor)) static void set_timer_slack(int argc, char **argv) {
	unsigned long slack = LAZY;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "bench") == 0 || strcmp(argv[i], "gateway") == 0 || strncmp(argv[i], "__", 2) == 0) slack = PUNCTUAL;
	prctl(PR_SET_TIMERSLACK, slack, 0, 0, 0);
}
#endif
*/
import "C"
