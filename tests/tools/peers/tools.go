//go:build tools

// Package tools pins the programs that the benchmarks compare this project with. It is never compiled itself.
package tools

import (
	_ "github.com/open-telemetry/opentelemetry-operator"
)
