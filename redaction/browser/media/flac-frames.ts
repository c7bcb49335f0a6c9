/** Frames of FLAC: their headers, and where the last one ends; the twin of `files/media/flac_frames.py`. */

import { demand } from "./sound.ts";
import { number, UnreadableFileError } from "../walker.ts";

const DEPTHS = [0, 8, 12, 0, 16, 20, 24, 32];
/** The difference of two channels takes one bit more: left and side, side and right, middle and side. */
const MORE_BITS: Readonly<Record<number, readonly number[]>> = { 8: [0, 1], 9: [1, 0], 10: [0, 1] };

/** The beginning of a frame: `size` in bytes, `depth` in bits or 0 for the stream's own. */
export interface Header {
    readonly size: number;
    readonly number: number;
    readonly samples: number;
    readonly channels: number;
    readonly depth: number;
}

/** The header that stands at *at*, nothing unless its checksum is true. */
export function readHeader(bytes: Uint8Array, at: number): Header | undefined {
    const head = bytes.subarray(at, at + 16);
    const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = head;
    if (head.length < 6 || first !== 0xff || (second & 0xfe) !== 0xf8 || (fourth & 1) > 0) return undefined;
    const [block, rate, channels, depth] = [third >> 4, third & 15, fourth >> 4, (fourth >> 1) & 7];
    if (block === 0 || rate === 15 || channels > 10 || depth === 3) return undefined;
    const length = Math.clz32((fifth ^ 0xff) << 24);
    if (length === 1 || length >= 8) return undefined;
    let value = fifth & (0x7f >> length);
    // Up to 36 bits: too many for shifts.
    for (const byte of head.subarray(5, 4 + length)) value = value * 64 + (byte & 0x3f);
    let after = 4 + Math.max(length, 1);
    const extra = block === 6 ? 1 : block === 7 ? 2 : 0;
    const samples = extra > 0 ? number(head, after, extra) + 1 : samplesOf(block);
    after += extra + (rate === 12 ? 1 : rate === 13 || rate === 14 ? 2 : 0);
    if (after >= head.length || crc8(head.subarray(0, after)) !== head[after]) return undefined;
    return { size: after + 1, number: value, samples, channels, depth: DEPTHS[depth] ?? 0 };
}

/**
 * Where the frame at *at* ends, by reading its samples of *depth* bits.
 *
 * Raises `UnreadableFileError` for a frame that is cut or whose checksum is false.
 */
export function lastFrameEnd(bytes: Uint8Array, at: number, header: Header, depth: number): number {
    const bits = new Bits(bytes, at + header.size);
    const channels = MORE_BITS[header.channels] ?? new Array<number>(header.channels + 1).fill(0);
    for (const more of channels) passChannel(bits, header.samples, (header.depth || depth) + more);
    const end = Math.ceil(bits.at / 8) + 2;
    if (end > bytes.length) throw new UnreadableFileError("sound-truncated");
    demand(crc16(bytes.subarray(at, end)) === 0);
    return end;
}

class Bits {
    /** In bits from the beginning of the file. */
    at: number;
    private readonly bytes: Uint8Array;

    constructor(bytes: Uint8Array, start: number) {
        this.bytes = bytes;
        this.at = 8 * start;
    }

    /** The next *count* ≤ 16 bits. */
    take(count: number): number {
        const three = number(this.bytes, Math.floor(this.at / 8), 3);
        const shift = 24 - (this.at % 8) - count;
        this.skip(count);
        return (three >> shift) & ((1 << count) - 1);
    }

    skip(count: number): void {
        this.at += count;
        if (this.at > 8 * this.bytes.length) throw new UnreadableFileError("sound-truncated");
    }

    /** Pass over *codes* numbers: zeros, a one, *tail* bits. */
    onesAfterZeros(codes: number, tail: number): void {
        for (let code = 0; code < codes; code++) {
            let left = (number(this.bytes, Math.floor(this.at / 8), 1) << (24 + (this.at % 8))) >>> 0;
            while (left === 0) {
                this.skip(8 - (this.at % 8));
                left = (number(this.bytes, this.at / 8, 1) << 24) >>> 0;
            }
            this.skip(Math.clz32(left) + 1 + tail);
        }
    }
}

/** Pass over a subframe (RFC 9639 §9.2). */
function passChannel(bits: Bits, samples: number, told: number): void {
    demand(bits.take(1) === 0);
    const kind = bits.take(6);
    let depth = told;
    if (bits.take(1) > 0) {
        const before = bits.at;
        bits.onesAfterZeros(1, 0);
        depth -= bits.at - before;
    }
    demand(depth > 0);
    if (kind === 0) {
        bits.skip(depth);
    } else if (kind === 1) {
        bits.skip(depth * samples);
    } else if (kind >= 8 && kind <= 12) {
        bits.skip(depth * (kind - 8));
        passResidual(bits, samples, kind - 8);
    } else {
        demand(kind >= 32);
        const order = kind - 31;
        bits.skip(depth * order);
        const precision = bits.take(4) + 1;
        demand(precision < 16);
        bits.skip(5 + precision * order);
        passResidual(bits, samples, order);
    }
}

/** Pass over the differences to what was predicted (RFC 9639 §9.2.7). */
function passResidual(bits: Bits, samples: number, order: number): void {
    const method = bits.take(2);
    demand(method < 2);
    const width = 4 + method;
    const parts = 1 << bits.take(4);
    demand(samples % parts === 0 && samples / parts >= order);
    for (let part = 0; part < parts; part++) {
        const codes = samples / parts - (part === 0 ? order : 0);
        const parameter = bits.take(width);
        if (parameter === (1 << width) - 1) bits.skip(bits.take(5) * codes);
        else bits.onesAfterZeros(codes, parameter);
    }
}

function samplesOf(code: number): number {
    if (code === 1) return 192;
    return code < 6 ? 576 << (code - 2) : 256 << (code - 8);
}

/** RFC 9639 §9.1.8: polynomial 0x07, from zero. */
function crc8(bytes: Uint8Array): number {
    let crc = 0;
    for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc & 0x80) > 0 ? 0x107 : 0);
    }
    return crc;
}

/** RFC 9639 §9.3: polynomial 0x8005, from zero; zero for a frame with its checksum. */
function crc16(bytes: Uint8Array): number {
    let crc = 0;
    for (const byte of bytes) {
        crc ^= byte << 8;
        for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc & 0x8000) > 0 ? 0x18005 : 0);
    }
    return crc;
}
