"""The tree of RFC 9162, against published vectors and against a tree written out as the RFC defines it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.merkle import (
    EMPTY_ROOT,
    Edge,
    consistency_holds,
    consistency_proof,
    inclusion_holds,
    inclusion_proof,
    leaf_hash,
    root_of,
)

SIZES = 70
"""Every pair of sizes up to here is tried: beyond 64, so that every shape of an edge occurs."""

# The eight leaves of Certificate Transparency's reference implementation, with its roots and proofs.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CT_CONSISTENCY = {
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = naive_split(len(leaves))
    return hashlib.sha256(b"\1" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_split(n: int) -> int:
    return max(2**power for power in range(n.bit_length()) if 2**power < n)


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = naive_split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], *, known: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162, 2.1.4.1."""
    if m == len(leaves):
        return [] if known else [naive_root(leaves)]
    k = naive_split(len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], known=known), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], known=False), naive_root(leaves[:k])]


def content(count: int) -> list[bytes]:
    return [f"leaf {n}".encode() for n in range(count)]


def nodes_over(leaves: list[bytes]):
    return lambda height, index: naive_root(leaves[index << height : (index + 1) << height])


def test_roots_of_the_reference_leaves():
    hashes = [leaf_hash(leaf) for leaf in CT_LEAVES]

    assert root_of([]) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [root_of(hashes[:size]).hex() for size in range(1, 9)] == CT_ROOTS


@pytest.mark.parametrize(("index", "size"), CT_INCLUSION)
def test_inclusion_proofs_of_the_reference_leaves(index, size):
    proof = inclusion_proof(nodes_over(CT_LEAVES), index, size)

    assert [each.hex() for each in proof] == CT_INCLUSION[index, size]


@pytest.mark.parametrize(("former", "size"), CT_CONSISTENCY)
def test_consistency_proofs_of_the_reference_leaves(former, size):
    proof = consistency_proof(nodes_over(CT_LEAVES), former, size)

    assert [each.hex() for each in proof] == CT_CONSISTENCY[former, size]


def test_every_inclusion_proof_up_to_70_leaves_is_the_naive_one_and_holds_for_its_leaf_alone():
    leaves = content(SIZES)
    for size in range(1, SIZES + 1):
        root = naive_root(leaves[:size])
        for index in range(size):
            proof = inclusion_proof(nodes_over(leaves), index, size)

            assert proof == naive_path(index, leaves[:size])
            assert inclusion_holds(leaf=leaf_hash(leaves[index]), index=index, size=size, proof=proof, root=root)
            other = leaves[(index + 1) % SIZES]
            assert not inclusion_holds(leaf=leaf_hash(other), index=index, size=size, proof=proof, root=root)


def test_every_consistency_proof_up_to_70_leaves_is_the_naive_one_and_holds_for_its_roots_alone():
    leaves = content(SIZES)
    roots = [naive_root(leaves[:size]) for size in range(SIZES + 1)]
    for size in range(1, SIZES + 1):
        for former in range(1, size + 1):
            proof = consistency_proof(nodes_over(leaves), former, size)
            ends = {"former": former, "size": size, "proof": proof}

            assert proof == naive_subproof(former, leaves[:size], known=True)
            assert consistency_holds(former_root=roots[former], root=roots[size], **ends)
            assert not consistency_holds(former_root=roots[former - 1], root=roots[size], **ends)
            assert not consistency_holds(former_root=roots[former], root=roots[size - 1], **ends)


@given(st.integers(1, 80), st.data())
def test_a_proof_with_a_hash_changed_added_or_left_out_does_not_hold(size, data):
    leaves = content(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(nodes_over(leaves), index, size)
    wrong = [[*proof, leaf_hash(b"more")], *(proof[:n] + proof[n + 1 :] for n in range(len(proof)))]
    wrong += [[*proof[:n], leaf_hash(b"other"), *proof[n + 1 :]] for n in range(len(proof))]

    facts = {"leaf": leaf_hash(leaves[index]), "index": index, "size": size, "root": naive_root(leaves)}
    assert not any(inclusion_holds(proof=each, **facts) for each in wrong)


@pytest.mark.parametrize("wrong", [(-1, 5), (5, 5), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(wrong):
    with pytest.raises(ValueError, match="has no leaf"):
        inclusion_proof(nodes_over(content(5)), *wrong)
    assert not inclusion_holds(leaf=EMPTY_ROOT, index=wrong[0], size=wrong[1], proof=[], root=EMPTY_ROOT)


@pytest.mark.parametrize("wrong", [(0, 5), (6, 5)])
def test_a_longer_tree_is_no_prefix_and_an_empty_one_proves_nothing(wrong):
    former, size = wrong
    with pytest.raises(ValueError, match="no prefix"):
        consistency_proof(nodes_over(content(6)), former, size)
    assert not consistency_holds(former=former, size=size, former_root=EMPTY_ROOT, root=EMPTY_ROOT, proof=[])


def test_tiles_hold_every_row_and_an_edge_read_back_from_them_goes_on():
    """70,000 leaves: more than one tile on the level above the leaves, so three levels are at work."""
    edge = Edge()
    hashes = [hashlib.sha256(n.to_bytes(4, "big")).digest() for n in range(70_000)]
    tiles = [tile for each in hashes for tile in edge.append(each)]
    begun = Edge(edge.rows)

    assert [len(row) for row in edge.rows] == [70_000 % 256, 70_000 // 256 % 256, 1]
    assert [(tile.level, tile.position) for tile in tiles if tile.level] == [(1, 0)]
    assert b"".join(tile.hashes for tile in tiles if tile.level == 0) == b"".join(hashes[: 273 * 256])
    assert all(tile.root == root_of(hashes[tile.position * 256 :][:256]) for tile in tiles[:5])
    assert (begun.size, begun.root()) == (70_000, edge.root())
    begun.append(EMPTY_ROOT)
    edge.append(EMPTY_ROOT)
    assert begun.root() == edge.root()


@given(st.integers(0, 600))
def test_an_edge_made_from_its_rows_has_the_same_root(size):
    edge = Edge()
    for leaf in content(size):
        edge.append(leaf_hash(leaf))

    assert Edge(edge.rows).root() == edge.root() == naive_root(content(size))
