package main

import (
	"reflect"
	"testing"

	"mltop/internal/db"
)

func TestADocumentHasTheSettingsThatSomebodySet(t *testing.T) {
	got := settingDocs([]db.Setting{
		{Name: "DateStyle", Value: "ISO", Default: "ISO", Source: "default", Scope: db.ScopeServer},
		{Name: "primary_conninfo", Value: "password=x", Source: "configuration file", Set: true, Scope: db.ScopeServer},
		{Name: "shared_buffers", Value: "1GB", Default: "128MB", Source: "configuration file /etc/x", Set: true, Scope: db.ScopeRestart, Pending: "2GB"},
	})
	want := []settingDoc{{Name: "shared_buffers", Value: "1GB", Default: "128MB", Source: "configuration file /etc/x", Scope: "restart", Restart: true, Pending: "2GB"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
