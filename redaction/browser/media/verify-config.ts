/** The twin of `files/media/verify_config.py`: cleaned decoder configurations, read a second time. */

import { isClean, isFull, isUnit } from "./verify-coded.ts";
import { number } from "../walker.ts";

/** What a configuration says: the coding's name and how long lengths of units are. */
export interface Config {
    readonly name: string;
    readonly lengthSize: number;
    readonly dolby: boolean;
}

export function configOf(name = "", lengthSize = 4): Config {
    return { name, lengthSize, dolby: false };
}

/** Takes pieces off the front of bytes; `ok` turns false when they run out. */
class Pieces {
    ok = true;
    private at = 0;
    private readonly data: Uint8Array;

    constructor(data: Uint8Array) {
        this.data = data;
    }

    take(count: number): Uint8Array {
        const piece = this.data.subarray(this.at, this.at + count);
        this.at += count;
        this.ok &&= piece.length === count;
        return piece;
    }

    number(count = 1): number {
        const piece = this.take(count);
        return number(piece, 0, piece.length);
    }

    get rest(): Uint8Array {
        return this.data.subarray(this.at);
    }
}

/** Each returns what a configuration says, nothing if it holds what may not stay. */
export type Reads = (data: Uint8Array) => Config | undefined;

export const avcc: Reads = (data) => {
    const pieces = new Pieces(data);
    const profile = pieces.take(4)[1] ?? 0;
    const config = configOf("h264", (pieces.number() % 4) + 1);
    let good = areUnits("h264", pieces, pieces.number() % 32);
    good = areUnits("h264", pieces, pieces.number()) && good;
    if (pieces.rest.length >= 4 && ![66, 77, 88].includes(profile)) {
        pieces.take(3);
        good = areUnits("h264", pieces, pieces.number()) && good;
    }
    return good && pieces.ok && isFull(pieces.rest) ? config : undefined;
};

export const hvcc: Reads = (data) => {
    const pieces = new Pieces(data);
    pieces.take(21);
    const config = configOf("hevc", (pieces.number() % 4) + 1);
    let good = true;
    for (let left = pieces.number(); left > 0; left--) {
        pieces.take(1);
        good = areUnits("hevc", pieces, pieces.number(2)) && good;
    }
    return good && pieces.ok && isFull(pieces.rest) ? config : undefined;
};

function areUnits(name: "h264" | "hevc", pieces: Pieces, count: number): boolean {
    let good = true;
    for (let i = 0; i < count && pieces.ok; i++) {
        const unit = pieces.take(pieces.number(2));
        good &&= unit.length === 0 || isUnit(name, unit);
    }
    return good;
}

export const av1c: Reads = (data) =>
    data.length >= 4 && isClean("av1", data.subarray(4)) ? configOf("av1") : undefined;

const OBJECTS: Readonly<Record<number, string>> = { 0x6c: "mjpeg", 0x69: "", 0x6b: "", 0xa5: "", 0xa6: "", 0xa9: "" };
const SOUND = [0x40, 0x66, 0x67, 0x68];
const VIDEO = [0x20, 0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x6a];

export const esds: Reads = (data) => {
    const whole = new Pieces(data);
    const stream = new Pieces(descriptor(whole, 3));
    stream.take(2);
    const flags = stream.number();
    stream.take(2 * (flags >> 7) + 2 * ((flags >> 5) & 1));
    const decoder = new Pieces(descriptor(stream, 4));
    const kind = decoder.number();
    decoder.take(12);
    const specific = decoder.rest[0] === 5 ? descriptor(decoder, 5) : new Uint8Array();
    const layer = stream.rest[0] === 6 ? descriptor(stream, 6) : Uint8Array.of(2);
    const good = layer.length === 1 && layer[0] === 2 && (flags & 0x40) === 0 && stream.ok && decoder.ok && whole.ok;
    if (!good || ![whole, stream, decoder].every(({ rest }) => isFull(rest))) return undefined;
    if (SOUND.includes(kind)) return soundConfig(specific);
    if (VIDEO.includes(kind)) return isClean("mpeg", specific) ? configOf("mpeg") : undefined;
    const name = OBJECTS[kind];
    return name !== undefined && isFull(specific) ? configOf(name) : undefined;
};

function descriptor(pieces: Pieces, tag: number): Uint8Array {
    if (pieces.number() !== tag) pieces.ok = false;
    let size = 0;
    for (let i = 0; i < 4; i++) {
        const byte = pieces.number();
        size = size * 128 + (byte % 128);
        if (byte < 128) break;
    }
    return pieces.take(size);
}

export const soundConfig: Reads = (data) => {
    const bits = new BitText(data.subarray(0, 1024));
    let kind = bits.objectType();
    bits.frequency();
    const channels = bits.number(4);
    if (kind === 5 || kind === 29) {
        bits.frequency();
        kind = bits.objectType();
    }
    if (kind < 1 || kind > 4) {
        const isOpaque = [17, 19, 20, 23, 39, 42].includes(kind) && data.length <= 64;
        return isOpaque ? configOf() : undefined;
    }
    bits.number(1);
    bits.number(14 * bits.number(1));
    bits.number(1);
    if (channels === 0 && !bits.hasPlainLayout()) return undefined;
    if (bits.begins("01010110111")) {
        bits.number(11);
        if (bits.objectType() === 5 && bits.number(1) > 0) {
            bits.frequency();
            if (bits.begins("10101001000")) bits.number(12);
        }
    }
    return bits.hasOnlyZeros() && isFull(data.subarray(1024)) ? configOf("aac") : undefined;
};

/** Bits as characters; missing ones count as none. */
class BitText {
    private readonly text: string;
    private at = 0;

    constructor(data: Uint8Array) {
        this.text = Array.from(data, (byte) => byte.toString(2).padStart(8, "0")).join("");
    }

    number(count: number): number {
        const taken = this.text.slice(this.at, this.at + count);
        this.at += count;
        return parseInt(`0${taken}`, 2);
    }

    begins(bits: string): boolean {
        return this.text.startsWith(bits, this.at);
    }

    hasOnlyZeros(): boolean {
        return !this.text.includes("1", this.at);
    }

    objectType(): number {
        const kind = this.number(5);
        return kind === 31 ? 32 + this.number(6) : kind;
    }

    frequency(): void {
        if (this.number(4) === 15) this.number(24);
    }

    /** Leave a layout of speakers behind; whether its comment is empty. */
    hasPlainLayout(): boolean {
        this.number(10);
        let fives = this.number(4) + this.number(4) + this.number(4);
        const fours = this.number(2) + this.number(3);
        fives += this.number(4);
        for (const size of [4, 4, 3]) this.number(size * this.number(1));
        this.number(5 * fives + 4 * fours);
        this.at = Math.ceil(this.at / 8) * 8;
        return this.number(8 * this.number(8)) === 0;
    }
}

/** Whether FLAC's blocks are stream information without checksum, and padding. */
export function isFlac(data: Uint8Array): boolean {
    const pieces = new Pieces(data);
    let kind = 0;
    for (let isFirst = true; pieces.ok && kind < 128; isFirst = false) {
        kind = pieces.number();
        const block = pieces.take(pieces.number(3));
        if (kind % 128 !== (isFirst ? 0 : 1) || !isFull(isFirst ? block.subarray(18) : block)) return false;
    }
    return pieces.ok && isFull(pieces.rest);
}
