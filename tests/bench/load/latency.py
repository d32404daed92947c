"""What one user waits for, one request at a time: a pod created through the API server, a policy's edit in force."""
import statistics
import time

from harness.waiting import TookTooLong

from .connection import Connection
from .ours import PATH
from .review import NAMESPACE, compact, patch_of, review

PODS = 300  # of each kind
WARM_UP = 20
# Edits go from one of these percentages to the next; none ends in 0, so that each fraction has two digits.
PERCENTAGES = [tens + ones for tens in (20, 30, 40) for ones in range(1, 10)]
PATIENCE_S = 10
PAUSE_S = 0.1  # between edits: the webhook publishes those that come faster together
BARE_NAMESPACE = "bare"  # opted out by its label, so that the API server does not call the webhook for its pods


def pod_creation(plane):
    """Milliseconds to create the review's pod, with our webhook and without it, one after the other."""
    samples = {NAMESPACE: [], BARE_NAMESPACE: []}
    pod = review()["request"]["object"]
    with Connection(plane.port, plane.authority.certificate, "admin") as api:
        for number in range(WARM_UP + PODS):
            for namespace, milliseconds in samples.items():
                pod["metadata"]["namespace"] = namespace
                stored, took = api.send("POST", f"/api/v1/namespaces/{namespace}/pods", pod)
                injected = "OTEL_PROPAGATORS" in str(stored["spec"])
                assert injected == (namespace == NAMESPACE), f"a pod of {namespace} came out wrong: {stored['spec']}"
                if number >= WARM_UP:
                    milliseconds.append(took)
    return {"with": statistics.median(samples[NAMESPACE]), "without": statistics.median(samples[BARE_NAMESPACE])}


def edit_to_effect(plane, webhook_port):
    """Milliseconds from the API server's answer to the edit of a policy until a review is answered by the new one."""
    policy = f"/apis/meshtrace.io/v1alpha1/namespaces/{NAMESPACE}/tracingpolicies/shop"
    question = compact(review())
    authority = plane.authority.certificate
    samples = []
    with Connection(plane.port, authority, "admin") as api, Connection(webhook_port, authority) as webhook:
        for percentage in PERCENTAGES:
            edit = {"spec": {"sampling": {"owner": "SDK", "percentage": percentage}}}
            in_force = f'"0.{percentage}"'  # the sampler's argument, a fraction
            api.send("PATCH", policy, edit, "application/merge-patch+json")
            begin = time.perf_counter()
            while in_force not in patch_of(webhook.send("POST", PATH, question)[0]):
                if time.perf_counter() - begin > PATIENCE_S:
                    raise TookTooLong(f"the edit to {percentage} % had no effect within {PATIENCE_S} s")
            samples.append((time.perf_counter() - begin) * 1000)
            time.sleep(PAUSE_S)
    return {"p50": statistics.median(samples), "max": max(samples)}
