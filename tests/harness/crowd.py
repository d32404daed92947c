"""Objects by the thousand, made by several clients at once: namespaces, pods (that no kubelet runs) and policies."""
import concurrent.futures
import contextlib

from .api import Api, ApiFailed, policies
from .pods import pod
from .policy import policy

CLIENTS = 8  # at once; more only wait for one another


class Crowd:
    def __init__(self, plane, prefix="crowd"):
        self._api = Api(plane)
        self._prefix = prefix
        self.namespaces = []

    def make_namespaces(self, count):
        first = len(self.namespaces)
        made = [f"{self._prefix}-{number}" for number in range(first, first + count)]
        self._in_parallel(self._make_namespace, made)
        self.namespaces += made

    def _make_namespace(self, name):
        """With the account that its pods have; kube-controller-manager, where it runs, may be faster."""
        self._api.create("/api/v1/namespaces", {"metadata": {"name": name}})
        with contextlib.suppress(ApiFailed):
            self._api.create(f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}})

    def namespace_of(self, number):
        """Of the pod, or the policy, of that number; pods of before stay where they were when namespaces are added."""
        return self.namespaces[number % len(self.namespaces)]

    @staticmethod
    def labels_of(number):
        return {"app": f"app-{number % 7}", "pod-template-hash": f"{number:x}"}

    def make_pods(self, first, count, annotations=None):
        """Spread evenly over the namespaces. They stay Pending."""
        def make(number):
            made = pod(f"pod-{number}", labels=self.labels_of(number), annotations=annotations,
                       automountServiceAccountToken=False)
            self._api.create(f"/api/v1/namespaces/{self.namespace_of(number)}/pods", made)
        self._in_parallel(make, range(first, first + count))

    def make_policies(self, first, count, spec_of):
        """spec_of(number): what the policy says."""
        def make(number):
            namespace = self.namespace_of(number)
            name = f"policy-{number}"
            self._api.create(policies(namespace), policy(name, namespace, **spec_of(number)))
        self._in_parallel(make, range(first, first + count))

    @staticmethod
    def _in_parallel(function, values):
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            for _ in pool.map(function, values):
                pass  # so that an exception is raised here
