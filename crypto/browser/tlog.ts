/**
 * The tree of a log and what signs it: RFC 6962 hashes and proofs, C2SP checkpoints, cosignatures
 * and tiles (SPEC.md §9). Sizes are below 2^53.
 */

import { concat, equal, parseBase64, parseDecimal, sha256Of, toBase64, utf8 } from "./bytes.ts";
import { InvalidProofError, MalformedCheckpointError, MalformedProofError, MalformedTileError } from "./errors.ts";
import { isKeyName, NoteKey, verifyEd25519 } from "./note.ts";

export const HASH_BYTES = 32;
/** Hashes of a tile, and entries of a bundle. */
export const WIDTH = 256;

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const TIME_BYTES = 8;
const ED25519_COSIGNATURE = 0x04;
const ML_DSA_44_COSIGNATURE = 0x06;

export function leafHash(entry: Uint8Array): Uint8Array {
    return sha256Of(LEAF, entry);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
    return sha256Of(NODE, left, right);
}

/** MTH over leaf hashes, or over the roots of equally large complete subtrees and one that is less. */
export function treeRoot(nodes: readonly Uint8Array[]): Uint8Array {
    if (nodes.length === 0) return sha256Of();
    let level = nodes;
    while (level.length > 1) {
        const above: Uint8Array[] = [];
        for (let i = 0; i < level.length; i += 2) {
            const [left, right] = [level[i], level[i + 1]];
            // A last node without a neighbour moves up as it is.
            if (left !== undefined) above.push(right === undefined ? left : nodeHash(left, right));
        }
        level = above;
    }
    return level[0] ?? sha256Of();
}

/** Leaves from the first number up to and without the second. */
export type Span = readonly [begin: number, end: number];

/** The subtrees that prove leaf *index*, from leaf to root; raise `MalformedProofError` unless it is there. */
export function inclusionRanges(index: number, size: number): readonly Span[] {
    const isIndex = Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size;
    if (!isIndex) throw new MalformedProofError("no such leaf");
    let [begin, end] = [0, size];
    const path: Span[] = [];
    while (end - begin > 1) {
        const middle = begin + largestPowerBelow(end - begin);
        if (index < middle) {
            path.unshift([middle, end]);
            end = middle;
        } else {
            path.unshift([begin, middle]);
            begin = middle;
        }
    }
    return path;
}

function largestPowerBelow(count: number): number {
    let power = 1;
    while (2 * power < count) power *= 2;
    return power;
}

/**
 * Raise `InvalidProofError` unless the leaf hash is number *index* of the tree, and
 * `MalformedProofError` for a hash that is not 32 bytes, or one too many or too few.
 */
export function verifyInclusion(
    leaf: Uint8Array,
    index: number,
    size: number,
    proof: readonly Uint8Array[],
    root: Uint8Array,
): void {
    const ranges = inclusionRanges(index, size);
    const sized = [leaf, root, ...proof].every((hash) => hash.length === HASH_BYTES);
    if (!sized || proof.length !== ranges.length) throw new MalformedProofError("hashes");
    let node = leaf;
    for (const [at, [begin]] of ranges.entries()) {
        const sibling = proof[at] ?? LEAF;
        node = begin < index ? nodeHash(sibling, node) : nodeHash(node, sibling);
    }
    if (!equal(node, root)) throw new InvalidProofError("the leaf is not in this tree");
}

/** What a log signs about itself. */
export class Checkpoint {
    readonly origin: string;
    readonly size: number;
    readonly root: Uint8Array;

    constructor(origin: string, size: number, root: Uint8Array) {
        if (!isKeyName(origin) || root.length !== HASH_BYTES) throw new MalformedCheckpointError("checkpoint");
        this.origin = origin;
        this.size = size;
        this.root = root;
    }

    /** Raise `MalformedCheckpointError` unless *untrusted*, a text that was verified before, is canonical. */
    static parse(untrusted: string): Checkpoint {
        const [origin = "", size = "", root = ""] = untrusted.split("\n");
        const checkpoint = new Checkpoint(origin, parseDecimal(size) ?? -1, parseRoot(root));
        if (checkpoint.encode() !== untrusted) throw new MalformedCheckpointError("checkpoint");
        return checkpoint;
    }

    encode(): string {
        return `${this.origin}\n${this.size}\n${toBase64(this.root)}\n`;
    }
}

function parseRoot(untrusted: string): Uint8Array {
    try {
        return parseBase64(untrusted, HASH_BYTES);
    } catch {
        throw new MalformedCheckpointError("root");
    }
}

/** A witness's Ed25519 key, type 0x04: it signs the time at which it saw a checkpoint as well. */
export class Ed25519Cosigner extends NoteKey {
    constructor(name: string, key: Uint8Array) {
        super(name, key, ED25519_COSIGNATURE, 32);
    }

    verify(message: Uint8Array, signature: Uint8Array): boolean {
        if (signature.length !== TIME_BYTES + 64) return false;
        const time = bigTime(signature);
        if (time >= 1n << 63n) return false;
        const timed = concat(utf8(`cosignature/v1\ntime ${time}\n`), message);
        return verifyEd25519(this.key, timed, signature.subarray(TIME_BYTES));
    }
}

/** An ML-DSA-44 key, type 0x06. Browsers take its name and verify nothing with it. */
export class MlDsa44Cosigner extends NoteKey {
    constructor(name: string, key: Uint8Array) {
        super(name, key, ML_DSA_44_COSIGNATURE, 1312);
    }

    verify(): boolean {
        return false;
    }
}

/** When a cosigner says that it saw the checkpoint, in POSIX seconds, of a verified signature. */
export function timeOf(signature: Uint8Array): number {
    return Number(bigTime(signature));
}

function bigTime(signature: Uint8Array): bigint {
    return new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
}

/** `tile/0/x001/x234/067.p/5`, under the prefix of the log; *level* is `entries` for a bundle. */
export function tilePath(level: number | "entries", index: number, width: number): string {
    const digits = String(index);
    const groups = digits.padStart(3 * Math.ceil(digits.length / 3), "0").match(/.{3}/g) ?? [];
    const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join("/");
    return `tile/${level}/${path}${width === WIDTH ? "" : `.p/${width}`}`;
}

/** Raise `MalformedTileError` unless these are *width* hashes. */
export function parseTile(untrusted: Uint8Array, width: number): readonly Uint8Array[] {
    if (untrusted.length !== width * HASH_BYTES) throw new MalformedTileError("length");
    return Array.from({ length: width }, (_, i) => untrusted.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

/** Raise `MalformedTileError` unless these are *width* entries, each after its length in two bytes. */
export function parseBundle(untrusted: Uint8Array, width: number): readonly Uint8Array[] {
    const entries: Uint8Array[] = [];
    let position = 0;
    while (entries.length < width) {
        const [high, low] = untrusted.subarray(position, position + 2);
        if (high === undefined || low === undefined) throw new MalformedTileError("cut short");
        const start = position + 2;
        position = start + high * 256 + low;
        entries.push(untrusted.subarray(start, position));
    }
    if (position !== untrusted.length) throw new MalformedTileError("length");
    return entries;
}
