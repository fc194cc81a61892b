package auth_test

import (
	"testing"

	"guichet/internal/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }
