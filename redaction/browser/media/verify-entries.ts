/** The twin of `files/media/verify_entries.py`: cleaned sample descriptions, read a second time. */

import { TABLES } from "./isobmff-boxes.ts";
import type { Node, Reader } from "./verify-boxes.ts";
import { av1c, avcc, type Config, configOf, esds, hvcc, isFlac, type Reads } from "./verify-config.ts";

const MORE = [0, 16, 36];
const CONFIGS: Readonly<Record<string, Reads>> = {
    avcC: avcc,
    hvcC: hvcc,
    av1C: av1c,
    esds: (data) => esds(data.subarray(4)),
};
const VISUAL: Readonly<Record<string, string>> = TABLES.visual;
const SOUND: Readonly<Record<string, string>> = TABLES.sound;
const SAMPLE_BITS: Readonly<Record<string, number>> = TABLES.sample_bits;

/** A sample description; samples and bytes of a packet where the rate is constant. */
export interface Entry {
    readonly config: Config;
    readonly packet: readonly [samples: number, size: number];
}

/** Bytes that are needed, and the samples in them where those are judged. */
export interface Part {
    readonly start: number;
    readonly end: number;
    readonly config: Config;
    readonly count: number;
    readonly size: (index: number) => number;
}

/** What the boxes of an `stsd` say. */
export function readEntries(reader: Reader, node: Node, handler: string): Entry[] {
    const isSound = handler === "soun";
    const boxes = reader.boxes(node.body + 8, node.end);
    reader.demand(boxes.length === reader.number(node.body + 4));
    return boxes.map((box) => {
        reader.demand(Object.hasOwn(isSound ? SOUND : VISUAL, box.kind));
        const at = reader.layout(isSound ? "sound" : "visual", box.body, box.end);
        if (!isSound) return { config: details(reader, box, at), packet: [0, 0] };
        const version = reader.number(node.body, 1) > 0 ? 0 : reader.number(box.body + 8, 2);
        const more = MORE[version];
        reader.demand(more !== undefined);
        return { config: details(reader, box, at + more), packet: packetOf(reader, box, version) };
    });
}

/** Samples and bytes of a packet of sound that is not compressed, or of IMA. */
function packetOf(reader: Reader, { kind, body }: Node, version: number): readonly [samples: number, size: number] {
    const field = (index: number): number => reader.number(body + 28 + 4 * index);
    const bits = Object.hasOwn(SAMPLE_BITS, kind) ? SAMPLE_BITS[kind] : undefined;
    if (bits === undefined && kind !== "ima4") return [0, 0];
    if (version === 1 && field(0) > 0 && field(2) > 0) return [field(0), field(2)];
    if (version === 2) return [field(8), field(7)];
    const channels = reader.number(body + 16, 2);
    if (bits === undefined) return [64, 34 * channels];
    return [1, Math.floor((channels * (bits > 0 ? bits : reader.number(body + 18, 2))) / 8)];
}

/** Judge the boxes inside a description, and those inside its `wave`. */
function details(reader: Reader, entry: Node, at: number): Config {
    const outer = reader.boxes(at, entry.end);
    const inner = outer.filter(({ kind }) => kind === "wave").flatMap((wave) => reader.boxes(wave.body, wave.end));
    const boxes = [...outer.filter(({ kind }) => kind !== "wave"), ...inner];
    let config = configOf(VISUAL[entry.kind] ?? "");
    for (const box of boxes) {
        if (Object.hasOwn(CONFIGS, box.kind)) config = detail(reader, box);
        else if (box.kind !== "free") other(reader, box);
    }
    return { ...config, dolby: boxes.some(({ kind }) => kind === "dvcC" || kind === "dvvC") };
}

/** What a configuration says. */
export function detail(reader: Reader, box: Node): Config {
    const config = CONFIGS[box.kind]?.(reader.data.subarray(box.body, box.end));
    reader.demand(config !== undefined);
    return config;
}

function other(reader: Reader, box: Node): void {
    const { kind, body, end } = box;
    if (["damr", "d263", "chan"].includes(kind)) reader.leaf(box);
    else if (kind === "dfLa") reader.demand(isFlac(reader.data.subarray(body + 4, end)));
    else if (kind === "dOps") {
        const channels = reader.number(body + 10, 1) > 0 ? reader.number(body + 1, 1) : -2;
        reader.zeros(body + 13 + channels, end);
    } else if (kind === "colr") reader.colour(box);
    else if (kind === "auxi") reader.auxiliary(box);
    else reader.numbers(box);
}
