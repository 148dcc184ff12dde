package postgres

import "testing"

func TestTheGrantThatIsMissing(t *testing.T) {
	for message, want := range map[string]string{
		"permission denied for table customers":    "GRANT SELECT ON customers TO joe",
		"permission denied for table Order Items":  `GRANT SELECT ON "Order Items" TO joe`,
		"permission denied for sequence orders_id": "GRANT SELECT ON SEQUENCE orders_id TO joe",
		"permission denied for schema App":         `GRANT USAGE ON SCHEMA "App" TO joe`,
		"permission denied to see all settings":    "GRANT pg_monitor TO joe",
	} {
		t.Run(message, func(t *testing.T) {
			if got := grantFor(message, "joe"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}
