package db

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestACancelIsCalledSo(t *testing.T) {
	driver := fmt.Errorf("timeout: context already done: %w", context.Canceled)
	left := errors.New("clean up: orders_status is left invalid")
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"a driver's words for it are not shown", driver, "cancelled"},
		{"the same twice is said once", errors.Join(context.Canceled, driver), "cancelled"},
		{"what could not be cleaned up is said too", errors.Join(driver, nil, left), "cancelled; " + left.Error()},
		{"any other error stays what it is", left, left.Error()},
	} {
		got := Cancelled(row.err)
		if got.Error() != row.want || !errors.Is(got, row.err) {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
	if Cancelled(nil) != nil {
		t.Error("no error became one")
	}
}
