"""RFC 6902, as far as an admission webhook uses it: add, replace, remove, move, copy and test."""
import copy


def apply(document, operations):
    """The patched copy of `document`. A patch that does not fit raises ValueError, KeyError or IndexError."""
    document = copy.deepcopy(document)
    for operation in operations:
        document = _apply_one(document, operation)
    return document


def _apply_one(document, operation):
    kind, path = operation["op"], _tokens(operation["path"])
    if kind in ("move", "copy"):
        source = _tokens(operation["from"])
        value = copy.deepcopy(_get(document, source))
        if kind == "move":
            document = _remove(document, source)
        return _add(document, path, value)
    if kind == "add":
        return _add(document, path, copy.deepcopy(operation["value"]))
    if kind == "remove":
        return _remove(document, path)
    if kind == "replace":
        _get(document, path)  # RFC 6902, section 4.3: the target must exist
        return _add(_remove(document, path), path, copy.deepcopy(operation["value"])) if path else operation["value"]
    if kind == "test":
        if _get(document, path) != operation["value"]:
            raise ValueError(f"test failed at {operation['path']}")
        return document
    raise ValueError(f"unknown operation {kind!r}")


def _tokens(pointer):
    """RFC 6901: "/a/b~1c" is ["a", "b/c"]."""
    if pointer and not pointer.startswith("/"):
        raise ValueError(f"not a JSON pointer: {pointer!r}")
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _index(token, size):
    if not token.isdigit() or (len(token) > 1 and token[0] == "0") or int(token) >= size:
        raise IndexError(f"no index {token!r} in an array of {size}")
    return int(token)


def _get(document, path):
    for token in path:
        document = document[_index(token, len(document))] if isinstance(document, list) else document[token]
    return document


def _add(document, path, value):
    if not path:
        return value
    parent = _get(document, path[:-1])
    if isinstance(parent, list):
        at = len(parent) if path[-1] == "-" else _index(path[-1], len(parent) + 1)
        parent.insert(at, value)
    else:
        parent[path[-1]] = value
    return document


def _remove(document, path):
    parent = _get(document, path[:-1])
    del parent[_index(path[-1], len(parent)) if isinstance(parent, list) else path[-1]]
    return document
