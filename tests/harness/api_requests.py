"""A request to the API server, named as RBAC names it."""
import urllib.parse
from dataclasses import dataclass

WRITES = ("create", "update", "patch", "delete", "deletecollection")
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True)
class ApiRequest:
    verb: str  # get, list, watch, create, update, patch, delete, deletecollection; GET's path for what is no resource
    group: str = ""
    resource: str = ""  # tracingpolicies, tracingpolicies/status
    namespace: str = ""
    name: str = ""  # also of a list or a watch that selects one object by its name
    status: int = 0  # of the reply
    body: bytes = b""  # of a write
    at: float = 0  # when the reply came, by time.monotonic()

    @property
    def writes(self):
        return self.verb in WRITES

    @property
    def succeeded(self):
        return 200 <= self.status < 300

    def __str__(self):
        place = "/".join(word for word in (self.namespace, self.name) if word)
        return f"{self.verb} {self.resource} {place} -> {self.status}"


def named(method, target, body=b""):
    """The request of this method and target, not answered yet."""
    url = urllib.parse.urlsplit(target)
    query = urllib.parse.parse_qs(url.query)
    words = [urllib.parse.unquote(word) for word in url.path.strip("/").split("/")]
    if words[0] == "api" and len(words) > 2:
        group, words = "", words[2:]
    elif words[0] == "apis" and len(words) > 3:
        group, words = words[1], words[3:]
    else:
        return ApiRequest(f"{method.lower()} {url.path}")
    namespace = ""
    if words[0] == "namespaces" and len(words) > 2 and words[2] not in ("status", "finalize"):
        namespace, words = words[1], words[2:]
    resource, name, subresource = (words + ["", ""])[:3]
    if subresource:
        resource += f"/{subresource}"
    return ApiRequest(_verb(method, name, query), group, resource, namespace, name or _selected_name(query), body=body)


def _verb(method, name, query):
    if method == "DELETE" and not name:
        return "deletecollection"
    if method != "GET":
        return _VERBS[method]
    if query.get("watch", ["false"])[0] in ("1", "true"):
        return "watch"
    return "get" if name else "list"


def _selected_name(query):
    for selector in query.get("fieldSelector", []):
        for term in selector.split(","):
            field, _, value = term.partition("=")
            if field == "metadata.name":
                return value.lstrip("=")
    return ""
