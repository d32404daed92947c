# One image with every program of meshtrace and nothing else: no shell, no package manager; the libraries are those that
# the programs were built with. `make image` builds it.
ARG BASE=debian:12-slim

FROM ${BASE} AS build
WORKDIR /src
# The packages first, in a layer of their own: they change far less often than the sources.
COPY cmake/deps.sh cmake/deps.sh
RUN cmake/deps.sh build && apt-get install -y --no-install-recommends ca-certificates
COPY . .
RUN cmake --preset release && cmake --build build
RUN cmake/collect_libs.sh /image build/bin/* \
    && install -D -m 644 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt

FROM scratch
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="meshtrace" \
      org.opencontainers.image.description="Tracing policies for the workloads and proxies of a service mesh" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image /
# For a kubeconfig whose API server has a public certificate; in a cluster the service account's authority counts.
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
# A number, so that runAsNonRoot can be checked without /etc/passwd.
USER 65532:65532
# The other programs are named by who runs them: /usr/bin/meshtrace-controller, /usr/bin/kubectl-meshtrace.
ENTRYPOINT ["/usr/bin/meshtrace-webhook"]
