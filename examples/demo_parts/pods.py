"""From a workload to the pod that its controller would create, and to the review that the API server would send."""
import copy
import hashlib
import uuid

# Letters that Kubernetes uses in generated names: no vowels, so that no words come out.
SAFE_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
WORKLOADS = ("Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob")


def is_workload(document):
    return isinstance(document, dict) and document.get("kind") in WORKLOADS


def pod_of(workload):
    """The Pod as it is at admission: with its owner, and with generateName where the API server completes the name."""
    kind = workload["kind"]
    if kind == "Pod":
        return workload
    return _MAKERS[kind](workload)


def review_of(pod, operation="CREATE"):
    """The AdmissionReview of admission.k8s.io/v1 that asks about creating `pod`."""
    pods = {"group": "", "version": "v1", "resource": "pods"}
    kind = {"group": "", "version": "v1", "kind": "Pod"}
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": str(uuid.uuid4()),
            "kind": kind,
            "resource": pods,
            "requestKind": kind,
            "requestResource": pods,
            "name": pod["metadata"].get("name", ""),
            "namespace": pod["metadata"]["namespace"],
            "operation": operation,
            "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller"},
            "object": pod,
            "oldObject": None,
            "dryRun": False,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
        },
    }


def _from_deployment(workload):
    suffix = _hash(workload["spec"]["template"])
    replica_set = f"{workload['metadata']['name']}-{suffix}"
    return _pod(workload, "ReplicaSet", replica_set, {"pod-template-hash": suffix})


def _from_replica_set(workload):
    return _pod(workload, "ReplicaSet", workload["metadata"]["name"], {})


def _from_stateful_set(workload):
    name = workload["metadata"]["name"]
    labels = {"statefulset.kubernetes.io/pod-name": f"{name}-0", "apps.kubernetes.io/pod-index": "0",
              "controller-revision-hash": f"{name}-{_hash(workload['spec']['template'])}"}
    pod = _pod(workload, "StatefulSet", name, labels)
    pod["metadata"]["name"] = f"{name}-0"
    return pod


def _from_daemon_set(workload):
    labels = {"controller-revision-hash": _hash(workload["spec"]["template"])}
    return _pod(workload, "DaemonSet", workload["metadata"]["name"], labels)


def _from_job(workload):
    name = workload["metadata"]["name"]
    return _pod(workload, "Job", name, {"batch.kubernetes.io/job-name": name, "job-name": name})


def _from_cron_job(workload):
    # The CronJob controller ends a Job's name with the minutes since 1970 of its scheduled time.
    metadata = {**workload["metadata"], "name": f"{workload['metadata']['name']}-29912355"}
    return _from_job({"kind": "Job", "metadata": metadata, "spec": workload["spec"]["jobTemplate"]["spec"]})


def _pod(workload, owner_kind, owner_name, labels):
    template = copy.deepcopy(workload["spec"]["template"])
    metadata = template.get("metadata") or {}
    metadata["labels"] = {**(metadata.get("labels") or {}), **labels}
    metadata["namespace"] = workload["metadata"]["namespace"]
    metadata["generateName"] = f"{owner_name}-"
    metadata["ownerReferences"] = [{
        "apiVersion": "batch/v1" if owner_kind == "Job" else "apps/v1",
        "kind": owner_kind, "name": owner_name, "uid": str(uuid.uuid4()),
        "controller": True, "blockOwnerDeletion": True,
    }]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def _hash(template):
    digest = hashlib.sha256(repr(template).encode()).digest()
    return "".join(SAFE_LETTERS[byte % len(SAFE_LETTERS)] for byte in digest[:10])


_MAKERS = {
    "Deployment": _from_deployment,
    "ReplicaSet": _from_replica_set,
    "StatefulSet": _from_stateful_set,
    "DaemonSet": _from_daemon_set,
    "Job": _from_job,
    "CronJob": _from_cron_job,
}
