package throwaway

import (
	"strings"
	"testing"
)

func TestAMissingServerNamesItsPackage(t *testing.T) {
	_, err := start(program{name: "NoSQL", pkg: "nosql-9", paths: []string{"/nowhere/nosqld"}}, &Server{})
	if err == nil || !strings.Contains(err.Error(), "apt-get install nosql-9") {
		t.Errorf("got %v", err)
	}
}
