//go:build tools

// Package tools pins Jaeger, which `probe` is tested against. It is never compiled itself.
package tools

import _ "github.com/jaegertracing/jaeger/cmd/all-in-one"
