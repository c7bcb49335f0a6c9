/** The twin of `files/media/verify_boxes.py`: boxes of a cleaned file, read a second time. */

import { TABLES } from "./isobmff-boxes.ts";
import { isFull } from "./verify-coded.ts";
import { asLatin1, PROFILES, startsWith } from "../policy.ts";
import { number, UnreadableFileError } from "../walker.ts";

const CHILDREN: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
    [
        "file: ftyp styp moov moof mdat meta",
        "moov: mvhd trak mvex",
        "trak: tkhd edts mdia tref",
        "tref: auxl",
        "edts: elst",
        "mdia: mdhd hdlr minf",
        "minf: vmhd smhd hdlr dinf stbl",
        "dinf: dref",
        "stbl: stsd stts ctts stsc stsz stz2 stco co64 stss",
        "mvex: mehd trex",
        "moof: mfhd traf",
        "traf: tfhd tfdt trun",
        "meta: hdlr pitm iloc iinf iref iprp idat dinf grpl",
        "iprp: ipco ipma",
        "grpl: altr",
    ].map((line) => [line.slice(0, 4), line.slice(6).split(" ")]),
);
/** n: bytes that hold numbers, z: bytes that are zero. The version is part of the name where layouts differ. */
const LAYOUTS: Readonly<Record<string, string>> = {
    mvhd0: "n4 z8 n14 z10 n36 z24 n4",
    mvhd1: "n4 z16 n18 z10 n36 z24 n4",
    tkhd0: "n4 z8 n4 z4 n4 z8 n6 z2 n44",
    tkhd1: "n4 z16 n4 z4 n8 z8 n6 z2 n44",
    mdhd0: "n4 z8 n10 z2",
    mdhd1: "n4 z16 n14 z2",
    mehd0: "n8",
    mehd1: "n12",
    tfdt0: "n8",
    tfdt1: "n12",
    pitm0: "n6",
    pitm1: "n8",
    hdlr: "n12",
    vmhd: "n12",
    smhd: "n8",
    trex: "n24",
    mfhd: "n8",
    visual: "z6 n2 z16 n12 z4 n2 z32 n4",
    sound: "z6 n4 z6 n12",
    damr: "z5 n4",
    d263: "z5 n2",
    nclx: "n11",
    nclc: "n10",
    chan: "n16",
};
/** Tables: where the count stands and how long an entry is. */
const COUNTED: Readonly<Record<string, readonly [count: number, entry: number]>> = {
    stts: [4, 8],
    ctts: [4, 8],
    stsc: [4, 12],
    stco: [4, 4],
    co64: [4, 8],
    stss: [4, 4],
    elst0: [4, 12],
    elst1: [4, 20],
    altr: [8, 4],
};
const NUMBERS: Readonly<Record<string, number>> = TABLES.numbers;

/** A box and its children. */
export interface Node {
    readonly kind: string;
    readonly start: number;
    readonly body: number;
    readonly end: number;
    children: readonly Node[];
}

/** The boxes at the end of *path*. */
export function all(node: Node, ...path: string[]): Node[] {
    let found = [node];
    for (const kind of path) found = found.flatMap((one) => one.children.filter((child) => child.kind === kind));
    return found;
}

export class Reader {
    readonly data: Uint8Array;
    private readonly code: string;

    constructor(clean: Uint8Array, code: string) {
        this.data = clean;
        this.code = code;
    }

    demand(condition: boolean): asserts condition {
        if (!condition) throw new UnreadableFileError(`${this.code}-malformed`);
    }

    number(at: number, size = 4): number {
        this.demand(at >= 0 && at + size <= this.data.length);
        return number(this.data, at, size);
    }

    word(at: number): string {
        return asLatin1(this.data.subarray(at, at + 4));
    }

    zeros(start: number, end: number): void {
        this.demand(start >= end || isFull(this.data.subarray(start, end)));
    }

    one(nodes: readonly Node[]): Node {
        const [one, second] = nodes;
        this.demand(one !== undefined && second === undefined);
        return one;
    }

    /** Demand the layout called *name*; return where it ends. */
    layout(name: string, body: number, end: number): number {
        let at = body;
        for (const part of (LAYOUTS[name] ?? "").split(" ")) {
            const size = Number(part.slice(1));
            if (part.startsWith("z")) this.zeros(at, at + size);
            at += size;
        }
        this.demand(at <= end);
        return at;
    }

    /** The boxes that fill the space; *free* ones are full of zeros. */
    boxes(start: number, end: number, free = true): Node[] {
        const found: Node[] = [];
        let at = start;
        while (end - at >= 8) {
            let [size, body] = [this.number(at), at + 8];
            const kind = this.word(at + 4);
            if (size === 1) [size, body] = [this.number(body, 8), body + 8];
            const after = size === 0 && end === this.data.length ? end : at + size;
            this.demand(body <= after && after <= end);
            if (kind === "free" && free) this.zeros(body, after);
            found.push({ kind, start: at, body, end: after, children: [] });
            at = after;
        }
        this.zeros(at, end);
        return found;
    }

    /** The boxes below *parent*, each judged. */
    tree(parent: string, start: number, end: number): Node[] {
        const found = this.boxes(start, end).filter(({ kind }) => kind !== "free");
        for (const node of found) {
            this.demand(CHILDREN[parent]?.includes(node.kind) === true);
            if (Object.hasOwn(CHILDREN, node.kind)) {
                node.children = this.tree(node.kind, node.body + (node.kind === "meta" ? 4 : 0), node.end);
            } else this.leaf(node);
        }
        return found;
    }

    /** Demand the layout or the table of a box that has one. */
    leaf(node: Node): void {
        const version = node.body < node.end ? String(this.data[node.body]) : "";
        for (const name of [node.kind, node.kind + version]) {
            const counted = Object.hasOwn(COUNTED, name) ? COUNTED[name] : undefined;
            if (Object.hasOwn(LAYOUTS, name)) this.zeros(this.layout(name, node.body, node.end), node.end);
            else if (counted !== undefined) {
                const [count, entry] = counted;
                const after = node.body + count + 4 + entry * this.number(node.body + count);
                this.demand(after <= node.end);
                this.zeros(after, node.end);
            }
        }
    }

    /** Demand no more bytes than the table says. */
    numbers(node: Node): void {
        this.demand(Object.hasOwn(NUMBERS, node.kind));
        this.zeros(node.body + (NUMBERS[node.kind] ?? 0), node.end);
    }

    /** Demand colours that are numbers, or one of our profiles. */
    colour(node: Node): void {
        const kind = this.word(node.body);
        if (kind === "nclx" || kind === "nclc") {
            this.zeros(this.layout(kind, node.body, node.end), node.end);
            return;
        }
        this.demand(kind === "prof" || kind === "rICC");
        const profile = this.data.subarray(node.body + 4, node.end);
        const ours = PROFILES.map(({ replacement }) => replacement).filter((one) => one.length > 0);
        this.demand(ours.some((one) => startsWith(profile, one) && isFull(profile.subarray(one.length))));
    }

    /** Demand a name of the table, and zeros behind it. */
    auxiliary(node: Node): void {
        const name = this.data.subarray(node.body + 4, Math.min(node.end, node.body + 68));
        const end = name.indexOf(0);
        const names: readonly string[] = TABLES.auxiliary;
        this.demand(names.includes(asLatin1(end < 0 ? name : name.subarray(0, end))));
        this.zeros(end < 0 ? node.end : node.body + 4 + end, node.end);
    }

    /** Demand a `dref` whose entries all say "this file". */
    selfContained(node: Node): void {
        for (const entry of this.boxes(node.body + 8, node.end)) {
            this.demand(this.number(entry.body) === 1);
            this.zeros(entry.body + 4, entry.end);
        }
    }

    /** Demand one of *kinds*, and QuickTime's words or zeros in front of it. */
    handler(node: Node, kinds: readonly string[]): void {
        this.component(node);
        this.demand(kinds.includes(this.word(node.body + 8)));
    }

    component(node: Node): void {
        this.demand(["\0\0\0\0", "mhlr", "dhlr"].includes(this.word(node.body + 4)));
    }
}
