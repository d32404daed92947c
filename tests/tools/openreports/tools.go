//go:build tools

// Package tools pins the API whose CRDs the controller's tests install. It is never compiled itself.
package tools

import (
	_ "github.com/openreports/reports-api/apis/openreports.io/v1alpha1"
)
