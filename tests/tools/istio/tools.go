//go:build tools

// Package tools pins the Istio programs that the mesh tests start. It is never compiled itself.
package tools

import (
	_ "istio.io/istio/istioctl/cmd/istioctl"
	_ "istio.io/istio/pilot/cmd/pilot-discovery"
)
