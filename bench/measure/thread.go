package measure

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// settles is how long a thread may take to sleep again once its answer is here.
const settles = 5 * time.Second

// Settled is how long a thread has run once it sleeps: what it runs now is
// counted only then. ok is false where that is not told.
func Settled(id int) (ran time.Duration, ok bool) {
	for until := time.Now().Add(settles); time.Now().Before(until); time.Sleep(20 * time.Microsecond) {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
		if err != nil {
			return 0, false
		}
		_, state, _ := strings.Cut(string(data), ") ")
		if strings.HasPrefix(state, "S") {
			ran = OfThread(id)
			return ran, ran > 0
		}
	}
	return 0, false
}
