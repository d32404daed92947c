//go:build tools

// Package tools pins Helm, with which the cluster tests install and upgrade Istio's own chart. It is never compiled itself.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
