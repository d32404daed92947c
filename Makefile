# A thin front for CMake, CTest and the scripts; `make` alone lists the targets.
SHELL := /bin/sh
JOBS ?= $(shell nproc)
CLANG := 19
BUILD := build
BIN := $(BUILD)/bin
PRESET = cmake --preset $(1) $(if $(V),,--log-level=WARNING) >/dev/null && cmake --build $(2) -j $(JOBS)
SOURCES = $(shell git ls-files '*.cc' '*.h')

.DEFAULT_GOAL := help
.PHONY: help deps deps-test deps-dev build demo test test-unit test-black-box test-cluster test-mesh test-real tsan cluster bench fuzz fmt \
        lint image clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps: ## Install what building needs (Debian packages; sudo only where not root)
	@cmake/deps.sh build

deps-test: deps
	@cmake/deps.sh test

deps-dev: deps-test
	@cmake/deps.sh dev

build: deps ## Build the programs into build/bin
	@$(call PRESET,release,$(BUILD))

demo: build ## See it work: the real webhook, a small shop, a mesh text, no cluster
	@python3 examples/demo.py --bin $(BIN)

test: test-unit test-black-box test-real ## Prove it: sanitizers, the programs from outside, real API server, istiod, Envoy

test-unit: deps-test ## Unit and property tests, and the server from outside, under ASan and UBSan
	@$(call PRESET,asan,$(BUILD)/asan)
	@ctest --test-dir $(BUILD)/asan --output-on-failure --no-tests=error -j $(JOBS)

test-black-box: deps-test build ## The command line, the golden files and the server, as users get them
	@tests/tools/build.sh istio-samples sarif >/dev/null
	@tests/run.sh $(BIN) cli golden audit report server

test-real: deps-test build ## The two below at once: they wait for others most of the time
	@tests/tools/build.sh kubernetes kwok istio helm envoy traffic jaeger openreports >/dev/null
	@tests/run.sh -j 3 $(BIN) controller:1/4 controller:2/4 controller:3/4 controller:4/4 cluster mesh probe

test-cluster: deps-test build ## Against a real kube-apiserver and etcd, and Helm with Istio's own charts
	@tests/tools/build.sh kubernetes kwok istio helm openreports >/dev/null
	@tests/run.sh $(BIN) cluster controller

test-mesh: deps-test build ## Against a real istiod and stock Envoys
	@tests/tools/build.sh kubernetes istio envoy traffic >/dev/null
	@tests/run.sh $(BIN) mesh

tsan: deps-test ## Unit tests and the server under ThreadSanitizer
	@$(call PRESET,tsan,$(BUILD)/tsan)
	@ctest --test-dir $(BUILD)/tsan --output-on-failure --no-tests=error

cluster: deps-test build ## A local API server with CRD and webhook, to try things by hand
	@tests/tools/build.sh kubernetes kwok >/dev/null
	@PYTHONPATH=tests python3 tests/cluster/run.py

bench: deps-test build ## Every number that we claim, as a ratio in one run
	@cmake --preset release -DMESHTRACE_BENCH=ON --log-level=WARNING >/dev/null
	@cmake --build $(BUILD) -j $(JOBS)
	@tests/tools/build.sh kubernetes kwok istio-charts istioctl peers >/dev/null
	@python3 tests/bench/run.py --bin $(BIN) --microbench $(BIN)

fuzz: deps-dev ## Fuzz the readers of foreign bytes, a minute each (FUZZ_SECONDS)
	@CC=clang-$(CLANG) CXX=clang++-$(CLANG) $(call PRESET,fuzz,$(BUILD)/fuzz)
	@tests/fuzz/run.sh $(BUILD)/fuzz/bin $${FUZZ_SECONDS:-60}

fmt: deps-dev ## Format the sources
	@clang-format-$(CLANG) -i $(SOURCES)

lint: deps-dev ## clang-format, clang-tidy and shell syntax; changes nothing
	@clang-format-$(CLANG) --dry-run --Werror $(SOURCES)
	@for script in $$(git ls-files '*.sh'); do bash -n $$script || exit 1; done
	@cmake -S . -B $(BUILD)/lint -G Ninja -DCMAKE_BUILD_TYPE=Debug -DMESHTRACE_TESTS=ON -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON \
	  -DCMAKE_CXX_COMPILER=clang++-$(CLANG) >/dev/null
	@run-clang-tidy-$(CLANG) -quiet -p $(BUILD)/lint -j $(JOBS) '/(core|kube|net|webhook|controller|cli)/.*\.cc$$'

image: ## Build the container image, where docker or podman is
	@engine=$$(command -v podman || command -v docker) || \
	  { echo "make image needs podman or docker; install one of them" >&2; exit 1; }; \
	$$engine build --build-arg VERSION=$$(cat VERSION) --build-arg REVISION=$$(git rev-parse HEAD) -t meshtrace:$$(cat VERSION) .

clean: ## Remove what was built here (the cache of tools stays)
	@rm -rf $(BUILD)
