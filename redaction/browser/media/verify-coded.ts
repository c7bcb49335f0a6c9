/** The twin of `files/media/verify_coded.py`: cleaned samples, read a second time. */

import { RULES } from "./inplace.ts";
import { asLatin1, startsWith } from "../policy.ts";
import { number } from "../walker.ts";

const NAMES = /^(?:XviD[0-9]{4}|DivX[0-9]{3,4}(?:b|Build)[0-9]{1,4}p?)$/;

/** Whether a whole *sample* of the coding *name* holds only what may stay. */
export function isClean(name: string, sample: Uint8Array, lengthSize = 4, dolby = false): boolean {
    switch (name) {
        case "h264":
        case "hevc":
            return areUnits(name, sample, lengthSize, dolby);
        case "av1":
            return areObus(sample);
        case "mpeg":
            return hasNoTexts(sample);
        case "mjpeg":
            return areJpegs(sample);
        case "aac":
            return beginsPlain(sample);
        case "prores":
            return isUnsigned(sample);
        default:
            return true;
    }
}

/** Whether all bytes are *value*. */
export function isFull(bytes: Uint8Array, value = 0): boolean {
    for (const byte of bytes) if (byte !== value) return false;
    return true;
}

function areUnits(name: "h264" | "hevc", sample: Uint8Array, lengthSize: number, dolby: boolean): boolean {
    let at = 0;
    while (sample.length - at >= lengthSize) {
        const size = number(sample, at, lengthSize);
        at += lengthSize + size;
        if (at > sample.length) return false;
        if (size > 0 && !isUnit(name, sample.subarray(at - size, at), dolby)) return false;
    }
    return isFull(sample.subarray(at));
}

/** Whether a unit is coded data, a needed message, or filler full of ones. */
export function isUnit(name: "h264" | "hevc", unit: Uint8Array, dolby = false): boolean {
    const rules = RULES.units[name];
    const kind = name === "h264" ? (unit[0] ?? 0) % 32 : Math.floor((unit[0] ?? 0) / 2) % 64;
    if (rules.coded.includes(kind) || (dolby && RULES.dolby.includes(kind))) return true;
    const size = rules.delimiters.find(([delimiter]) => delimiter === kind)?.[1];
    if (size !== undefined && (unit.length === size || unit.length === size - 1)) return true;
    const body = unit.subarray(rules.header);
    if (startsWith(unit, Uint8Array.from(rules.filler))) {
        return isFull(body.subarray(0, -1), 0xff) && isFull(body.subarray(-1), 0x80);
    }
    return rules.messages.includes(kind) && areMessages(rules.kept_messages, unescaped(body));
}

function unescaped(body: Uint8Array): Uint8Array {
    const plain: number[] = [];
    for (let i = 0; i < body.length; i++) {
        if (body[i] === 0 && body[i + 1] === 0 && body[i + 2] === 3) {
            plain.push(0, 0);
            i += 2;
        } else plain.push(body[i] ?? 0);
    }
    return Uint8Array.from(plain);
}

function areMessages(kept: readonly number[], plain: Uint8Array): boolean {
    let at = 0;
    const next = (): number => {
        let value = 0;
        for (; plain[at] === 0xff; at++) value += 255;
        return value + (plain[at++] ?? NaN);
    };
    while (at < plain.length - 1) {
        const kind = next();
        const size = next();
        if (Number.isNaN(size)) return false;
        const message = plain.subarray(at, at + size);
        at += size;
        if (kept.includes(kind) && size <= RULES.message_bytes) continue;
        if ((kind !== 3 && kind !== 5) || !isFull(message, 0xff)) return false;
    }
    return at === plain.length - 1 && plain[at] === 0x80;
}

function areObus(sample: Uint8Array): boolean {
    let at = 0;
    while (at < sample.length) {
        const head = sample[at] ?? 0;
        at += 1 + (Math.floor(head / 4) % 2);
        let size = sample.length - at;
        if (head & 2) {
            size = 0;
            for (let scale = 1; ; scale *= 128) {
                const byte = sample[at++];
                if (byte === undefined || scale > 2 ** 49) return false;
                size += (byte % 128) * scale;
                if (byte < 128) break;
            }
        }
        const unit = sample.subarray(at, at + size);
        at += size;
        if (size < 0 || unit.length !== size || !isObu(Math.floor(head / 8) % 16, unit)) return false;
    }
    return true;
}

function isObu(kind: number, unit: Uint8Array): boolean {
    if (kind === 15) return isFull(unit.subarray(0, -1)) && isFull(unit.subarray(-1), 0x80);
    if (kind !== 5) return RULES.obus.includes(kind);
    return RULES.obu_metadata.some(([known, most = 0]) => known === unit[0] && unit.length <= most);
}

/** Whether the pieces between start codes that are user data hold nothing but ones. */
function hasNoTexts(sample: Uint8Array): boolean {
    let text = -1;
    for (let at = sample.indexOf(1); ; at = sample.indexOf(1, at + 1)) {
        const isCode = at >= 2 && sample[at - 1] === 0 && sample[at - 2] === 0;
        if (at >= 0 && !isCode) continue;
        if (text >= 0) {
            const piece = sample.subarray(text, at < 0 ? sample.length : at - 2);
            if (!isFull(piece, 0xff) && !(piece.length < 32 && NAMES.test(asLatin1(piece)))) return false;
        }
        if (at < 0) return true;
        text = sample[at + 1] === 0xb2 ? at + 2 : -1;
    }
}

/** One picture or two, with nothing but zeros between and behind. */
function areJpegs(sample: Uint8Array): boolean {
    let at = 0;
    for (let pictures = 0; pictures < 2; pictures++) {
        if (sample[at] !== 0xff || sample[at + 1] !== 0xd8) break;
        at = pictureEnd(sample, at + 2);
        if (at === 0) return false;
        while (sample[at] === 0) at++;
    }
    return at === sample.length && at > 0;
}

/** Where a picture ends, 0 for one that holds what may not stay. */
function pictureEnd(sample: Uint8Array, start: number): number {
    let at = start;
    while (at < sample.length) {
        if (sample[at] !== 0xff) return 0;
        while (sample[at] === 0xff) at++;
        const marker = sample[at++];
        if (marker === undefined) return 0;
        if (marker === 0xd9) return at;
        if (marker === 1 || (marker >= 0xd0 && marker <= 0xd7)) continue;
        const size = number(sample, at, 2);
        if (size < 2 || at + size > sample.length || !isSegment(marker, sample.subarray(at + 2, at + size))) return 0;
        at += size;
        if (marker === 0xda) at = scanEnd(sample, at);
    }
    return at;
}

function scanEnd(sample: Uint8Array, start: number): number {
    for (let at = sample.indexOf(0xff, start); at >= 0; at = sample.indexOf(0xff, at + 1)) {
        const after = sample[at + 1] ?? 0;
        if (after > 1 && (after < 0xd0 || after > 0xd7)) return at;
    }
    return sample.length;
}

function isSegment(marker: number, body: Uint8Array): boolean {
    if ((marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8) || (marker >= 0xda && marker <= 0xdd)) return true;
    const begins = asLatin1(body.subarray(0, 8));
    let kept = 0;
    if (marker === 0xe0) kept = begins.startsWith("AVI1") ? 14 : begins.startsWith("JFIF\0") ? 12 : 0;
    else if (marker === 0xe1 && begins.endsWith("mjpg") && begins.length === 8) kept = 40;
    else if (marker === 0xee && begins.startsWith("Adobe")) kept = 12;
    return isFull(body.subarray(kept));
}

/** The creator in a header of ProRes. */
function isUnsigned(sample: Uint8Array): boolean {
    const head = asLatin1(sample.subarray(0, 16));
    return head.length < 16 || head.slice(4, 8) !== "icpf" || head.slice(12) === "apl0";
}

/** The elements in front of AAC sound must be full of zeros. */
function beginsPlain(sample: Uint8Array): boolean {
    let at = 0;
    const bit = (): number => ((sample[Math.floor(at / 8)] ?? 0) >> (7 - (at++ % 8))) & 1;
    const bits = (count: number): number => {
        let value = 0;
        for (let i = 0; i < count; i++) value = value * 2 + bit();
        return value;
    };
    while (8 * sample.length - at >= 16) {
        const kind = bits(3);
        if (kind !== 4 && kind !== 6) return true;
        const isAligned = kind === 4 && bits(5) % 2 === 1;
        const width = kind === 4 ? 8 : 4;
        let size = bits(width);
        if (size === 2 ** width - 1) size += bits(8) - (kind === 6 ? 1 : 0);
        if (isAligned) at = Math.ceil(at / 8) * 8;
        const first = at;
        if (kind === 6 && size > 0 && bits(4) > 2) return true;
        for (at = first; at < first + 8 * size; ) if (bit() > 0) return false;
    }
    return true;
}
