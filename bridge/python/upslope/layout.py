"""Values of a space as buffers, and back: section 5 of PROTOCOL.md.

A batch of n values is in Gymnasium's batched form: arrays with a row each, in dictionaries and tuples as the space has
them; a tuple of n values for Text, Sequence, Graph and OneOf.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Several
from typing import Any

import numpy as np
from gymnasium import Space
from gymnasium.spaces import (
    Box,
    Dict,
    Discrete,
    Graph,
    GraphInstance,
    MultiBinary,
    MultiDiscrete,
    OneOf,
    Sequence,
    Text,
    Tuple,
)

from .codec import INT32, Codec, Lengths, Numbers, Texts, Values, check_bytes, check_count, ends_of, fault, shown
from .errors import UpslopeError


class Layout:
    """How values of one space lie in buffers.

    Args:
        name: what the values are, for errors: `observation`.
    """

    def __init__(self, space: Space[Any], name: str = "value") -> None:
        self.space = space
        self._codec = _codec_of(space, name)
        self.buffer_count: int = self._codec.count
        self._name = name

    def encode(self, batch: Any, n: int) -> list[bytes]:
        """The buffers of n values in batched form; they share no memory with them.

        Raises:
            ValueError: a part is of another shape or type than its space. Its path is told.
        """
        out: list[bytes] = []
        self._codec.encode(batch, n, out)
        return out

    def decode(self, buffers: Several[Any], n: int) -> Any:
        """n values in batched form, in memory of their own.

        Raises:
            ProtocolError: a buffer has another length than it should, or holds what is no index. Its path is told.
        """
        if len(buffers) != self.buffer_count:
            raise fault(self._name, f"{self.buffer_count} buffers", len(buffers))
        check_count(self._name, n)
        return self._codec.decode(iter(buffers), n)

    def encode_values(self, values: Several[Any]) -> list[bytes]:
        """As `encode`, of a list of values."""
        return self.encode(self._codec.batch(values), len(values))

    def decode_values(self, buffers: Several[Any], n: int) -> list[Any]:
        """As `decode`, to a list of values of the types that their spaces want, side by side in memory."""
        return self._codec.unbatch(self.decode(buffers, n), n)


class _Parts:
    """A batch of each part."""

    def __init__(self, name: str, parts: dict[Any, Codec]) -> None:
        self._name = name
        self._parts = parts
        self.count = sum(part.count for part in parts.values())

    def _check(self, value: Any) -> None:
        raise NotImplementedError

    def _join(self, values: dict[Any, Any]) -> Any:
        raise NotImplementedError

    def encode(self, batch: Any, n: int, out: list[bytes]) -> None:
        self._check(batch)
        for key, part in self._parts.items():
            part.encode(batch[key], n, out)

    def decode(self, buffers: Iterator[Any], n: int) -> Any:
        return self._join({key: part.decode(buffers, n) for key, part in self._parts.items()})

    def batch(self, values: Several[Any]) -> Any:
        for value in values:
            self._check(value)
        return self._join({key: part.batch([value[key] for value in values]) for key, part in self._parts.items()})

    def unbatch(self, batch: Any, n: int) -> list[Any]:
        columns = {key: part.unbatch(batch[key], n) for key, part in self._parts.items()}
        return [self._join({key: column[i] for key, column in columns.items()}) for i in range(n)]

    def size(self, batch: Any) -> int:
        return next((part.size(batch[key]) for key, part in self._parts.items()), 0)


class _Dict(_Parts):
    def __init__(self, name: str, space: Dict) -> None:
        super().__init__(name, {key: _codec_of(part, f"{name}.{key}") for key, part in space.spaces.items()})

    def _check(self, value: Any) -> None:
        if not isinstance(value, dict) or any(key not in value for key in self._parts):
            raise ValueError(f"{self._name}: expected the entries {list(self._parts)}, got {value!r:.200}")

    def _join(self, values: dict[Any, Any]) -> dict[Any, Any]:
        return values


class _Tuple(_Parts):
    def __init__(self, name: str, space: Tuple) -> None:
        super().__init__(name, {i: _codec_of(part, f"{name}[{i}]") for i, part in enumerate(space.spaces)})

    def _check(self, value: Any) -> None:
        if not isinstance(value, (tuple, list)) or len(value) != len(self._parts):
            raise ValueError(f"{self._name}: expected {len(self._parts)} parts, got {value!r:.200}")

    def _join(self, values: dict[Any, Any]) -> tuple[Any, ...]:
        return tuple(values.values())


class _Sequence(Values):
    def __init__(self, name: str, space: Sequence) -> None:
        self._name = name
        self._stack = space.stack
        self._element = _codec_of(space.feature_space, f"{name}[]")
        self._lengths = Lengths(f"{name} (lengths)")
        self.count = 1 + self._element.count

    def encode(self, batch: Any, n: int, out: list[bytes]) -> None:
        if len(batch) != n:
            raise ValueError(f"{self._name}: expected {n} sequences, got {len(batch)}")
        element = self._element
        if self._stack:
            lists = [element.unbatch(value, element.size(value)) for value in batch]
        else:
            lists = [list(value) for value in batch]
        elements = [one for values in lists for one in values]
        out.append(self._lengths.encode([len(values) for values in lists]))
        element.encode(element.batch(elements), len(elements), out)

    def decode(self, buffers: Iterator[Any], n: int) -> tuple[Any, ...]:
        ends = self._lengths.decode(next(buffers), n)
        elements = _decode_values(self._element, self._name, buffers, ends[-1])
        pieces = (elements[ends[i] : ends[i + 1]] for i in range(n))
        return tuple(self._element.batch(piece) if self._stack else tuple(piece) for piece in pieces)


class _Graph(Values):
    def __init__(self, name: str, space: Graph) -> None:
        self._name = name
        self._node = _codec_of(space.node_space, f"{name}.nodes")
        self._edge = None if space.edge_space is None else _codec_of(space.edge_space, f"{name}.edges")
        self._node_counts = Lengths(f"{name}.nodes (numbers)")
        self._edge_counts = Lengths(f"{name}.edges (numbers)", least=-1)
        self.count = 3 + self._node.count + (self._edge.count if self._edge else 0)

    def encode(self, batch: Any, n: int, out: list[bytes]) -> None:
        if len(batch) != n or not all(isinstance(value, GraphInstance) for value in batch):
            raise ValueError(f"{self._name}: expected {n} values of GraphInstance, got {batch!r:.200}")
        node = self._node
        nodes = [node.unbatch(value.nodes, node.size(value.nodes)) for value in batch]
        all_nodes = [one for own in nodes for one in own]
        out.append(self._node_counts.encode([len(own) for own in nodes]))
        node.encode(node.batch(all_nodes), len(all_nodes), out)
        links = [self._links_of(value, len(own)) for value, own in zip(batch, nodes, strict=True)]
        out.append(self._edge_counts.encode([-1 if own is None else len(own) for own in links]))
        if self._edge is not None:
            edges = [one for value, own in zip(batch, links, strict=True) for one in self._edges_of(value, own)]
            self._edge.encode(self._edge.batch(edges), len(edges), out)
        out.append(b"".join(own.astype(INT32).tobytes() for own in links if own is not None))

    def _links_of(self, graph: GraphInstance, nodes: int) -> np.ndarray | None:
        if graph.edge_links is None:
            return None
        links = np.asarray(graph.edge_links)
        if links.ndim != 2 or links.shape[1] != 2 or links.dtype.kind not in "iu":
            raise ValueError(
                f"{self._name}.links: expected whole numbers of shape (edges, 2), got {links.dtype} {links.shape}"
            )
        if links.size and not (links.min() >= 0 and links.max() < nodes):
            raise ValueError(f"{self._name}.links: expected nodes below {nodes}, got {shown(links.ravel())}")
        return links

    def _edges_of(self, graph: GraphInstance, links: np.ndarray | None) -> list[Any]:
        count = 0 if links is None else len(links)
        present = 0 if graph.edges is None else self._edge.size(graph.edges)
        if present != count:
            raise ValueError(f"{self._name}.edges: expected as many as there are links, {count}, got {present}")
        return [] if graph.edges is None else self._edge.unbatch(graph.edges, count)

    def decode(self, buffers: Iterator[Any], n: int) -> tuple[GraphInstance, ...]:
        node_ends = self._node_counts.decode(next(buffers), n)
        nodes = _decode_values(self._node, self._name, buffers, node_ends[-1])
        counts = self._edge_counts.decode_each(next(buffers), n)
        ends = ends_of(np.maximum(counts, 0))
        edges = None if self._edge is None else _decode_values(self._edge, self._name, buffers, ends[-1])
        buffer = next(buffers)
        check_bytes(f"{self._name}.links", buffer, 8 * ends[-1])
        links = np.frombuffer(buffer, INT32).reshape(-1, 2).astype(np.int32)
        graphs = []
        for i in range(n):
            own_nodes = nodes[node_ends[i] : node_ends[i + 1]]
            own_links = links[ends[i] : ends[i + 1]]
            if own_links.size and not (own_links.min() >= 0 and own_links.max() < len(own_nodes)):
                raise fault(f"{self._name}.links", f"nodes below {len(own_nodes)}", shown(own_links.ravel()))
            has = counts[i] >= 0
            own_edges = self._edge.batch(edges[ends[i] : ends[i + 1]]) if has and edges is not None else None
            graphs.append(GraphInstance(self._node.batch(own_nodes), own_edges, own_links if has else None))
        return tuple(graphs)


class _OneOf(Values):
    def __init__(self, name: str, space: OneOf) -> None:
        self._name = name
        self._parts = [_codec_of(part, f"{name}[{i}]") for i, part in enumerate(space.spaces)]
        self.count = 1 + sum(part.count for part in self._parts)

    def encode(self, batch: Any, n: int, out: list[bytes]) -> None:
        if len(batch) != n:
            raise ValueError(f"{self._name}: expected {n} values, got {len(batch)}")
        which = np.array([index for index, _ in batch], INT32)
        if n and not (which.min() >= 0 and which.max() < len(self._parts)):
            raise ValueError(f"{self._name}: expected choices below {len(self._parts)}, got {shown(which)}")
        out.append(which.tobytes())
        for i, part in enumerate(self._parts):
            values = [value for index, value in batch if index == i]
            part.encode(part.batch(values), len(values), out)

    def decode(self, buffers: Iterator[Any], n: int) -> tuple[Any, ...]:
        buffer = next(buffers)
        check_bytes(f"{self._name} (which)", buffer, 4 * n)
        which = np.frombuffer(buffer, INT32)
        if n and not (which.min() >= 0 and which.max() < len(self._parts)):
            raise fault(f"{self._name} (which)", f"choices below {len(self._parts)}", shown(which))
        counts = np.bincount(which, minlength=len(self._parts)).tolist()
        columns = [
            iter(part.unbatch(part.decode(buffers, count), count))
            for part, count in zip(self._parts, counts, strict=True)
        ]
        return tuple((np.int64(index), next(columns[index])) for index in which)


def _decode_values(codec: Codec, name: str, buffers: Iterator[Any], n: int) -> list[Any]:
    check_count(name, n)
    return codec.unbatch(codec.decode(buffers, n), n)


def _codec_of(space: Space[Any], name: str) -> Codec:
    if isinstance(space, Box):
        return Numbers(name, space.dtype, space.shape, space.dtype.str)
    if isinstance(space, Discrete):
        return Numbers(name, space.dtype, (), "i8", scalar=True)
    if isinstance(space, MultiDiscrete):
        return Numbers(name, space.dtype, space.shape, "i8")
    if isinstance(space, MultiBinary):
        return Numbers(name, np.int8, space.shape, "i1")
    if isinstance(space, Text):
        return Texts(name, space.max_length)
    if isinstance(space, Dict):
        return _Dict(name, space)
    if isinstance(space, Tuple):
        return _Tuple(name, space)
    if isinstance(space, Sequence):
        return _Sequence(name, space)
    if isinstance(space, Graph):
        return _Graph(name, space)
    if isinstance(space, OneOf):
        return _OneOf(name, space)
    raise UpslopeError(f"Expected one of Gymnasium's spaces; got {type(space).__name__}: {space}.")
