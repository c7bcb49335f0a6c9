/** The twin of `files/media/codec_config.py`: what a decoder is told before the first sample. */

import { Bits } from "./bits.ts";
import { cleanCoded, cleanObus, cleanUnit, type Coding, codingOf } from "./coded.ts";
import type { InPlace } from "./inplace.ts";

/** Profiles whose configuration ends with the picture sets: baseline, main, extended. */
const WITHOUT_MORE = [66, 77, 88];

/** An AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1). */
export function cleanAvcc(file: InPlace, start: number, end: number): Coding {
    const coding = codingOf("h264", (file.number(start + 4, 1) & 3) + 1);
    let at = parameterSets(file, coding, start + 6, end, file.number(start + 5, 1) & 31);
    at = parameterSets(file, coding, at + 1, end, file.number(at, 1));
    const hasMore = at + 4 <= end && !WITHOUT_MORE.includes(file.number(start + 1, 1));
    if (hasMore) at = parameterSets(file, coding, at + 4, end, file.number(at + 3, 1));
    file.demand(at <= end);
    file.zero(at, end, "unknown");
    return coding;
}

/** An HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3.1). */
export function cleanHvcc(file: InPlace, start: number, end: number): Coding {
    const coding = codingOf("hevc", (file.number(start + 21, 1) & 3) + 1);
    let at = start + 23;
    for (let arrays = file.number(start + 22, 1); arrays > 0; arrays--) {
        at = parameterSets(file, coding, at + 3, end, file.number(at + 1, 2));
    }
    file.demand(at <= end);
    file.zero(at, end, "unknown");
    return coding;
}

function parameterSets(file: InPlace, coding: Coding, start: number, end: number, count: number): number {
    let at = start;
    for (let i = 0; i < count; i++) {
        const unit = at + 2;
        at = unit + file.number(at, 2);
        file.demand(at <= end);
        cleanUnit(file, coding, unit, at);
    }
    return at;
}

/** An AV1CodecConfigurationRecord (AV1 in ISOBMFF §2.3.3). */
export function cleanAv1c(file: InPlace, start: number, end: number): Coding {
    const coding = codingOf("av1");
    file.demand(start + 4 <= end);
    cleanObus(file, coding, start + 4, end);
    return coding;
}

/** ISO/IEC 14496-3 table 1.17: kinds of AAC whose frames begin with elements; others that cannot carry texts. */
const ELEMENTS = [1, 2, 3, 4];
const OPAQUE = [17, 19, 20, 23, 39, 42];
const OPAQUE_BYTES = 64;
const SPECTRAL = [5, 29];
const SYNC = 0x2b7;
const STEREO_SYNC = 0x548;

/** An AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1). */
export function cleanSoundConfig(file: InPlace, start: number, end: number): Coding {
    const bits = new Bits(file, start, end);
    let kind = objectType(bits);
    frequency(bits);
    const channels = bits.take(4);
    if (SPECTRAL.includes(kind)) {
        frequency(bits);
        kind = objectType(bits);
    }
    if (OPAQUE.includes(kind) && end - start <= OPAQUE_BYTES) return codingOf("");
    if (!ELEMENTS.includes(kind)) throw file.refusal("codec");
    bits.take(1);
    if (bits.take(1) > 0) bits.take(14);
    bits.take(1);
    if (channels === 0) program(bits);
    extension(bits);
    bits.zero(bits.left, "unknown");
    return codingOf("aac");
}

function objectType(bits: Bits): number {
    const kind = bits.take(5);
    return kind === 31 ? 32 + bits.take(6) : kind;
}

function frequency(bits: Bits): void {
    if (bits.take(4) === 15) bits.take(24);
}

/** Which speakers there are (ISO/IEC 14496-3 table 4.2); the comment is emptied. */
function program(bits: Bits): void {
    bits.take(10);
    const [front, side, back, low, data, coupled] = [4, 4, 4, 2, 3, 4].map((size) => bits.take(size));
    for (const size of [4, 4, 3]) {
        if (bits.take(1) > 0) bits.take(size);
    }
    const fives = (front ?? 0) + (side ?? 0) + (back ?? 0) + (coupled ?? 0);
    for (let i = 0; i < fives; i++) bits.take(5);
    for (let i = 0; i < (low ?? 0) + (data ?? 0); i++) bits.take(4);
    bits.align();
    bits.zero(bits.take(8) * 8, "comment");
}

/** What older decoders leave: spectral band replication and parametric stereo. */
function extension(bits: Bits): void {
    if (bits.left < 16 || bits.peek(11) !== SYNC) return;
    bits.take(11);
    if (objectType(bits) !== 5 || bits.take(1) === 0) return;
    frequency(bits);
    if (bits.left >= 12 && bits.peek(11) === STEREO_SYNC) bits.take(12);
}

const STREAM_INFO_BYTES = 34;
const STREAM_INFO_SUM = 18;
const PADDING = 1;
const LAST = 0x80;

/** Keep FLAC's stream information without its checksum; other blocks become padding. */
export function cleanFlacBlocks(file: InPlace, start: number, end: number): void {
    let at = start;
    for (let isLast = false; !isLast; ) {
        file.spend();
        const kind = file.number(at, 1);
        const size = file.number(at + 1, 3);
        const body = at + 4;
        isLast = kind >= LAST;
        file.demand(body + size <= end);
        if (at === start) {
            file.demand((kind & ~LAST) === 0 && size === STREAM_INFO_BYTES);
            file.zero(body + STREAM_INFO_SUM, body + size, "identifier");
        } else {
            file.zero(body, body + size);
            file.put(at, Uint8Array.of((kind & LAST) | PADDING), "unknown");
        }
        at = body + size;
    }
    file.zero(at, end, "unknown");
}

/** ISO/IEC 14496-1 §7.2.2.1: tags of descriptors. */
const STREAM = 3;
const DECODER = 4;
const SPECIFIC = 5;
const SYNC_LAYER = 6;
const PREDEFINED = 2;
/** mp4ra.org: what is coded, by object type. */
const OBJECTS: Readonly<Record<number, string>> = {
    ...Object.fromEntries([0x20, 0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x6a].map((kind) => [kind, "mpeg"])),
    0x6c: "mjpeg",
    ...Object.fromEntries([0x40, 0x66, 0x67, 0x68].map((kind) => [kind, "aac"])),
    ...Object.fromEntries([0x69, 0x6b, 0xa5, 0xa6, 0xa9].map((kind) => [kind, ""])),
};

/** An ES_Descriptor (ISO/IEC 14496-1 §7.2.6.5); what follows it is emptied. */
export function cleanDescriptors(file: InPlace, start: number, end: number): Coding {
    const [stream, streamEnd] = descriptor(file, STREAM, start, end);
    const flags = file.number(stream + 2, 1);
    if (flags & 0x40) throw file.refusal("unsupported");
    const inner = stream + 3 + (flags & 0x80 ? 2 : 0) + (flags & 0x20 ? 2 : 0);
    const [body, after] = descriptor(file, DECODER, inner, streamEnd);
    const coding = decoder(file, body, after);
    let at = after;
    if (at < streamEnd && file.byte(at) === SYNC_LAYER) {
        const [layer, layerEnd] = descriptor(file, SYNC_LAYER, at, streamEnd);
        file.demand(layerEnd - layer === 1 && file.byte(layer) === PREDEFINED);
        at = layerEnd;
    }
    file.zero(at, end);
    return coding;
}

/** Where the descriptor's content begins and ends; its size has up to 4 bytes. */
function descriptor(file: InPlace, tag: number, start: number, end: number): [body: number, end: number] {
    file.demand(file.number(start, 1) === tag);
    let [size, at] = [0, start + 1];
    for (let i = 0; i < 4; i++) {
        const byte = file.number(at++, 1);
        size = size * 128 + (byte & 127);
        if (byte < 128) break;
    }
    file.demand(at + size <= end);
    return [at, at + size];
}

function decoder(file: InPlace, body: number, end: number): Coding {
    const name = OBJECTS[file.number(body, 1)];
    if (name === undefined) throw file.refusal("codec");
    let at = body + 13;
    file.demand(at <= end);
    let coding = codingOf(name);
    if (at < end && file.byte(at) === SPECIFIC) {
        const [start, after] = descriptor(file, SPECIFIC, at, end);
        at = after;
        if (name === "aac") coding = cleanSoundConfig(file, start, after);
        else if (name === "mpeg") cleanCoded(file, coding, start, after);
        else file.zero(start, after);
    }
    file.zero(at, end);
    return coding;
}
