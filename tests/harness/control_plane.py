"""etcd and kube-apiserver, and when a test needs them controllers, scheduler and fake nodes, on loopback addresses.

As a cluster has it: RBAC, the default admission plugins (Pod Security among them), service accounts with tokens.
What it lacks: kube-proxy (so a Service leads nowhere, webhooks are registered by URL) and real nodes.
"""
import base64
import itertools
import json
import shutil
import signal
import tempfile
from pathlib import Path

from . import parts
from .certificates import Authority, signing_key
from .http import answers, post_json, trusting
from .kubectl import Kubectl, write_kubeconfig
from .process import Process, free_port

# token, user, uid, groups. The tokens are no secret: the API server listens on loopback and holds nothing.
TOKENS = """\
admin,admin,1,system:masters
controllers,system:kube-controller-manager,2
scheduler,system:kube-scheduler,3
"""
CONTROLLERS = ("serviceaccount-controller", "namespace-controller", "garbage-collector-controller",
               "root-ca-certificate-publisher-controller", "deployment-controller", "replicaset-controller",
               "statefulset-controller", "daemonset-controller", "replicationcontroller-controller", "job-controller",
               "cronjob-controller", "clusterrole-aggregation-controller")
KWOK_STAGES = Path(__file__).with_name("kwok.yaml")
API_SERVER_GRACE_S = 3  # to end after SIGTERM; while a client watches, it can take a minute
ETCD_MOST_OPERATIONS = 128  # in one transaction
SERVICE_CIDR = "10.0.0.0/24"


class ControlPlane:
    """Use as a context manager. `folder` keeps keys, data and logs, and goes away with it."""

    def __init__(self):
        self.programs = parts.folder_of(*parts.CONTROL_PLANE)
        self.processes = []
        self._controllers = None
        self._numbers = itertools.count(1)
        self.port = free_port()
        self.server = f"https://127.0.0.1:{self.port}"
        self._etcd_url = f"http://127.0.0.1:{free_port()}"

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="meshtrace-cluster-"))
        try:
            self.authority = Authority(self.folder)
            self.kubectl = self._as("admin", "admin")
            self._start_etcd()
            self._start_api_server()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Kills all, the last one first: nothing here is worth a graceful end but the test's time is."""
        for process in reversed(self.processes):
            process.stop(signal.SIGKILL)
        self.processes.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, name, command, environment=None):
        """Starts one more program that ends with the cluster."""
        process = Process(name, command, self.folder, environment)
        self.processes.append(process)
        return process.start()

    def _start_etcd(self):
        peer = f"http://127.0.0.1:{free_port()}"
        self.etcd = self.add("etcd", [
            self.programs / "etcd", "--data-dir", self.folder / "etcd", "--unsafe-no-fsync", "--log-level=warn",
            f"--listen-client-urls={self._etcd_url}", f"--advertise-client-urls={self._etcd_url}",
            f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}"])
        self.etcd.until(lambda: answers(f"{self._etcd_url}/readyz"), "etcd is ready")

    def _start_api_server(self):
        certificate, key = self.authority.issue("kube-apiserver")
        accounts = signing_key(self.folder / "service-accounts.key")
        tokens = self.folder / "tokens.csv"
        tokens.write_text(TOKENS)
        self.api_server = self.add("kube-apiserver", [
            self.programs / "kube-apiserver", f"--etcd-servers={self._etcd_url}", f"--secure-port={self.port}",
            "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
            f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}", f"--cert-dir={self.folder}",
            "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={accounts}",
            f"--service-account-signing-key-file={accounts}", f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC", f"--service-cluster-ip-range={SERVICE_CIDR}"])
        self._signing_key = accounts
        self.until_ready()

    def until_ready(self):
        trust = trusting(self.authority.certificate)
        self.api_server.until(lambda: answers(f"{self.server}/readyz", trust), "the API server is ready")

    def start_controllers(self):
        """kube-controller-manager with the controllers that make pods; returns when a namespace gets its account."""
        programs = parts.folder_of(*parts.CONTROLLERS)
        kubeconfig = write_kubeconfig(self.folder / "controllers.kubeconfig", self.server, self.authority.certificate,
                                      "controllers")
        port = free_port()
        self._controllers = self.add("kube-controller-manager", [
            programs / "kube-controller-manager", f"--kubeconfig={kubeconfig}", "--bind-address=127.0.0.1",
            f"--secure-port={port}", "--leader-elect=false", f"--controllers={','.join(CONTROLLERS)}",
            f"--service-account-private-key-file={self._signing_key}", f"--root-ca-file={self.authority.certificate}",
            "--use-service-account-credentials=true"])
        self._controllers.until(lambda: self.kubectl.run("get", "serviceaccount", "default").returncode == 0,
                                "the controllers make service accounts")

    def start_nodes(self, count=1):
        """kube-scheduler, and nodes on which kwok says that pods run (no container is started)."""
        programs = parts.folder_of(*parts.NODES)
        scheduler = write_kubeconfig(self.folder / "scheduler.kubeconfig", self.server, self.authority.certificate,
                                     "scheduler")
        self.add("kube-scheduler", [
            programs / "kube-scheduler", f"--kubeconfig={scheduler}", "--bind-address=127.0.0.1",
            f"--secure-port={free_port()}", "--leader-elect=false"])
        kwok = self.add("kwok", [
            programs / "kwok", f"--kubeconfig={self.kubectl.kubeconfig}", f"--config={KWOK_STAGES}",
            "--manage-all-nodes=true", f"--server-address=127.0.0.1:{free_port()}"])
        self.kubectl.create([_node(f"node-{number + 1}") for number in range(count)])
        ready = "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}"
        kwok.until(lambda: self.kubectl("get", "nodes", "-o", ready).split() == ["True"] * count, "nodes are ready")
        # Admission taints every new node; the controller that would lift it also evicts from nodes without a kubelet.
        self.kubectl("taint", "nodes", "--all", "node.kubernetes.io/not-ready-")

    def restart_api_server(self, number=signal.SIGKILL):
        self.api_server.stop(number, API_SERVER_GRACE_S)
        self.api_server.start()
        self.until_ready()
        if self._controllers:
            # By themselves they would try again after up to half a minute.
            self._controllers.stop(signal.SIGKILL)
            self._controllers.start()

    def compact_etcd(self):
        """Forgets all history: who resumes a watch from before is answered 410 Gone."""
        any_key = base64.b64encode(b"/").decode()
        revision = post_json(f"{self._etcd_url}/v3/kv/range", {"key": any_key})["header"]["revision"]
        post_json(f"{self._etcd_url}/v3/kv/compaction", {"revision": revision, "physical": True})

    def put_into_etcd(self, objects):
        """By key below /registry, as JSON, which the API server reads as well as its own encoding: tens of thousands in
        seconds, past admission."""
        puts = [{"request_put": {"key": _base64(f"/registry/{key}"), "value": _base64(json.dumps(value))}}
                for key, value in objects.items()]
        for first in range(0, len(puts), ETCD_MOST_OPERATIONS):
            post_json(f"{self._etcd_url}/v3/kv/txn", {"success": puts[first:first + ETCD_MOST_OPERATIONS]})

    def delete_from_etcd(self, prefix):
        """Everything whose key below /registry begins so."""
        key = f"/registry/{prefix}"
        end = key[:-1] + chr(ord(key[-1]) + 1)
        post_json(f"{self._etcd_url}/v3/kv/deleterange", {"key": _base64(key), "range_end": _base64(end)})

    def as_service_account(self, namespace, name, server=None):
        """kubectl with a token of that service account, as a pod would have it; also its kubeconfig."""
        token = self.kubectl("create", "token", name, "-n", namespace).strip()
        return self._as(f"{namespace}-{name}-{next(self._numbers)}", token, server)

    def _as(self, user, token, server=None):
        kubeconfig = write_kubeconfig(self.folder / f"{user}.kubeconfig", server or self.server,
                                      self.authority.certificate, token)
        return Kubectl(self.programs / "kubectl", kubeconfig)


def _base64(text):
    return base64.b64encode(text.encode()).decode()


def _node(name):
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"kubernetes.io/os": "linux"}},
            "status": {"allocatable": {"cpu": "32", "memory": "64Gi", "pods": "110"},
                       "capacity": {"cpu": "32", "memory": "64Gi", "pods": "110"}}}
