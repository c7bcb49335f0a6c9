/** The twin of `files/media/coded.py`: what hides between coded pictures and sounds. */

import { Bits } from "./bits.ts";
import { type InPlace, RULES } from "./inplace.ts";
import { asLatin1, latin1 } from "../policy.ts";

/** How a track is coded: a key of `CODERS` or "", bytes of a unit's length, Dolby Vision. */
export interface Coding {
    readonly name: string;
    readonly lengthSize: number;
    readonly dolby: boolean;
}

export function codingOf(name: string, lengthSize = 4): Coding {
    return { name, lengthSize, dolby: false };
}

const SEI_BYTES = 65_536;
const FILLER_MESSAGE = 3;
const USER_MESSAGE = 5;
const USER_BYTES = 16;

/** Clean one sample or one frame. */
export function cleanCoded(file: InPlace, coding: Coding, start: number, end: number): void {
    CODERS[coding.name]?.(file, coding, start, end);
}

/** Units that begin with their length (ISO/IEC 14496-15 §5.3.4.2). */
function units(file: InPlace, coding: Coding, start: number, end: number): void {
    const size = coding.lengthSize;
    let at = start;
    while (at + size <= end) {
        const unit = at + size;
        at = unit + file.number(at, size);
        file.demand(at <= end);
        cleanUnit(file, coding, unit, at);
    }
    file.zero(at, end, "unknown");
}

/** One unit without its length; what may not stay becomes filler data. */
export function cleanUnit(file: InPlace, coding: Coding, start: number, end: number): void {
    file.spend();
    if (start === end) return;
    const rules = coding.name === "h264" ? RULES.units.h264 : RULES.units.hevc;
    const first = file.byte(start);
    const kind = coding.name === "h264" ? first & 31 : (first >> 1) & 63;
    const body = start + rules.header;
    file.demand(body <= end);
    if (rules.coded.includes(kind) || (coding.dolby && RULES.dolby.includes(kind))) return;
    if (rules.delimiters.some(([delimiter, most = 0]) => delimiter === kind && end - start <= most)) return;
    if (!rules.messages.includes(kind) || !messages(file, rules.kept_messages, body, end)) {
        file.put(start, Uint8Array.from(rules.filler), "unknown");
        file.fill(body, end - 1, 0xff);
        file.fill(Math.max(body, end - 1), end, 0x80, "unknown");
    }
}

/** Overwrite the messages that are not kept; false if that cannot be done in place. */
function messages(file: InPlace, kept: readonly number[], start: number, end: number): boolean {
    if (end - start > SEI_BYTES) return false;
    const { plain, escapes } = unescaped(file.data.subarray(start, end));
    const last = plain.length - 1;
    let at = 0;
    let before = 0;
    while (at < last) {
        file.spend(3);
        const [kind, sizeAt] = ffNumber(plain, at);
        const [size, body] = ffNumber(plain, sizeAt);
        const after = body + size;
        if (after > last) return false;
        while (before < escapes.length && (escapes[before] ?? 0) <= at) before++;
        if (!kept.includes(kind) || size > RULES.message_bytes) {
            if (kind > 254 || (escapes[before] ?? Infinity) <= after) return false;
            const isHidden = at > 1 && plain[at - 1] === 0 && plain[at - 2] === 0 && escapes[before - 1] !== at;
            if (size < USER_BYTES && isHidden) return false;
            const raw = start + before;
            file.fill(raw + body, raw + after, 0xff);
            file.put(raw + at, Uint8Array.of(size < USER_BYTES ? FILLER_MESSAGE : USER_MESSAGE), "unknown");
        }
        at = after;
    }
    return at === last && plain[last] === 0x80;
}

/** The bytes without each third of 00 00 03, and before which ones those stood. */
function unescaped(raw: Uint8Array): { plain: Uint8Array; escapes: number[] } {
    const plain = new Uint8Array(raw.length);
    const escapes: number[] = [];
    let [length, zeros] = [0, 0];
    for (const byte of raw) {
        if (zeros >= 2 && byte === 3) {
            escapes.push(length);
            zeros = 0;
            continue;
        }
        plain[length++] = byte;
        zeros = byte === 0 ? zeros + 1 : 0;
    }
    return { plain: plain.subarray(0, length), escapes };
}

/** A number written as bytes FF and a last one, and what comes after it. */
function ffNumber(plain: Uint8Array, start: number): [value: number, after: number] {
    let at = start;
    while (plain[at] === 0xff) at++;
    return [255 * (at - start) + (plain[at] ?? 0), at + 1];
}

const METADATA = 5;
const PADDING = 15;

/** Units of AV1; what may not stay becomes padding. */
export function cleanObus(file: InPlace, _coding: Coding, start: number, end: number): void {
    let at = start;
    while (at < end) {
        file.spend(3);
        const head = file.byte(at);
        let body = at + 1 + ((head >> 2) & 1);
        let after = end;
        if (head & 2) {
            const [size, next] = leb128(file, body, end);
            body = next;
            after = body + size;
        }
        file.demand(body <= after && after <= end);
        if (!stays(file, (head >> 3) & 15, body, after)) {
            file.put(at, Uint8Array.of((head & 0x87) | (PADDING << 3)), "unknown");
            file.zero(body, after - 1);
            file.fill(Math.max(body, after - 1), after, 0x80, "unknown");
        }
        at = after;
    }
}

function stays(file: InPlace, kind: number, body: number, end: number): boolean {
    if (kind !== METADATA || body >= end) return RULES.obus.includes(kind);
    return RULES.obu_metadata.some(([known, most = 0]) => known === file.byte(body) && end - body <= most);
}

/** A number of up to 8 bytes of 7 bits, and what comes after it. */
function leb128(file: InPlace, start: number, end: number): [value: number, after: number] {
    let value = 0;
    for (let at = start, scale = 1; at < start + 8; at++, scale *= 128) {
        file.demand(at < end);
        const byte = file.byte(at);
        value += (byte & 127) * scale;
        if (byte < 128) return [value, at + 1];
    }
    throw file.refusal("malformed");
}

const USER_DATA = Uint8Array.of(0, 0, 1, 0xb2);
const START_CODE = Uint8Array.of(0, 0, 1);
/** Decoders choose their inverse transform and how frames are packed by these names. */
const NEEDED = /^(?:XviD[0-9]{4}|DivX[0-9]{3,4}(?:b|Build)[0-9]{1,4}p?)$/;
const NEEDED_BYTES = 20;

/** What stands between the start codes of user data (ISO/IEC 14496-2 §6.2.2.1). */
export function cleanUserData(file: InPlace, _coding: Coding, start: number, end: number): void {
    let at = file.find(USER_DATA, start, end);
    while (at >= 0) {
        file.spend(2);
        const body = at + USER_DATA.length;
        const next = file.find(START_CODE, body, end);
        const after = next < 0 ? end : next;
        const isName = after - body <= NEEDED_BYTES && NEEDED.test(asLatin1(file.data.subarray(body, after)));
        if (!isName) file.fill(body, after, 0xff);
        at = file.find(USER_DATA, after, end);
    }
}

const SOI = Uint8Array.of(0xff, 0xd8);
const EOI = 0xd9;
const SOS = 0xda;
/** How an application segment begins that decoding needs, and how much of it is read. */
const KEPT_SEGMENTS: Readonly<Record<number, readonly (readonly [offset: number, sign: Uint8Array, size: number])[]>> = {
    0xe0: [
        [0, latin1("AVI1"), 14],
        [0, latin1("JFIF\0"), 12],
    ],
    0xe1: [[4, latin1("mjpg"), 40]],
    0xee: [[0, latin1("Adobe"), 12]],
};

/** The one or two pictures of a frame (two for interlaced fields). */
function jpegs(file: InPlace, _coding: Coding, start: number, end: number): void {
    let at = jpeg(file, start, end);
    const second = file.find(SOI, at, end);
    if (second >= 0) {
        file.zero(at, second, "unknown");
        at = jpeg(file, second, end);
    }
    file.zero(at, end, "unknown");
}

function jpeg(file: InPlace, start: number, end: number): number {
    file.demand(file.isAt(SOI, start, end));
    let at = start + 2;
    while (at < end) {
        file.spend(2);
        file.demand(file.byte(at) === 0xff && at + 1 < end);
        const marker = file.byte(++at);
        if (marker === 0xff) continue;
        at++;
        if (marker === EOI) return at;
        if (!isAlone(marker)) at = segment(file, marker, at, end);
    }
    return end;
}

function isAlone(marker: number): boolean {
    return marker === 1 || (marker >= 0xd0 && marker <= 0xd7);
}

function segment(file: InPlace, marker: number, at: number, end: number): number {
    const after = at + file.number(at, 2);
    file.demand(at + 2 <= after && after <= end);
    const isCoded = (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8) || (marker >= SOS && marker <= 0xdd);
    if (!isCoded) {
        let kept = at + 2;
        for (const [offset, sign, size] of KEPT_SEGMENTS[marker] ?? []) {
            if (file.isAt(sign, at + 2 + offset, after)) kept += size;
        }
        file.zero(Math.min(kept, after), after);
    }
    return marker === SOS ? entropy(file, after, end) : after;
}

/** Where the next marker stands behind coded data. */
function entropy(file: InPlace, start: number, end: number): number {
    for (let at = file.data.indexOf(0xff, start); at >= 0 && at + 1 < end; at = file.data.indexOf(0xff, at + 1)) {
        const after = file.byte(at + 1);
        if (after !== 0 && !isAlone(after)) return at;
    }
    return end;
}

const CREATOR = latin1("apl0");

/** One creator for all in a frame's header (SMPTE RDD 36 §5.1.1). */
function prores(file: InPlace, _coding: Coding, start: number, end: number): void {
    if (end - start >= 16 && file.word(start + 4) === "icpf") file.put(start + 12, CREATOR, "software");
}

const DATA_ELEMENT = 4;
const FILL_ELEMENT = 6;
const LAST_FILL = 2;

/** The elements in front of the sound (ISO/IEC 14496-3 tables 4.3, 4.10 and 4.57). */
function aac(file: InPlace, _coding: Coding, start: number, end: number): void {
    const bits = new Bits(file, start, end);
    while (bits.left >= 16) {
        const kind = bits.take(3);
        if (kind !== DATA_ELEMENT && kind !== FILL_ELEMENT) return;
        file.spend(2);
        const isAligned = kind === DATA_ELEMENT && (bits.take(5) & 1) > 0;
        const size = escapedSize(bits, kind === DATA_ELEMENT ? 8 : 4);
        if (isAligned) bits.align();
        if (kind === FILL_ELEMENT && size > 0 && bits.peek(4) > LAST_FILL) return;
        bits.zero(size * 8, "software");
    }
}

/** A number that goes on in a second one when it is all ones. */
function escapedSize(bits: Bits, width: number): number {
    const size = bits.take(width);
    if (size < (1 << width) - 1) return size;
    return size + bits.take(8) - (width === 4 ? 1 : 0);
}

const CODERS: Readonly<Record<string, (file: InPlace, coding: Coding, start: number, end: number) => void>> = {
    h264: units,
    hevc: units,
    av1: cleanObus,
    mpeg: cleanUserData,
    mjpeg: jpegs,
    prores,
    aac,
};
