package postgres

import "testing"

func TestTheGrantThatIsMissing(t *testing.T) {
	for message, want := range map[string]string{
		"permission denied for table customers":                                                         "GRANT SELECT ON customers TO joe",
		"permission denied for table Order Items":                                                       `GRANT SELECT ON "Order Items" TO joe`,
		"permission denied for sequence orders_id":                                                      "GRANT SELECT ON SEQUENCE orders_id TO joe",
		"permission denied for schema App":                                                              `GRANT USAGE ON SCHEMA "App" TO joe`,
		"permission denied to see all settings":                                                         "GRANT pg_monitor TO joe",
		`must be superuser or have privileges of pg_read_all_settings to examine "data_directory"`:      "GRANT pg_monitor TO joe",
		"must be a member of the role whose process is being terminated or member of pg_signal_backend": "GRANT pg_signal_backend TO joe",
		`permission denied to set parameter "work_mem"`:                                                 "GRANT ALTER SYSTEM ON PARAMETER work_mem TO joe",
		"must be owner of table orders":                                                                 "",
		"must be superuser to execute ALTER SYSTEM command":                                             "",
	} {
		t.Run(message, func(t *testing.T) {
			if got := grantFor(message, "joe"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}
