package collectors

import (
	"fmt"
	"strings"
	"testing"
)

func TestARareConstantIsAmongTheExamples(t *testing.T) {
	var x Examples
	for i := range 6000 {
		age := 1
		if i == 5000 {
			age = 7
		}
		x.Add(fmt.Sprintf("SELECT * FROM customers WHERE kind = 'a' AND name = 'n%d' AND age = %d", i, age))
	}
	got := strings.Join(x.Texts(), "\n")
	if n := len(x.Texts()); n != 6 || !strings.Contains(got, "age = 7") {
		t.Errorf("%d examples kept, want the first five and the one whose age differs:\n%s", n, got)
	}
}

func TestListsOfEveryLengthDoNotFillTheMemory(t *testing.T) {
	var x Examples
	for i := range 200 {
		x.Add("SELECT * FROM t WHERE a IN (1" + strings.Repeat(", 2", i) + ")")
	}
	if n := len(x.Texts()); n != examplesMost || !x.Full() || len(x.places) > examplesMost {
		t.Errorf("%d texts and %d lengths kept, want at most %d", n, len(x.places), examplesMost)
	}
}
